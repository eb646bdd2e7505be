import type { Client } from '../client/client.ts';
import { terminal } from './base/context.ts';
import { CliError } from './base/errors.ts';
import { printRows } from './base/output.ts';
import { confirm } from './base/prompt.ts';
import type { Call, Verb } from './base/verb.ts';
import { followOrLeave, waitFlags } from './follow.ts';
import { isDone, planText } from './map/plan-text.ts';
import { type Planned, planFlags, planMaps } from './map/request.ts';
import { type Result, resultColumns, resultsOf } from './map/result.ts';

export const verb: Verb = {
  summary: 'Bring a fleet to what a map wants: shows the plan, asks, and does what was shown and nothing else.',
  args: '[name...]',
  options: [...planFlags, { flags: '-y, --yes', description: 'do not ask' }, ...waitFlags],
  examples: [
    'apply -f fleet.yaml',
    'apply -c /etc/salt -m /etc/salt/cloud.maps.d/web.map --yes',
    'apply -f fleet.yaml --prune --replace',
  ],
  async run(call) {
    const api = await call.client();
    const planned = await planMaps(call, api);
    const { width, colors } = terminal(call.stderr, call.env);
    for (const { plan } of planned) call.stderr.write(`${planText(plan, { width, colors })}\n`);
    await assertAgreed(call, planned);
    const results: Result[] = [];
    let code = 0;
    for (const one of planned) {
      const ended = await applyOne(call, api, one);
      code = ended.code || code;
      results.push(...ended.results);
    }
    if (results.length > 0 || call.out.format !== 'table') await printRows(results, resultColumns, call.out);
    tellWaysOn(call, results);
    return code;
  },
};

async function assertAgreed(call: Call, planned: readonly Planned[]): Promise<void> {
  const { stdin, stderr, options } = call;
  const actions = planned.flatMap(({ plan }) => plan.actions.filter(isDone));
  if (actions.length === 0) return;
  const ended = actions.filter(({ action }) => action === 'destroy' || action === 'replace').map(({ name }) => name);
  const lost = ended.length > 0 ? ` The data of ${ended.join(', ')} will be gone.` : '';
  const question = `Do this to ${actions.length} ${actions.length === 1 ? 'machine' : 'machines'}?${lost}`;
  const agreed = await confirm(question, { yes: options.flag('yes'), stdin, stderr });
  if (!agreed) throw new CliError('cancelled', 'nothing was changed');
}

/** What was shown goes with it, so that nothing else is done. */
async function applyOne(call: Call, api: Client, planned: Planned): Promise<{ code: number; results: Result[] }> {
  const expect = planned.plan.actions.map(({ name, action, nativeId, fingerprint }) => ({
    name,
    action,
    nativeId,
    fingerprint,
  }));
  const body = { ...planned.body, expect };
  const applied = await api.request('POST', '/v1/maps/apply', { body: body as never });
  const names = new Map(applied.machines.map(({ id, name }) => [`machine/${id}`, name]));
  const code = await followOrLeave(call, api, applied.operation.id, names);
  return { code, results: await resultsOf(api, applied, planned) };
}

function tellWaysOn({ stderr }: Call, results: readonly Result[]): void {
  const stopped = results.filter(({ result }) => result === 'failed' || result === 'cancelled').map(({ name }) => name);
  const [first] = stopped;
  if (first === undefined) return;
  stderr.write(`Three ways on:\n  do what is missing: saltern apply, with the same files\n`);
  stderr.write(`  go on where it stopped: saltern machine retry ${first}\n`);
  stderr.write(`  give it up: saltern machine destroy ${first}\n`);
}
