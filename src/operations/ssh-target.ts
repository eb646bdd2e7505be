import { SalternError } from '../core/error.ts';
import type { Address } from '../core/instance.ts';
import { type Machine, type MachineRequest, machineSecrets } from '../core/machine.ts';
import type { Ports } from '../core/ports.ts';
import { DEFAULT_SSH, type SshSettings } from '../core/profile.ts';
import type { SshTarget } from '../core/shell.ts';

const CONNECT_TIMEOUT_MS = 10_000;

/** What the machine was asked for with; defaults for one that was imported. */
export async function requestOf(ports: Ports, machine: string): Promise<MachineRequest> {
  const kept = await ports.store.secrets.get(machineSecrets.request(machine));
  return kept ? (JSON.parse(kept) as MachineRequest) : { ssh: DEFAULT_SSH, deploy: [], userData: null, login: null };
}

/** The address that SSH is spoken to, or null while there is none of the wanted reach. IPv4 first: more networks carry it. */
export function sshAddress(addresses: readonly Address[], reach: SshSettings['reach']): string | null {
  const reachable = addresses.filter((address) => address.reach === reach);
  return (reachable.find((address) => address.family === 4) ?? reachable[0])?.ip ?? null;
}

/** As `sshAddress`; an enrolled machine has the one address that it was enrolled by, whatever its reach. */
export function machineAddress({ origin, addresses }: Machine, { reach }: SshSettings): string | null {
  return (origin === 'enrolled' ? addresses[0]?.ip : undefined) ?? sshAddress(addresses, reach);
}

/** Where, as whom and against which host keys a machine is spoken to. */
export async function sshTarget(ports: Ports, machine: Machine, ssh: SshSettings): Promise<SshTarget> {
  const host = machineAddress(machine, ssh);
  if (host === null) {
    throw new SalternError('conflict', `machine ${machine.name} has no ${ssh.reach} address`, {
      hint: 'Give its profile another `ssh.reach`, or an address on the backend.',
    });
  }
  const { privateKey } = await ports.loginKey();
  const base = { privateKey, connectTimeoutMs: CONNECT_TIMEOUT_MS };
  const { jump } = ssh;
  return {
    ...base,
    machine: machine.id,
    host,
    port: machine.sshPort,
    users: machine.sshUser ? [machine.sshUser] : ssh.users,
    hostKeys: machine.hostKeys.length > 0 ? machine.hostKeys : 'first-contact',
    ...(jump && {
      jump: {
        ...base,
        machine: `jump/${jump.host}:${jump.port}`,
        host: jump.host,
        port: jump.port,
        users: [jump.user],
        hostKeys: jump.hostKey ? [jump.hostKey] : 'first-contact',
      },
    }),
  };
}
