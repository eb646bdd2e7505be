import type { EmulatorClock } from '../clock.ts';
import type { MachineDump, MachineHost, MachineSpec, Trouble } from '../machine.ts';
import { BOOT_MS } from './lifecycle.ts';
import type { Server } from './types.ts';

/**
 * Keeps the machines behind the instances in step with them. Calls for one machine run one after
 * the other; an instance without a public address has no machine that anybody could reach.
 */
export class MachineRoom {
  readonly #host: MachineHost | null;
  readonly #clock: EmulatorClock;
  readonly #troubles = new Map<string, Trouble>();
  readonly #queues = new Map<string, Promise<void>>();
  #isClosed = false;

  constructor(host: MachineHost | null, clock: EmulatorClock) {
    this.#host = host;
    this.#clock = clock;
  }

  get isReal(): boolean {
    return this.#host !== null;
  }

  boot(server: Server, spec: MachineSpec | null): void {
    server.machineAddress = spec?.address ?? null;
    this.#enqueue(server, async (host) => {
      await this.#kernel();
      if (this.#isClosed) return;
      const trouble = this.#troubles.get(server.name);
      if (trouble) host.trouble(server.id, trouble);
      if (spec && server.machineAddress === spec.address) await host.boot(spec);
      if (server.state === 'running' && server.phases.length === 0) server.detail = 'booted';
    });
  }

  /** Breaks the SSH of every machine of that name, those to come as well; `{}` mends it. */
  trouble(name: string, servers: readonly Server[], trouble: Trouble): void {
    this.#troubles.set(name, trouble);
    for (const server of servers) if (server.name === name) this.#host?.trouble(server.id, trouble);
  }

  reboot(server: Server): void {
    this.#enqueue(server, async (host) => {
      await this.#kernel();
      if (this.#isClosed) return;
      if (server.machineAddress !== null) await host.reboot(server.id);
      if (server.state === 'running' && server.phases.length === 0) server.detail = 'booted';
    });
  }

  halt(server: Server): void {
    server.machineAddress = null;
    this.#enqueue(server, (host) => host.halt(server.id));
  }

  destroy(server: Server): void {
    server.machineAddress = null;
    this.#enqueue(server, async (host) => {
      await host.destroy(server.id);
      this.#queues.delete(server.id);
    });
  }

  dump(id: string): MachineDump | null {
    return this.#host?.dump(id) ?? null;
  }

  /** Waits until every machine has done what it was told. */
  async settled(): Promise<void> {
    await Promise.all(this.#queues.values());
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#host?.close();
  }

  async #kernel(): Promise<void> {
    const real = this.#clock.speed > 0 ? BOOT_MS / this.#clock.speed : 0;
    await new Promise((resolve) => setTimeout(resolve, real));
  }

  #enqueue(server: Server, work: (host: MachineHost) => Promise<void>): void {
    const host = this.#host;
    if (!host) return;
    const before = this.#queues.get(server.id) ?? Promise.resolve();
    const after = before
      .then(() => work(host))
      .catch((error: unknown) => {
        server.bootError = error instanceof Error ? error.message : String(error);
        process.stderr.write(`emulator: machine of instance ${server.name}: ${server.bootError}\n`);
      });
    this.#queues.set(server.id, after);
  }
}
