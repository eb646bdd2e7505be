import type { Machine } from '../../src/core/machine.ts';
import type { OperationRecord, StepRecord } from '../../src/core/operation.ts';
import { DEFAULT_SSH, type Profile } from '../../src/core/profile.ts';
import type { Provider } from '../../src/core/provider.ts';
import type { Resource } from '../../src/core/resource.ts';
import type { Token } from '../../src/core/token.ts';
import type { Webhook } from '../../src/core/webhook.ts';
import { newId } from '../../src/lib/ids.ts';

/** Entities with every property set to something that a careless store would bend. */

export function provider(own: Partial<Provider> = {}): Provider {
  const id = newId();
  return {
    id,
    name: `provider-${id}`,
    driver: 'scaleway',
    settings: { zone: 'fr-par-1', nested: { list: [1, 2.5, null, true], text: 'ünï\0cödé "quoted"' } },
    secretKeys: ['token'],
    limits: { concurrency: 4 },
    status: 'ok',
    statusReason: null,
    scope: { endpoint: 'https://api.example', account: 'a', project: null, description: 'project of Example' },
    checkedAt: 1_760_000_000_123,
    origin: 'saltern.yaml:3',
    createdAt: 1_760_000_000_000,
    updatedAt: 1_760_000_000_001,
    ...own,
  };
}

export function profile(own: Partial<Profile> & Pick<Profile, 'provider'>): Profile {
  const id = newId();
  return {
    id,
    name: `profile-${id}`,
    image: 'debian_bookworm',
    size: null,
    location: 'fr-par-1',
    tags: ['a', 'b'],
    ssh: DEFAULT_SSH,
    deploy: [{ kind: 'script', name: 'setup.sh' }],
    onFailure: 'keep',
    protected: true,
    options: { ipv6: true },
    origin: 'api',
    createdAt: 1,
    updatedAt: 2,
    ...own,
  };
}

export function machine(own: Partial<Machine> = {}): Machine {
  const id = newId();
  return {
    id,
    name: `machine-${id}`,
    provider: 'P',
    profile: 'F',
    status: 'requested',
    origin: 'created',
    protected: false,
    map: null,
    asked: { image: 'debian_bookworm', size: null, tags: ['a'], deploy: null },
    agentKey: null,
    grains: null,
    resource: newId(),
    nativeId: 'fr-par-1/11111111-2222-3333-4444-555555555555',
    location: 'fr-par-1',
    size: 'DEV1-S',
    image: 'debian_bookworm',
    imageName: 'Debian Bookworm',
    arch: 'x86_64',
    price: { currency: 'EUR', hourly: 0.0088, monthly: 6.424, asOf: '2025-10-01' },
    addresses: [{ ip: '192.0.2.7', family: 4, reach: 'public' }],
    sshUser: 'root',
    sshPort: 22,
    hostKeys: ['ssh-ed25519 AAAA'],
    hostKeyOrigin: 'injected',
    operation: null,
    error: { code: 'timeout', message: 'no SSH', hint: 'Look at the console.' },
    createdAt: 1_760_000_000_000,
    readyAt: null,
    destroyedAt: null,
    ...own,
  };
}

export function resource(own: Partial<Resource> = {}): Resource {
  return {
    id: newId(),
    provider: 'P',
    machine: null,
    parent: null,
    kind: 'instance',
    name: 'saltern-web-1',
    location: null,
    status: 'wanted',
    nativeId: null,
    attemptedAt: null,
    existsAt: null,
    goneAt: null,
    ...own,
  };
}

export function operation(own: Partial<OperationRecord> = {}): OperationRecord {
  return {
    id: newId(),
    name: 'create-machine',
    version: 1,
    attempt: 1,
    input: { machine: 'M', options: [1, null] },
    output: null,
    status: 'queued',
    entity: null,
    queue: 'provider/P',
    parent: null,
    actor: { kind: 'socket', name: 'root' },
    error: null,
    cancel: null,
    createdAt: 1_760_000_000_000,
    startedAt: null,
    endedAt: null,
    ...own,
  };
}

export function step(own: Partial<StepRecord> & Pick<StepRecord, 'operation' | 'seq'>): StepRecord {
  return {
    name: `step ${own.seq}`,
    kind: 'run',
    status: 'running',
    attempts: 1,
    output: null,
    evidence: null,
    error: null,
    progress: null,
    startedAt: 5,
    endedAt: null,
    ...own,
  };
}

export function token(own: Partial<Token> = {}): Token {
  const id = newId();
  return { id, name: 'ci', role: 'operate', hash: `hash-${id}`, expiresAt: 2, createdAt: 1, ...own };
}

export function webhook(own: Partial<Webhook> = {}): Webhook {
  const id = newId();
  return {
    id,
    name: `webhook-${id}`,
    url: 'https://hooks.example/saltern',
    types: ['salt/cloud/*', 'machine.status'],
    lastEvent: 0,
    failures: 0,
    lastError: null,
    createdAt: 1,
    ...own,
  };
}
