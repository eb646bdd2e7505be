import { EXIT_CODES, type Import } from '../client/generated.ts';
import type { FleetMap } from '../config/bundle.ts';
import { acceptedKeys, SALT_DIR } from './accepted-keys.ts';
import { CliError } from './base/errors.ts';
import { printRows } from './base/output.ts';
import { confirm } from './base/prompt.ts';
import type { Call, Verb } from './base/verb.ts';
import { mapFlags, readMaps, saveBundle } from './bundle.ts';
import { followOrLeave, waitFlags } from './follow.ts';
import { assertEndpoints, importable, previewColumns } from './import-preview.ts';

type Preview = Import['preview'];

export const verb: Verb = {
  summary:
    'Take over the running instances that bear the names of a map’s machines. Nothing restarts; only tags are set.',
  args: '[name...]',
  options: [
    ...mapFlags,
    { flags: '--dry-run', description: 'only show what would be taken over' },
    { flags: '-y, --yes', description: 'do not ask' },
    ...waitFlags,
  ],
  examples: [
    'import -f map.yml --dry-run',
    'import -c /etc/salt -m /etc/salt/cloud.maps.d/web.map',
    'import -f map.yml web-1',
  ],
  async run(call) {
    const api = await call.client();
    const bundle = await readMaps(call);
    await saveBundle(api, bundle);
    const only = assertNamed(bundle.maps, call.args);
    const bodies = [];
    for (const map of bundle.maps) bodies.push({ map, ...(only && { only }), agentKeys: await keysFor(call, map) });
    const previews: Preview[] = [];
    for (const body of bodies) {
      const dry = await api.request('POST', '/v1/maps/import', { body: { ...body, dryRun: true } as never });
      previews.push(dry.preview);
    }
    const preview = previews.flat();
    await printRows(preview, previewColumns(preview), call.out);
    await assertEndpoints(call, api, preview);
    if (call.options.flag('dryRun') || importable(preview) === 0) return left(call, preview);
    const { stdin, stderr } = call;
    const question = `Take over ${importable(preview)} of them?`;
    const agreed = await confirm(question, { yes: call.options.flag('yes'), stdin, stderr });
    if (!agreed) throw new CliError('cancelled', 'nothing was changed');
    let code = 0;
    for (const body of bodies) {
      const { operation } = await api.request('POST', '/v1/maps/import', { body: body as never });
      if (operation) code = (await followOrLeave(call, api, operation.id)) || code;
    }
    return code || left(call, preview);
  },
};

/** The names given, each of which a map must have. Null: all. */
function assertNamed(maps: readonly FleetMap[], names: readonly string[]): string[] | null {
  const known = new Set(maps.flatMap(({ machines }) => machines.map(({ name }) => name)));
  const strange = names.filter((name) => !known.has(name));
  if (strange.length > 0) throw new CliError('not_found', `the map has no machine ${strange.join(', ')}`);
  return names.length > 0 ? [...names] : null;
}

async function keysFor({ options, stderr }: Call, { machines }: FleetMap): Promise<Record<string, string>> {
  const names = machines.map(({ name }) => name);
  return acceptedKeys(options.text('configDir') ?? SALT_DIR, names, stderr);
}

/** What needs a person is an error in the end, after all else was done. */
function left({ stderr }: Call, preview: Preview): number {
  if (importable(preview) === 0) stderr.write('There is nothing to take over.\n');
  const managed = new Set(preview.flatMap(({ name, action }) => (action === 'managed' ? [name] : [])));
  const open = preview.filter(
    ({ name, action }) => (action === 'conflict' || action === 'ambiguous') && !managed.has(name),
  );
  if (open.length === 0) return 0;
  stderr.write(
    `error: ${open.length} ${open.length === 1 ? 'instance was' : 'instances were'} left alone: see the reason\n`,
  );
  return EXIT_CODES.conflict;
}
