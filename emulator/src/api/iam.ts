import { createHash } from 'node:crypto';
import { type Call, fields, flag, listed, param, text } from '../call.ts';
import { invalid, notFound, type Reply } from '../errors.ts';
import { apiList, apiTime, NO_CONTENT, ok } from '../house.ts';
import { namedUuid } from '../random.ts';
import { route } from '../router.ts';
import { born } from '../world/store.ts';
import type { SshKey } from '../world/types.ts';
import { projectOf } from './project.ts';

const KEYS = '/iam/v1alpha1/ssh-keys';
const KEY = `${KEYS}/:id`;

/** What a key of another project sees as its default project. */
export const FOREIGN_PROJECT = namedUuid('a project of somebody else');

const find = (call: Call): SshKey => call.world.sshKeys.get(call, param(call, 'id'));

/** /iam/v1alpha1: ssh keys, and the api key that the request itself uses. */
export const IAM_ROUTES = [
  route('GET', KEYS, (call) => {
    const disabled = call.query.get('disabled');
    const keys = listed(call, call.world.sshKeys.all()).filter(
      (key) => disabled === null || String(key.disabled) === disabled,
    );
    return apiList(
      call,
      'ssh_keys',
      keys.map((key) => view(call, key)),
    );
  }),
  route('POST', KEYS, create),
  route('GET', KEY, (call) => ok(view(call, find(call)))),
  route('PATCH', KEY, (call) => {
    const key = find(call);
    const body = fields(call);
    key.name = text(body, 'name') ?? key.name;
    key.disabled = flag(body, 'disabled') ?? key.disabled;
    key.modifiedAt = call.world.clock.now();
    return ok(view(call, key));
  }),
  route('DELETE', KEY, (call) => {
    call.world.sshKeys.remove(find(call).id);
    return NO_CONTENT;
  }),
  route('GET', '/iam/v1alpha1/api-keys/:key', apiKey),
];

function create(call: Call): Reply {
  const body = fields(call);
  const project = projectOf(call, body, 'project_id', 'ssh_key');
  const parsed = parseKey(text(body, 'public_key') ?? '');
  const key = call.world.sshKeys.add({
    ...born(call, text(body, 'name') ?? '', project),
    ...parsed,
    disabled: false,
  });
  return ok(view(call, key));
}

/** The comment is dropped and the fingerprint is ssh-keygen's MD5 line, as the real API does. */
function parseKey(line: string): { publicKey: string; fingerprint: string } {
  const [type = '', blob = ''] = line.trim().split(/\s+/);
  const bytes = Buffer.from(blob, 'base64');
  const inner = bytes.length > 4 ? bytes.subarray(4, 4 + bytes.readUInt32BE(0)).toString() : '';
  if (inner === '' || inner !== type) throw invalid('public_key', 'value must be a valid SSH public key', 'format');
  const md5 = createHash('md5')
    .update(bytes)
    .digest('hex')
    .replace(/(..)(?!$)/g, '$1:');
  return { publicKey: `${type} ${blob}`, fingerprint: `${keyBits(type, bytes)} MD5:${md5} (${type})` };
}

function keyBits(type: string, bytes: Buffer): number {
  if (type.includes('ed25519')) return 256;
  const curve = /nistp(\d+)/.exec(type)?.[1];
  if (curve) return Number(curve);
  // RSA: the modulus is the last field of the blob; its leading zero byte does not count.
  const exponentAt = 4 + bytes.readUInt32BE(0);
  const modulusAt = exponentAt + 4 + bytes.readUInt32BE(exponentAt);
  return (bytes.readUInt32BE(modulusAt) - 1) * 8;
}

function apiKey(call: Call): Reply {
  const { world, sight } = call;
  const key = param(call, 'key');
  if (key !== world.options.accessKey) throw notFound('access_key', key);
  return ok({
    access_key: key,
    secret_key: null,
    application_id: namedUuid(`application ${key}`),
    description: 'emulated key',
    created_at: apiTime(Date.UTC(2026, 0, 1)),
    updated_at: apiTime(Date.UTC(2026, 0, 1)),
    expires_at: null,
    default_project_id: sight.foreign ? FOREIGN_PROJECT : world.options.project,
    editable: true,
    deletable: true,
    managed: false,
    creation_ip: '127.0.0.1',
  });
}

const view = (call: Call, key: SshKey): object => ({
  id: key.id,
  name: key.name,
  public_key: key.publicKey,
  fingerprint: key.fingerprint,
  created_at: apiTime(key.createdAt),
  updated_at: apiTime(key.modifiedAt),
  organization_id: call.world.organization,
  project_id: key.project,
  disabled: key.disabled,
});
