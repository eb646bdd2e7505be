import type { AccountFacts } from '../../core/driver.ts';
import { SalternError, toSalternError } from '../../core/error.ts';
import type { Client } from './client.ts';
import type { Config } from './config.ts';
import { saysGone } from './errors.ts';
import type { Memo } from './memo.ts';
import { ApiKey, ServerPage } from './schema.ts';

export interface Account {
  /** The project that everything is made and looked for in. Asked once where it is not configured. */
  project(signal?: AbortSignal): Promise<string>;
  check(signal?: AbortSignal): Promise<AccountFacts>;
}

export function createAccount(client: Client, config: Config, forever: Memo): Account {
  // Under load a 403 may be a rate limit: it is not believed of a key that has read itself before.
  let readsItself = false;
  return {
    project: async (signal) =>
      config.project_id ?? forever.get('project', async () => projectOf(config, await askKey(client, config)), signal),
    async check(signal) {
      const key = await askKey(client, config, signal);
      if (key.refusal && readsItself) throw key.refusal;
      readsItself = key.refusal === null;
      const project = projectOf(config, key);
      await tryInstances(client, config, project, signal);
      // Known now, and newer than what another account may have answered before: what comes after need not ask again.
      forever.put('project', project);
      // The organization's id is in no answer that every key may read. The key's own default project is told apart too: it
      // shows that another account answers even where the project is configured.
      const owner = config.organization_id ?? config.access_key;
      const account = key.defaultProject ? `${owner}@${key.defaultProject}` : owner;
      const of = config.organization_id ? `organization ${owner}` : `access key ${owner}`;
      return { endpoint: client.endpoint, account, project, description: `project ${project}, ${of}` };
    },
  };
}

/** What the API key says of itself; `refusal` is set for a key that may not read itself, which many may not. */
interface KeyFacts {
  readonly defaultProject: string | null;
  readonly refusal: SalternError | null;
}

/** Source: IAM v1alpha1, GET /api-keys/{access_key}. */
async function askKey(client: Client, config: Config, signal?: AbortSignal): Promise<KeyFacts> {
  const path = `/iam/v1alpha1/api-keys/${encodeURIComponent(config.access_key)}`;
  try {
    const key = await client.call({ method: 'GET', path, answer: ApiKey }, signal);
    return { defaultProject: key.default_project_id ?? null, refusal: null };
  } catch (thrown) {
    const error = toSalternError(thrown);
    if (saysGone(error, config.access_key)) {
      throw new SalternError('invalid', `no API key has the access key ${config.access_key}: ${error.message}`, {
        field: 'access_key',
        hint: 'Check `access_key` of the provider; the console lists API keys under IAM.',
        requestId: error.requestId,
        cause: error,
      });
    }
    if (error.code !== 'forbidden') throw error;
    return { defaultProject: null, refusal: error };
  }
}

function projectOf(config: Config, { defaultProject, refusal }: KeyFacts): string {
  const project = config.project_id ?? defaultProject;
  if (project) return project;
  const why = refusal ? refusal.message : 'it has no default project';
  throw new SalternError('invalid', `the project of the API key cannot be found out: ${why}`, {
    field: 'project_id',
    hint: 'Set `project_id` in the provider (the console shows it under Project settings).',
    requestId: refusal?.requestId,
    retry: refusal?.retryable,
    cause: refusal ?? undefined,
  });
}

/** The cheapest request that proves token, project and zone on the API that machines come from. */
async function tryInstances(client: Client, config: Config, project: string, signal?: AbortSignal): Promise<void> {
  const path = `/instance/v1/zones/${config.zone}/servers`;
  const { servers } = await client.call(
    { method: 'GET', path, query: { project, page: 1, per_page: 1 }, answer: ServerPage },
    signal,
  );
  for (const server of servers) assertProject(path, server.project, project);
}

/** A list that was asked of one project and shows another's is not ours to believe. */
export function assertProject(path: string, found: string, asked: string): void {
  if (found === asked) return;
  throw new SalternError('unavailable', `GET ${path}: answers for project ${found}, asked for ${asked}`, {
    hint: 'What this endpoint says cannot be trusted now: check `api_url`, `project_id` and the API key.',
  });
}
