import { isAbsolute, join } from 'node:path';
import { stringify } from 'yaml';
import { type DeployStep, type FileStep, MACHINE_NAME, type ScriptStep } from '../core/deploy.ts';
import { type Attached, attach } from './attached.ts';
import type { Drafts } from './drafts.ts';
import { type Place, pathBeside, tell } from './place.ts';
import { defined, text } from './readers.ts';
import type { Fields } from './salt-fields.ts';
import { rendered, settingsIn } from './salt-template.ts';

/** Scripts that come with Salt and install a minion (salt/cloud/deploy). */
const BUILT_IN = /^(bootstrap-salt|curl-bootstrap(-git)?|wget-bootstrap(-nocert)?|python-bootstrap)(\.sh)?$/;
const NOTHING = /^none(\.sh)?$/i;

/** Who is asking: what Salt's grain `salt-cloud` and its templates tell. */
export interface Deployed {
  readonly profile: Place;
  readonly entries: readonly Place[];
  readonly driver: string;
  /** `alias:driver`, as Salt has it. */
  readonly provider: string;
  readonly drafts: Drafts;
}

/**
 * In Salt's order: files, the minion's and the master's, commands before, the script, commands after. As root, by sudo for
 * other users, unless told. Source: `deploy_script` and `bootstrap` of salt/utils/cloud.py (3006).
 */
export function stepsOf(it: Fields, deployed: Deployed): DeployStep[] {
  const sudo = it.sudo ?? (it.ssh_username?.[0] ?? 'root') !== 'root';
  const step = ({ name, content }: Pick<Attached, 'name' | 'content'>): ScriptStep =>
    defined({ kind: 'script', name, content, sudo: sudo || undefined, timeoutMs: it.hard_timeout });
  const last = it.inline_script ? [step({ name: 'inline_script', content: it.inline_script })] : [];
  if (it.deploy === false) return last;
  const script = scriptOf(it, deployed);
  return [
    ...[...(it.file_map ?? []), ...saltFiles(it, deployed)].map((file) => (sudo ? { ...file, sudo } : file)),
    ...(it.preflight_cmds ? [step({ name: 'preflight_cmds', content: it.preflight_cmds })] : []),
    ...(script ? [defined({ ...step(script), args: it.script_args, env: it.script_env })] : []),
    ...last,
  ];
}

/** The configuration that Salt puts on a machine before its script: grains in a file of their own. */
function saltFiles(it: Fields, { profile, entries, driver, provider }: Deployed): FileStep[] {
  const file = (name: string, mode: string, data: object): FileStep[] => {
    if (Object.keys(data).length === 0) return [];
    const content = stringify(data);
    const perMachine = content.includes(MACHINE_NAME);
    return [{ kind: 'file', path: `/etc/salt/${name}`, content, mode, ...(perMachine && { perMachine }) }];
  };
  const master = entries.find(({ key }) => key === 'master');
  if (master && it.make_master !== true) {
    tell(master, '"master" is used only with `make_master: True`, which is not said here', { level: 'warning' });
  }
  const { grains: inner, ...minion } = it.minion ?? {};
  const grains = { ...(isRecord(inner) ? inner : {}), ...it.grains };
  const wanted = it.minion !== undefined || it.grains !== undefined || it.enable_cloud_grains === true;
  const cloud = { driver, provider, profile: profile.key };
  const settings = {
    ...(wanted && { id: MACHINE_NAME }),
    ...(it.master_finger && { master_finger: it.master_finger }),
    ...minion,
    ...(wanted && it.enable_cloud_grains !== false && { grains: { 'salt-cloud': cloud } }),
  };
  return [
    ...(it.make_minion === false ? [] : [...file('grains', '0644', grains), ...file('minion', '0640', settings)]),
    ...(it.make_master === true ? file('master', '0640', it.master ?? {}) : []),
  ];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Salt looks into cloud.deploy.d, with or without .sh; its scripts are templates. */
function scriptOf(it: Fields, deployed: Deployed): Attached | undefined {
  const { script, os } = it;
  if (os) tell(os, '"os" is the old name of "script"', { level: 'warning', hint: 'Write "script" in its place.' });
  const place = script ?? os;
  const name = place && text(place);
  if (place === undefined || name === undefined || NOTHING.test(name)) return undefined;
  if (BUILT_IN.test(name)) {
    const message = `"script: ${name}" has no effect: minions are not installed yet`;
    return void tell(place, message, { level: 'warning' });
  }
  const named = isAbsolute(name) || name.startsWith('~');
  const searched = named ? [] : [...deployed.drafts.salt.scripts].map((directory) => join(directory, name));
  const paths = [...searched, pathBeside(place, name)].flatMap((path) => [path, `${path}.sh`]);
  const file = attach(place, paths);
  if (file === undefined) return undefined;
  const { entries, drafts } = deployed;
  const variables = {
    vm: { ...settingsIn(entries), profile: deployed.profile.key },
    minion: stringify(it.minion ?? {}),
  };
  return rendered(place, file, { opts: settingsIn(drafts.salt.main), variables });
}
