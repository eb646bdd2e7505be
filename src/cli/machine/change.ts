import { CliError } from '../base/errors.ts';
import { confirm } from '../base/prompt.ts';
import type { Call, Flag, Verb } from '../base/verb.ts';
import { followOrLeave, waitFlags } from '../follow.ts';
import { pages } from '../pages.ts';

interface Change {
  readonly verb: 'destroy' | 'forget' | 'start' | 'stop' | 'reboot' | 'deploy';
  readonly summary: string;
  readonly examples: readonly string[];
  /** Asked for before it begins, with the names. */
  readonly question?: (names: string) => string;
  readonly options?: readonly Flag[];
}

/** One verb on machines named one by one or by a pattern. */
export function changeVerb({ verb, summary, examples, question, options = [] }: Change): Verb {
  const yes: readonly Flag[] = question ? [{ flags: '-y, --yes', description: 'do not ask' }] : [];
  return {
    summary,
    args: '<machine...>',
    options: [...options, ...yes, ...waitFlags],
    examples,
    async run(call) {
      const api = await call.client();
      const machines = await namesOf(call);
      if (question) {
        const { stdin, stderr } = call;
        const agreed = await confirm(question(machines.join(', ')), { yes: call.options.flag('yes'), stdin, stderr });
        if (!agreed) throw new CliError('cancelled', 'nothing was changed');
      }
      const body = { machines, ...(call.options.flag('imported') && { imported: true }) };
      const { operation } = await api.request('POST', `/v1/machines/${verb}`, { body });
      return followOrLeave(call, api, operation.id);
    },
  };
}

/** Names as given; a pattern with `*` or `?` becomes the machines that it matches. */
async function namesOf(call: Call): Promise<string[]> {
  const api = await call.client();
  const names: string[] = [];
  for (const given of call.args) {
    if (!/[*?]/.test(given)) {
      names.push(given);
      continue;
    }
    const query = { name: given };
    const found = await pages((page) => api.request('GET', '/v1/machines', { query: { ...query, ...page } as never }));
    if (found.length === 0) throw new CliError('not_found', `no machine matches ${given}`);
    names.push(...found.map(({ name }) => name));
  }
  return [...new Set(names)];
}
