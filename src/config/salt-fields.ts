import { isSeq } from 'yaml';
import type { DeployStep } from '../core/deploy.ts';
import { attach, attached } from './attached.ts';
import { privateKeyFile } from './login.ts';
import { port } from './ours.ts';
import { entriesOf, nameOf, type Place, pathBeside, tell, valueRange } from './place.ts';
import { bool, duration, list, type Output, object, oneOf, plainData, text, textMap, texts } from './readers.ts';
import type { HonouredKey } from './salt-keys.ts';
import type { Reader } from './scalar.ts';
import { splitWords } from './words.ts';

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

/** `host` or `host:port`. */
const gatewayAddress: Reader<{ host: string; port?: number }> = (place) => {
  const written = text(place);
  const [, host, digits] = /^([^\s:]+)(?::(\d{1,5}))?$/.exec(written ?? '') ?? [];
  if (host !== undefined) return digits === undefined ? { host } : { host, port: Number(digits) };
  if (written === undefined) return undefined;
  return void tell(place, `${nameOf(place)} is not an address`, {
    expected: 'host, or host:port',
    at: valueRange(place),
  });
};

const gatewayFields = {
  ssh_gateway: gatewayAddress,
  ssh_gateway_port: port,
  ssh_gateway_user: text,
  ssh_gateway_username: text,
};

const asIs: Reader<Place> = (place) => place;

/** How each honoured key of Salt's is read. */
export const FIELDS = {
  image: text,
  size: asIs,
  commercial_type: text,
  location: text,
  tags: texts,
  userdata_file: attached,
  userdata_template: asIs,

  ssh_username: texts,
  ssh_port: port,
  ssh_interface: oneOf(['public_ips', 'private_ips']),
  ssh_host: text,
  ssh_connect_timeout: duration,
  wait_for_passwd_timeout: duration,
  hard_timeout: duration,
  ...gatewayFields,
  gateway: object(gatewayFields, {
    others: (entry) => tell(entry, `"${entry.key}" has no effect in a gateway`, { level: 'warning' }),
  }),
  key_filename: privateKeyFile,
  ssh_keyfile: privateKeyFile,
  ssh_key_file: privateKeyFile,
  private_key: privateKeyFile,
  password: text,
  ssh_password: text,

  deploy: bool,
  script: asIs,
  os: asIs,
  script_args: words,
  script_env: textMap,
  inline_script: commands,
  preflight_cmds: commands,
  file_map: filesToCopy,
  sudo: bool,

  minion: plainData,
  grains: plainData,
  master: plainData,
  master_finger: text,
  make_master: bool,
  make_minion: bool,
  enable_cloud_grains: bool,
  requires: asIs,
} as const satisfies Readonly<Record<HonouredKey, Reader<unknown>>>;
export type Fields = Output<typeof FIELDS>;
