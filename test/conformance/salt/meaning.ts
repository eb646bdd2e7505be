import { isDeepStrictEqual } from 'node:util';
import { parse } from 'yaml';
import type { ProfileInput, ProviderInput } from '../../../src/config/bundle.ts';
import { type DeployStep, MACHINE_NAME } from '../../../src/core/deploy.ts';
import type { Case } from './cases.ts';
import type { Effective, Settings } from './salt.ts';

/*
 * What one machine is to be, in words that both sides can be brought to, each by a table of its own. A word that says nothing is
 * left out.
 */

type Translation = (value: unknown, key: string, context: Context) => Settings;
interface Context {
  readonly settings: Settings;
  readonly made: Effective['made'];
  readonly files: Case['files'];
}

const same =
  (word: string, of: (value: unknown) => unknown = (value) => value): Translation =>
  (value) => ({ [word]: of(value) });
const nothings = (keys: string) =>
  Object.fromEntries(keys.split(' ').map((key): [string, Translation] => [key, () => ({})]));

const ourDriver = (value: unknown) => String(value).replace(/\bsaltify$/, 'ssh');
const texts = (value: unknown) => [value ?? []].flat().map(String);
const lines = (value: unknown) => texts(value).join('\n').trimEnd();
const milliseconds = (value: unknown) => Number(value) * 1000;
const readFile = (value: unknown, files: Case['files']) => files.get(String(value).replace(/^\.\//, ''));
const keyFile: Translation = (value, _, { files }) => ({ 'private key': readFile(value, files)?.trim() });

const patience: Translation = (_, __, { settings }) => {
  const seconds = [settings['ssh_connect_timeout'], settings['wait_for_passwd_timeout']];
  return { patience: Math.max(...seconds.map((each) => milliseconds(each ?? 0))) };
};

/** Salt's key → our words for it. A key that is not here belongs to the driver, and keeps its name. */
const TRANSLATIONS: Readonly<Record<string, Translation>> = {
  // Settings of the main file that are about Salt itself, or for Jinja and sdb alone.
  ...nothings(
    'conf_file include providers log_level log_file verify_env deploy_scripts_search_path osenv vaultfile site',
  ),
  ...nothings('name profile'),
  // For the compatible command: which fields it shows, and whether --hard is allowed.
  ...nothings('query.selection enable_hard_maps'),
  // These hold for the map, not for one machine: compared as the order of creation.
  ...nothings('requires make_master'),
  driver: same('driver', ourDriver),
  provider: same('provider', ourDriver),
  image: same('image', String),
  size: (value, _, { settings }) => (settings['commercial_type'] == null ? { size: String(value) } : {}),
  commercial_type: same('size', String),
  tags: same('tags', texts),
  ssh_username: same('users', texts),
  ssh_port: same('port'),
  ssh_interface: same('reach', (value) => String(value).replace('_ips', '')),
  ssh_host: same('host'),
  gateway: (value, _, context) =>
    Object.assign({}, ...Object.entries(value as Settings).map(([key, it]) => TRANSLATIONS[key]?.(it, key, context))),
  ssh_gateway: same('gateway'),
  ssh_gateway_port: same('port of the gateway'),
  ssh_gateway_user: same('user at the gateway'),
  ssh_gateway_username: same('user at the gateway'),
  ssh_connect_timeout: patience,
  wait_for_passwd_timeout: patience,
  hard_timeout: same('time of a script', milliseconds),
  password: same('password'),
  ssh_password: same('password'),
  key_filename: keyFile,
  ssh_keyfile: keyFile,
  ssh_key_file: keyFile,
  private_key: keyFile,
  // Read where they matter.
  ...nothings('deploy sudo make_minion master_finger enable_cloud_grains userdata_template'),
  script: (value, _, { made }) =>
    made.script === undefined ? { [`script ${value}`]: null } : { script: made.script.trimEnd() },
  script_args: (value, _, { made }) => (made.script === undefined ? {} : { arguments: wordsOf(String(value)) }),
  script_env: same('environment', (value) =>
    Object.fromEntries(Object.entries(value as Settings).map(([key, it]) => [key, String(it)])),
  ),
  preflight_cmds: same('commands before', lines),
  inline_script: same('commands after', lines),
  file_map: (value, _, { files }) =>
    Object.fromEntries(Object.entries(value as Settings).map(([from, to]) => [`file ${to}`, readFile(from, files)])),
  userdata_file: (_, __, { made }) => ({ 'user data': made.userdata }),
  minion: (_, __, context) => ({
    ...minionOf(context),
    minion: withoutDefaults(context.made.minion, context.settings['name']),
  }),
  grains: (_, __, context) => minionOf(context),
  // Salt writes it onto a machine that becomes a master, and only there.
  master: (value, _, { settings }) => (settings['make_master'] === true ? { master: value } : {}),
};

/** What Salt only does when it deploys. */
const DEPLOYED = /^(script|arguments|environment|commands before|file .*|minion|grains|grains of the cloud|master)$/;

const MINION = ['minion', 'grains', 'grains of the cloud'];

/** What a minion has besides its own settings. The grains of the cloud can be switched off in the main file. */
function minionOf({ settings, made }: Context): Settings {
  const { driver, provider, profile } = settings;
  const enabled = settings['enable_cloud_grains'] !== false;
  return {
    ...(Object.keys(made.grains ?? {}).length > 0 && { grains: made.grains }),
    ...(enabled && { 'grains of the cloud': { driver, provider, profile } }),
  };
}

/** A word, and the keys that it comes from. */
export interface Word {
  readonly value: unknown;
  readonly keys: readonly string[];
}

export function meaningOfSalt({ settings, made }: Effective, files: Case['files']): Map<string, Word> {
  const words = new Map<string, Word>();
  for (const [key, value] of Object.entries(settings)) {
    if (value === null) continue;
    const meant = cleaned((TRANSLATIONS[key] ?? same(key))(value, key, { settings, made, files }));
    for (const [word, each] of Object.entries(meant)) {
      words.set(word, { value: each, keys: [...(words.get(word)?.keys ?? []), key] });
    }
  }
  if (settings['make_minion'] === false) for (const word of MINION) words.delete(word);
  if (settings['deploy'] === false) for (const word of [...words.keys()]) if (DEPLOYED.test(word)) words.delete(word);
  const user = texts(settings['ssh_username'])[0] ?? 'root';
  words.set('sudo', { value: settings['sudo'] ?? user !== 'root', keys: ['sudo', 'ssh_username'] });
  return words;
}

export function meaningOfOurs(provider: ProviderInput, profile: ProfileInput): Settings {
  const { ssh, login, options } = profile;
  const { host_key, ...settings } = { ...provider.settings, ...options };
  const minion = stepsAt(profile.deploy, '/etc/salt/minion');
  return cleaned({
    ...settings,
    host_key,
    driver: provider.driver,
    provider: provider.name.includes(':') ? provider.name : `${provider.name}:${provider.driver}`,
    image: profile.image,
    size: profile.size,
    location: profile.location,
    tags: profile.tags,
    users: ssh?.users,
    port: ssh?.port,
    reach: ssh?.reach,
    patience: ssh?.timeoutMs,
    gateway: ssh?.jump?.host,
    // What is not written there has these defaults.
    'port of the gateway': ssh?.jump?.port === 22 ? undefined : ssh?.jump?.port,
    'user at the gateway': ssh?.jump?.user === 'root' ? undefined : ssh?.jump?.user,
    password: login?.password,
    'private key': login?.privateKey?.trim(),
    'user data': profile.userData,
    ...meaningOfSteps(profile.deploy),
    ...(minion !== undefined && { minion: withoutDefaults(without(minion, (key) => key === 'grains')) }),
    'grains of the cloud': (minion?.['grains'] as Settings | undefined)?.['salt-cloud'],
    grains: stepsAt(profile.deploy, '/etc/salt/grains'),
    master: stepsAt(profile.deploy, '/etc/salt/master'),
  });
}

function meaningOfSteps(steps: readonly DeployStep[]): Settings {
  const words = steps.map((step): Settings => {
    switch (step.kind) {
      case 'file':
        return step.path.startsWith('/etc/salt/') ? {} : { [`file ${step.path}`]: step.content };
      case 'ssh-key':
        return { [`key ${step.publicKey}`]: true };
      case 'script': {
        const name = { preflight_cmds: 'commands before', inline_script: 'commands after' }[step.name] ?? 'script';
        const { content, args, env, timeoutMs } = step;
        return { [name]: content.trimEnd(), arguments: args, environment: env, 'time of a script': timeoutMs };
      }
      default:
        return step satisfies never;
    }
  });
  const sudo = [...new Set(steps.map((step) => step.kind !== 'ssh-key' && step.sudo === true))];
  return { ...Object.assign({}, ...words.map(cleaned)), sudo: sudo.length > 1 ? sudo : sudo[0] };
}

function stepsAt(steps: readonly DeployStep[], path: string): Settings | undefined {
  const step = steps.find((it) => it.kind === 'file' && it.path === path);
  return step?.kind === 'file' ? (parse(step.content) ?? {}) : undefined;
}

/** Without what Salt puts into every minion's configuration. The id is the machine's name unless it is written, on both sides. */
function withoutDefaults(minion: Settings = {}, name: unknown = MACHINE_NAME): Settings {
  const { log_level, hash_type, ...rest } = minion;
  return without(rest, (key) => (key === 'id' && rest[key] === name) || (key === 'master' && rest[key] === 'salt'));
}

/** A shell's words, for the few quotes that the cases have. */
function wordsOf(line: string): string[] {
  return [...line.matchAll(/(?:"(?:\\.|[^"])*"|'[^']*'|\S)+/g)].map(([word]) =>
    word.replace(/"((?:\\.|[^"])*)"|'([^']*)'/g, (_, double?: string, single?: string) =>
      double === undefined ? (single ?? '') : double.replace(/\\(.)/g, '$1'),
    ),
  );
}

function cleaned(words: Settings): Settings {
  return without(words, (key) => words[key] == null || isDeepStrictEqual(words[key], []));
}

function without(words: Settings, drop: (key: string) => boolean): Settings {
  return Object.fromEntries(Object.entries(words).filter(([key]) => !drop(key)));
}
