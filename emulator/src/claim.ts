import { once } from 'node:events';
import { createServer, type Server } from 'node:net';

/** Where a search for a free network begins, and how far it goes. */
const FIRST = 80;
const LAST = 180;

export interface Claim {
  /** First two octets, for example 127.80. */
  readonly network: string;
  release(): void;
}

/**
 * Takes a loopback network for the machines of one emulator, for as long as it runs: it listens on the network's first
 * address. Two emulators on the same network would answer for each other's machines. The next free one when none is named.
 */
export async function claimNetwork(named: string | undefined, sshPort: number): Promise<Claim> {
  const candidates = named ? [named] : Array.from({ length: LAST - FIRST }, (_, i) => `127.${FIRST + i}`);
  for (const network of candidates) {
    const server = await listen(`${network}.0.1`, sshPort);
    if (server) return { network, release: () => void server.close() };
  }
  throw new Error(
    `${named ? `network ${named} is` : 'all loopback networks are'} taken on port ${sshPort}: is another emulator running?`,
  );
}

async function listen(host: string, port: number): Promise<Server | null> {
  const server = createServer((socket) => socket.destroy()).unref();
  server.listen(port, host);
  try {
    await once(server, 'listening');
    return server;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') return null;
    throw error;
  }
}
