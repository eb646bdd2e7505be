import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, lstatSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { newKeyPair } from '../../src/bootstrap/keys.ts';
import { freePort, portAnswers } from '../../src/bootstrap/test-sshd.ts';
import { describePath } from './file-tree.ts';

/**
 * A whole Debian of its own for each of several OpenSSH servers of this machine: the machine's own file system below an
 * overlay in a mount namespace, so that whatever anybody changes there can be listed, and nothing of it stays.
 */
export interface SshBox {
  readonly port: number;
  readonly hostKey: string;
  /** Reads what stands in the box: `inside('/etc/issue')` is where this process finds it. */
  inside(path: string): string;
  /** Every path that differs from this machine's own, with its mode, owner, size and content. */
  changed(): Map<string, string>;
  /** Nobody answers any more; the box stays. */
  stop(): Promise<void>;
  close(): Promise<void>;
}

export interface BoxOptions {
  readonly name: string;
  /** Files that lie there from the beginning, by their paths; owned by root. */
  readonly files?: Readonly<Record<string, { readonly content: string; readonly mode?: number }>>;
  /** A user beside root, who may use sudo. */
  readonly user?: string;
}

/** What root and the user may log in with, beside keys. */
export const BOX_PASSWORD = 'four-words-for-a-box';
/** crypt(5) of it: fixed, since Node has no crypt. */
const HASH = '$6$salternbox$QSyx3tn2XlkJhBKV7d0LkddYqMydV4ja2qd36tjXx7H9QchbYMmKvax2tafX3yXkKHaoD7c3j2azn5.AMA20y/';

/** Why there can be no boxes here, also printed; null when there can. With CI_DEEP=1 there have to be. */
export function boxesMissing(): string | null {
  if (process.env['CI_DEEP'] === '1') return null;
  const reason = reasonAgainst();
  if (reason !== null)
    console.warn(`SKIPPED, tests with OpenSSH servers that have a file system of their own: ${reason}`);
  return reason;
}

function reasonAgainst(): string | null {
  if (process.getuid?.() !== 0) return 'they need root';
  if (!existsSync('/usr/sbin/sshd')) return '/usr/sbin/sshd is not installed';
  const folder = mkdtempSync(join(tmpdir(), 'saltern-box-'));
  const tried = spawnSync('unshare', [...OWN, 'sh', '-c', `${MOUNTS} true`, 'sh', folder], { encoding: 'utf8' });
  rmSync(folder, { recursive: true, force: true });
  return tried.status === 0 ? null : `no overlay in a mount namespace: ${tried.error?.message ?? tried.stderr.trim()}`;
}

const OWN = ['--mount', '--uts', '--propagation', 'private'];
/** Where tests beside these are at work on this machine itself: hidden from the boxes by a whiteout in a layer between. */
const HIDDEN = '/var/lib/saltern';
const MOUNTS = `set -e
  mount -t tmpfs tmpfs "$1"; cd "$1"; mkdir upper work root
  mkdir -m 755 hidden hidden/var hidden/var/lib; mknod hidden${HIDDEN} c 0 0
  mount -t overlay overlay -o lowerdir=hidden:/,upperdir=upper,workdir=work root
  mount -t proc proc root/proc; mount --rbind /dev root/dev
  mount -t tmpfs tmpfs root/run; mount -t tmpfs tmpfs root/tmp; mkdir -p root/run/sshd;`;
const START = `${MOUNTS}
  hostname "$2"; cp -a "$3/." root/
  sed -i 's|^root:[^:]*:|root:${HASH}:|' root/etc/shadow
  if [ -n "$4" ]; then
    echo "$4:x:4711:4711::/home/$4:/bin/sh" >> root/etc/passwd; echo "$4:x:4711:" >> root/etc/group
    echo "$4:"'${HASH}:19000:0:99999:7:::' >> root/etc/shadow
    mkdir -p "root/home/$4"; chown -R 4711:4711 "root/home/$4"
    cp root/usr/sbin/chroot root/usr/local/bin/as-root; chmod 4755 root/usr/local/bin/as-root
    printf '#!/bin/sh\\nshift; exec as-root --userspec=0:0 / "$@"\\n' > root/usr/local/bin/sudo
    chmod 755 root/usr/local/bin/sudo
  fi
  exec chroot root /usr/sbin/sshd -D -e -f /etc/ssh/box_config`;

export async function startBox({ name, files = {}, user = '' }: BoxOptions): Promise<SshBox> {
  const folder = mkdtempSync(join(tmpdir(), 'saltern-box-'));
  const seed = mkdtempSync(join(tmpdir(), 'saltern-seed-'));
  // It becomes the box's own root folder.
  chmodSync(seed, 0o755);
  const port = await freePort();
  const host = newKeyPair('host');
  const config = `ListenAddress 127.0.0.1\nPort ${port}\nHostKey /etc/ssh/box_key\nUsePAM no\nPermitRootLogin yes
PasswordAuthentication yes\nAuthorizedKeysFile .ssh/authorized_keys\nPidFile none\n`;
  put(seed, '/etc/ssh/box_config', config, 0o644);
  put(seed, '/etc/ssh/box_key', host.privateKey, 0o600);
  for (const [path, { content, mode = 0o644 }] of Object.entries(files)) put(seed, path, content, mode);
  const server = spawn('unshare', [...OWN, 'sh', '-c', START, 'sh', folder, name, seed, user], {
    stdio: 'ignore',
  });
  await portAnswers(port);
  rmSync(seed, { recursive: true });
  const inside = (path: string) => join(`/proc/${server.pid}/root`, path);
  const changed = () => {
    const entered = ['-m', '-t', String(server.pid), 'find', join(folder, 'upper'), '-mindepth', '1'];
    const upper = execFileSync('nsenter', [...entered, '-printf', '/%P\\n'], { encoding: 'utf8' });
    const paths = upper.split('\n').filter((path) => path !== '');
    return new Map(
      paths.flatMap((path) => {
        const isHidden = path === HIDDEN || path.startsWith(`${HIDDEN}/`);
        const [is, was] = [describePath(inside(path)), isHidden ? null : describePath(path)];
        return is === was ? [] : [[path, is ?? 'gone']];
      }),
    );
  };
  const stop = () => ended(server);
  return {
    port,
    inside,
    changed,
    stop,
    hostKey: host.publicKey.split(' ').slice(0, 2).join(' '),
    close: async () => {
      await stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Folders as the system's own, where it has them. */
function put(root: string, path: string, content: string, mode: number): void {
  const folders = [];
  for (let folder = dirname(path); folder !== '/'; folder = dirname(folder)) folders.unshift(folder);
  for (const folder of folders) {
    const like = lstatSync(folder, { throwIfNoEntry: false });
    mkdirSync(join(root, folder), { recursive: true, mode: like ? like.mode & 0o7777 : 0o700 });
  }
  writeFileSync(join(root, path), content, { mode });
}

function ended(server: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (server.exitCode !== null || server.signalCode !== null) return resolve();
    server.once('exit', () => resolve());
    server.kill('SIGKILL');
  });
}
