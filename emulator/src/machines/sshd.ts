import { connect, createServer, type Server as NetServer, type Socket } from 'node:net';
import ssh2, { type AuthContext, type Connection, type Server } from 'ssh2';
import type { Trouble } from '../machine.ts';
import { newKeyPair, privateHostKeys } from './host-keys.ts';
import type { Machine } from './machine.ts';
import { serveSession } from './session.ts';
import { findUser, type User } from './users.ts';

export interface Sshd {
  /** New connections get the host keys that are in the file system now. */
  reload(): void;
  listen(): void;
  refuse(): void;
  /** Drops every connection without a word, as a power cut does. */
  stop(): Promise<void>;
}

interface AuthorizedKey {
  readonly blob: string;
  /** Runs instead of what the client asks for. */
  readonly command: string | null;
}

/** Lines of an authorized_keys file: options, type, key, comment. */
export function authorizedKeys(text: string): AuthorizedKey[] {
  const found: AuthorizedKey[] = [];
  for (const line of text.split('\n')) {
    const match = /^\s*(?:(.*?)\s+)?(?:ssh-\S+|ecdsa-\S+|sk-\S+)\s+([A-Za-z0-9+/=]+)/.exec(line);
    if (match?.[2] === undefined || line.trimStart().startsWith('#')) continue;
    const forced = /command="((?:[^"\\]|\\.)*)"/.exec(match[1] ?? '');
    found.push({ blob: match[2], command: forced?.[1]?.replaceAll('\\"', '"') ?? null });
  }
  return found;
}

/** The user that may log in with this key by what the machine's own files say now, or null. */
function admit(machine: Machine, auth: AuthContext): { user: User; command: string | null } | null {
  if (auth.method !== 'publickey') return null;
  const { files } = machine;
  const user = findUser(files, auth.username);
  if (user === null || user.shell.endsWith('nologin')) return null;
  const path = `${user.home}/.ssh/authorized_keys`;
  // As sshd's StrictModes: others must not be able to write there.
  const trusted = [user.home, `${user.home}/.ssh`, path].every((each) => {
    const node = files.find(each);
    return node !== null && (node.uid === user.uid || node.uid === 0) && (node.mode & 0o022) === 0;
  });
  if (!trusted) return null;
  const presented = auth.key.data.toString('base64');
  const key = authorizedKeys(files.text(path)).find(({ blob }) => blob === presented);
  if (key === undefined) return null;
  if (auth.signature !== undefined && auth.blob !== undefined) {
    const parsed = ssh2.utils.parseKey(`${auth.key.algo} ${presented}`);
    if (parsed instanceof Error || Array.isArray(parsed)) return null;
    if (parsed.verify(auth.blob, auth.signature, auth.hashAlgo) !== true) return null;
  }
  return { user, command: key.command };
}

function serveConnection(machine: Machine, connection: Connection): void {
  let login: { user: User; command: string | null } | null = null;
  connection.on('authentication', (auth) => {
    login = admit(machine, auth);
    if (login === null) auth.reject(['publickey']);
    else auth.accept();
  });
  connection.on('session', (accept) => {
    if (login !== null) serveSession(machine, login.user, accept(), login.command);
  });
  connection.on('tcpip', (accept, reject, { destIP, destPort }) => {
    // The emulated network ends at this computer's loopback addresses.
    if (!/^127\.|^::1$/.test(destIP)) {
      reject();
      return;
    }
    const target = connect(destPort, destIP);
    target.once('error', () => reject());
    target.once('connect', () => {
      const channel = accept();
      target.setNoDelay(true);
      target.removeAllListeners('error');
      target.on('error', () => channel.close());
      channel.on('error', () => target.destroy());
      channel.on('close', () => target.destroy());
      channel.pipe(target).pipe(channel);
    });
  });
  connection.on('error', () => {});
}

/** The SSH server of one machine. Host keys, users and authorized keys are those of its file system. */
export function createSshd(machine: Machine, trouble: () => Trouble): Sshd {
  const sockets = new Set<Socket>();
  let server: Server | null = null;
  let listener: NetServer | null = null;
  let retry: NodeJS.Timeout | undefined;

  /** Made at the first connection: a hundred machines that nobody logs in to cost nothing. */
  const sshServer = (): Server => {
    const other = trouble().hostKey === 'other';
    if (server !== null && !other) return server;
    const hostKeys = other ? [newKeyPair('other').privateKey] : privateHostKeys(machine.files);
    const made = new ssh2.Server({ hostKeys, ident: 'OpenSSH_9.2' }, (connection) =>
      serveConnection(machine, connection),
    );
    if (!other) server = made;
    return made;
  };
  const connected = (socket: Socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('error', () => {});
    socket.once('close', () => sockets.delete(socket));
    if (trouble().sshHangs) return;
    try {
      sshServer().injectSocket(socket);
    } catch {
      // No usable host key in the file system: sshd does not serve without.
      socket.destroy();
    }
  };
  const listen = () => {
    if (listener !== null) return;
    const { address, port } = machine.spec;
    listener = createServer(connected);
    // The port of a machine that has just gone away may still be closing.
    listener.on('error', () => {
      listener = null;
      retry = setTimeout(listen, 200);
    });
    listener.listen(port, address);
  };
  const refuse = () => {
    clearTimeout(retry);
    listener?.close();
    listener = null;
  };
  return {
    listen,
    refuse,
    reload: () => {
      server = null;
    },
    stop: async () => {
      const closed = listener === null ? null : new Promise((resolve) => listener?.once('close', resolve));
      refuse();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
