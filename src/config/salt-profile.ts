import { isAbsolute, join } from 'node:path';
import { isSeq } from 'yaml';
import type { DeployStep, ScriptStep } from '../core/deploy.ts';
import { type Attached, attach, attached, pathBeside } from './attached.ts';
import type { ProfileInput } from './bundle.ts';
import { type Draft, type Drafts, originOf } from './drafts.ts';
import { port } from './ours.ts';
import { entriesOf, nameOf, type Place, renamed, tell, valueRange } from './place.ts';
import {
  anything,
  bool,
  defined,
  list,
  type Output,
  oneOf,
  type Reader,
  readEntries,
  text,
  textMap,
  texts,
} from './readers.ts';
import { NOT_YET, REFUSED } from './salt-keys.ts';
import { splitWords } from './words.ts';

/** Scripts that come with Salt and install a minion (salt/cloud/deploy). */
const BUILT_IN = /^(bootstrap-salt|curl-bootstrap(-git)?|wget-bootstrap(-nocert)?|python-bootstrap)(\.sh)?$/;

const words: Reader<string[]> = (place) => {
  if (isSeq(place.node)) return list(text)(place);
  const line = text(place);
  if (line === undefined) return undefined;
  return splitWords(line) ?? void tell(place, `${nameOf(place)} has a quote without an end`, { at: valueRange(place) });
};

const commands: Reader<string> = (place) => texts(place)?.join('\n');

const filesToCopy: Reader<DeployStep[]> = (place) =>
  entriesOf(place, 'a mapping of local paths to paths on the machine')?.flatMap((entry): DeployStep[] => {
    const path = text(entry);
    const file = path === undefined ? undefined : attach(entry, [pathBeside(entry, entry.key)]);
    return path === undefined || file === undefined ? [] : [{ kind: 'file', path, content: file.content }];
  });

const FIELDS = {
  image: text,
  size: text,
  commercial_type: text,
  location: text,
  tags: texts,
  ssh_username: texts,
  ssh_port: port,
  ssh_interface: oneOf(['public_ips', 'private_ips']),
  deploy: bool,
  script: (place: Place) => place,
  script_args: words,
  script_env: textMap,
  inline_script: commands,
  preflight_cmds: commands,
  file_map: filesToCopy,
  sudo: bool,
  userdata_file: attached,
} as const satisfies Readonly<Record<string, Reader<unknown>>>;
type Fields = Output<typeof FIELDS>;

/** Whether a key belongs to profiles: written in a provider, its profiles inherit it. */
export function isProfileField(key: string): boolean {
  return Object.hasOwn(FIELDS, key);
}

/** Maps the keys that mean the same here; warns of those without effect; the driver judges the rest as its options. */
export function readSaltProfile(place: Place, drafts: Drafts, saltDir: string): Draft<ProfileInput> {
  const own = entriesOf(place, 'a mapping with provider, image and what the driver takes');
  if (own === null) return { input: null, place };
  const named = own.find(({ key }) => key === 'provider');
  const reference = named && text(named);
  const [alias = '', driver = null] = reference?.split(':', 2) ?? [];
  const keys = new Set(own.map(({ key }) => key));
  const inherited = (drafts.inherited.get(alias) ?? []).filter(({ key }) => !keys.has(key));
  const options: [string, unknown][] = [];
  const it = readEntries(
    place,
    [...own, ...inherited],
    { provider: text, ...FIELDS },
    {
      required: ['provider', ...(keys.has('extends') ? [] : (['image'] as const))],
      others: (entry) => {
        const refused = REFUSED[entry.key];
        const warning = NOT_YET[entry.key];
        if (refused) tell(entry, `"${entry.key}" is not supported yet`, { hint: refused });
        else if (warning) tell(entry, `"${entry.key}" has no effect: ${warning}`, { level: 'warning' });
        else options.push([entry.key, anything(renamed(entry, `${place.pointer}.options.${entry.key}`))]);
      },
    },
  );
  const provider = named && reference ? { place: named, name: alias, driver } : undefined;
  const deploy = it.deploy === false ? [] : stepsOf(it, saltDir);
  if (reference === undefined || it.image === undefined) return { input: null, place, provider };
  const input = defined({
    name: place.key,
    provider: alias,
    image: it.image,
    size: it.commercial_type ?? it.size,
    location: it.location,
    tags: it.tags,
    ssh: sshOf(it),
    deploy,
    userData: it.userdata_file?.content,
    options: Object.fromEntries(options),
    origin: originOf(place),
  });
  return { input, place, provider };
}

const REACH = { public_ips: 'public', private_ips: 'private' } as const;

function sshOf(it: Fields): ProfileInput['ssh'] {
  const reach = it.ssh_interface && REACH[it.ssh_interface];
  const ssh: ProfileInput['ssh'] = defined({ users: it.ssh_username, port: it.ssh_port, reach });
  return Object.keys(ssh).length > 0 ? ssh : undefined;
}

/** In Salt's order: files, commands before, the script, commands after. As root, by sudo for other users, unless told. */
function stepsOf(it: Fields, saltDir: string): DeployStep[] {
  const sudo = it.sudo ?? (it.ssh_username?.[0] ?? 'root') !== 'root';
  const script = it.script && scriptOf(it.script, saltDir);
  const step = (file: Attached): ScriptStep => ({ kind: 'script', ...file, ...(sudo && { sudo }) });
  return [
    ...(it.file_map ?? []).map((file) => ({ ...file, ...(sudo && { sudo }) })),
    ...(it.preflight_cmds ? [step({ name: 'preflight_cmds', content: it.preflight_cmds })] : []),
    ...(script ? [defined({ ...step(script), args: it.script_args, env: it.script_env })] : []),
    ...(it.inline_script ? [step({ name: 'inline_script', content: it.inline_script })] : []),
  ];
}

/** Salt looks into cloud.deploy.d, with or without .sh. Its scripts are templates; ours are not. */
function scriptOf(place: Place, saltDir: string): Attached | undefined {
  const name = text(place);
  if (name === undefined || /^none(\.sh)?$/i.test(name)) return undefined;
  if (BUILT_IN.test(name)) {
    return void tell(place, `"script: ${name}" has no effect: ${NOT_YET['minion']}`, { level: 'warning' });
  }
  const beside = pathBeside(place, name);
  const searched = isAbsolute(name) || name.startsWith('~') ? [] : [join(saltDir, 'cloud.deploy.d', name)];
  const file = attach(
    place,
    [...searched, beside].flatMap((path) => [path, `${path}.sh`]),
  );
  if (file === undefined || !/\{\{|\{%/.test(file.content)) return file;
  return void tell(place, `${nameOf(place)} is a Jinja template, and those are not rendered yet`, {
    hint: 'Give a script without {{ }} and {% %}; pass values by `script_args` or `script_env`.',
    at: valueRange(place),
  });
}
