import type { Client } from '../../client/client.ts';
import type { Machine } from '../../client/generated.ts';
import { CliError } from '../base/errors.ts';
import { confirm } from '../base/prompt.ts';
import type { Call, Flag, Verb } from '../base/verb.ts';
import { scopesOf } from '../endpoint.ts';
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
      const machines = await machinesOf(call, api);
      const scopes = await scopesOf(call, api, machines);
      if (question) {
        const { stdin, stderr } = call;
        stderr.write(scopes.map((line) => `${line}\n`).join(''));
        const asked = question(machines.map(({ name }) => name).join(', '));
        const agreed = await confirm(asked, { yes: call.options.flag('yes'), stdin, stderr });
        if (!agreed) throw new CliError('cancelled', 'nothing was changed');
      }
      const ids = machines.map(({ id }) => id);
      const given = (name: string) => (call.options.flag(name) ? { [name]: true } : {});
      const body = { machines: ids, ...given('imported'), ...given('abandon') };
      const { operation } = await api.request('POST', `/v1/machines/${verb}`, { body });
      const names = new Map(machines.map(({ id, name }) => [`machine/${id}`, name]));
      return followOrLeave(call, api, operation.id, names);
    },
  };
}

/** Machines as named; a pattern with `*` or `?` becomes those that it matches. */
export async function machinesOf({ args }: Call, api: Client): Promise<Machine[]> {
  const found = new Map<string, Machine>();
  for (const given of args) {
    const matches = /[*?]/.test(given)
      ? await pages((page) => api.request('GET', '/v1/machines', { query: { name: given, ...page } as never }))
      : [await api.request('GET', '/v1/machines/{machine}', { params: { machine: given } })];
    if (matches.length === 0) throw new CliError('not_found', `no machine matches ${given}`);
    for (const machine of matches) found.set(machine.id, machine);
  }
  return [...found.values()];
}
