import { homedir, tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';

/** Where one installation keeps its things. */
export interface Paths {
  readonly dataDir: string;
  readonly socket: string;
  /** For people: which inventory this is. */
  readonly title: string;
}

/** sun_path holds 108 bytes on Linux, 104 on macOS (unix(7)). */
const LONGEST_SOCKET = 100;

/**
 * The inventory that a command means: `SALTERN_HOME` if set; else the system's (`/var/lib/saltern`) for root; else the
 * user's own under the XDG directories.
 */
export function resolvePaths(env: NodeJS.ProcessEnv): Paths {
  if (env['SALTERN_HOME'])
    return under(env['SALTERN_HOME'], join(env['SALTERN_HOME'], 'saltern.sock'), env['SALTERN_HOME']);
  if (userInfo().uid === 0) return systemPaths;
  const dataDir = join(env['XDG_STATE_HOME'] || join(homedir(), '.local', 'state'), 'saltern');
  const socket = env['XDG_RUNTIME_DIR']
    ? join(env['XDG_RUNTIME_DIR'], 'saltern', 'saltern.sock')
    : join(dataDir, 'saltern.sock');
  return under(dataDir, socket, `your own (${dataDir})`);
}

export const systemPaths: Paths = {
  dataDir: '/var/lib/saltern',
  socket: '/run/saltern/saltern.sock',
  title: "the system's (/var/lib/saltern)",
};

function under(dataDir: string, socket: string, title: string): Paths {
  if (Buffer.byteLength(socket) <= LONGEST_SOCKET) return { dataDir, socket, title };
  // Seldom needed; imported above it would be 4 ms of every command.
  const { createHash } = process.getBuiltinModule('node:crypto');
  const short = createHash('sha256').update(socket).digest('hex').slice(0, 16);
  return { dataDir, socket: join(tmpdir(), `saltern-${userInfo().uid}`, `${short}.sock`), title };
}
