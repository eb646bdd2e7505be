import { SalternError } from '../core/error.ts';
import type { Instance } from '../core/instance.ts';
import { type Machine, machineSecrets } from '../core/machine.ts';
import type { OpenProvider, Ports } from '../core/ports.ts';
import { DEFAULT_SSH } from '../core/profile.ts';
import { importMachines } from './batch.ts';
import type { ImportAnswer, ImportPreview, ImportRequest } from './inputs.ts';
import { reservation } from './request-create.ts';
import { profileOf, providerOf, type World } from './requests.ts';

interface Match {
  readonly preview: ImportPreview;
  readonly instance: Instance | null;
}

/** Shows what would be taken over, and without `dryRun` takes it over. */
export async function requestImport(world: World, request: ImportRequest): Promise<ImportAnswer> {
  const { ports, engine } = world;
  const provider = await providerOf(ports.store, request.provider);
  const open = await ports.provider(provider.id);
  const profile = request.profile === undefined ? null : await profileOf(ports.store, request.profile);
  const matches = await match(ports, open, request.names);
  const preview = matches.map((one) => one.preview);
  const wanted = matches.flatMap(({ preview: { action }, instance }) =>
    action === 'import' && instance ? [instance] : [],
  );
  if (request.dryRun) return { operation: null, preview };
  const bad = preview.find(({ action }) => action === 'not_found' || action === 'conflict');
  if (bad) throw new SalternError(bad.action === 'not_found' ? 'not_found' : 'conflict', `${bad.name}: ${bad.reason}`);
  if (wanted.length === 0) return { operation: null, preview };
  const rows: { machine: Machine; instance: Instance }[] = [];
  for (const instance of wanted) {
    const machine = await reserve(ports, open, instance, profile?.id ?? null, profile?.ssh.port ?? DEFAULT_SSH.port);
    if (profile) {
      const frozen = JSON.stringify({ ssh: profile.ssh, deploy: [], userData: null, login: null });
      await ports.store.secrets.put(machineSecrets.request(machine.id), frozen);
    }
    rows.push({ machine, instance });
  }
  const operation = await engine.start(importMachines, {
    actor: request.actor,
    entity: null,
    queue: null,
    input: {
      providers: [provider.id],
      children: rows.map(({ machine, instance }) => ({
        machine: machine.id,
        provider: provider.id,
        input: { machine: machine.id, nativeId: instance.nativeId, location: instance.location },
      })),
    },
  });
  return { operation, preview };
}

async function match(ports: Ports, open: OpenProvider, names: readonly string[]): Promise<Match[]> {
  const instances: Instance[] = [];
  for await (const instance of open.driver.instances({})) instances.push(instance);
  const matches: Match[] = [];
  for (const name of new Set(names)) {
    const found = instances.filter((instance) => instance.name === name || instance.nativeId === name);
    const [instance] = found;
    if (!instance) matches.push(refused(name, null, 'not_found', 'no such instance in the account'));
    else if (found.length > 1) {
      matches.push(refused(name, instance, 'conflict', `${found.length} instances bear this name: give the native id`));
    } else matches.push(await judge(ports, open, instance));
  }
  return matches;
}

async function judge(ports: Ports, open: OpenProvider, instance: Instance): Promise<Match> {
  const row = await ports.store.resources.byNativeId(open.provider.id, open.driver.instance.kind, instance.nativeId);
  if (row && row.status !== 'gone') return refused(instance.name, instance, 'managed', 'in the inventory already');
  if (instance.owner && instance.owner.installation !== ports.store.installation) {
    return refused(instance.name, instance, 'conflict', 'another installation of Saltern manages it');
  }
  const sameName = await ports.store.machines.find(instance.name);
  if (sameName && sameName.status !== 'destroyed') {
    return refused(instance.name, instance, 'conflict', 'another machine in the inventory has this name');
  }
  const { name, nativeId, location } = instance;
  return { instance, preview: { name, nativeId, location, action: 'import', reason: null } };
}

function refused(name: string, instance: Instance | null, action: ImportPreview['action'], reason: string): Match {
  return {
    instance,
    preview: { name, nativeId: instance?.nativeId ?? null, location: instance?.location ?? null, action, reason },
  };
}

function reserve(
  ports: Ports,
  open: OpenProvider,
  instance: Instance,
  profile: string | null,
  sshPort: number,
): Promise<Machine> {
  const { machine, resource } = reservation(ports, open.provider.id, instance.name, open.driver.instance.kind);
  return ports.store.transaction(async (store) => {
    await store.resources.insert({ ...resource, location: instance.location });
    return store.machines.insert({ ...machine, profile, sshPort, origin: 'imported' });
  });
}
