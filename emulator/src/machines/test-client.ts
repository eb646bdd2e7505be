import { randomInt } from 'node:crypto';
import ssh2, { type Client } from 'ssh2';
import type { MachineHost, MachineSpec } from '../machine.ts';
import { newKeyPair } from './host-keys.ts';
import { createMemoryHost } from './memory.ts';

export interface Answer {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

export const login = newKeyPair('login');

/** A host with one machine after another on addresses of its own, and clients for them. */
export function testHost() {
  const host: MachineHost = createMemoryHost({ clock: { now: () => Date.now() } });
  const network = `127.${randomInt(20, 250)}.${randomInt(250)}`;
  let last = 0;
  const clients: Client[] = [];
  const boot = async (spec: Partial<MachineSpec> = {}): Promise<MachineSpec> => {
    last += 1;
    const machine: MachineSpec = {
      id: `machine-${last}`,
      name: `machine-${last}`,
      hostname: `machine-${last}`,
      address: `${network}.${last}`,
      port: 2222,
      arch: 'x86_64',
      image: 'debian_bookworm',
      userData: null,
      authorizedKeys: [login.publicKey],
      ...spec,
    };
    await host.boot(machine);
    return machine;
  };
  return {
    host,
    boot,
    /** Connects as soon as SSH answers. */
    async connect(machine: MachineSpec, username = 'root'): Promise<Client> {
      const client = await connectWhenUp(machine, username);
      clients.push(client);
      return client;
    },
    async close(): Promise<void> {
      for (const client of clients) client.destroy();
      await host.close();
    },
  };
}

async function connectWhenUp(machine: MachineSpec, username: string): Promise<Client> {
  for (let tries = 0; ; tries += 1) {
    try {
      return (await connectOnce(machine, { username })).client;
    } catch (error) {
      if (tries > 100 || !String(error).includes('ECONNREFUSED')) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

/** One attempt; gives the host key that was shown, in OpenSSH's form. */
export function connectOnce(
  machine: Pick<MachineSpec, 'address' | 'port'>,
  options: { username?: string; privateKey?: string; timeoutMs?: number } = {},
): Promise<{ client: Client; hostKey: string }> {
  const client = new ssh2.Client();
  let hostKey = '';
  return new Promise((resolve, reject) => {
    client.once('ready', () => {
      client.setNoDelay(true);
      resolve({ client, hostKey });
    });
    client.on('error', reject);
    client.connect({
      host: machine.address,
      port: machine.port,
      username: options.username ?? 'root',
      privateKey: options.privateKey ?? login.privateKey,
      readyTimeout: options.timeoutMs ?? 5_000,
      hostVerifier: (key: Buffer) => {
        hostKey = `ssh-ed25519 ${key.toString('base64')}`;
        return true;
      },
    });
  });
}

/** Runs a command to its end; `input` null leaves standard input open. */
export function run(client: Client, command: string, input: string | Buffer | null = ''): Promise<Answer> {
  return new Promise((resolve, reject) => {
    client.exec(command, (error, channel) => {
      if (error) return reject(error);
      const chunks = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
      let exit: Pick<Answer, 'code' | 'signal'> = { code: null, signal: null };
      channel.on('data', (data: Buffer) => chunks.stdout.push(data));
      channel.stderr.on('data', (data: Buffer) => chunks.stderr.push(data));
      channel.on('exit', (code: number | null, signal?: string) => {
        exit = { code, signal: signal ?? null };
      });
      channel.on('close', () => {
        resolve({
          ...exit,
          stdout: Buffer.concat(chunks.stdout).toString(),
          stderr: Buffer.concat(chunks.stderr).toString(),
        });
      });
      if (input !== null) channel.end(input);
    });
  });
}
