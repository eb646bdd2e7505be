import { mkdirSync, writeFileSync } from 'node:fs';
import { homedir, userInfo } from 'node:os';
import { join } from 'node:path';
import type { Call } from './base/verb.ts';

const LAUNCHER = join(import.meta.dirname, '..', '..', 'bin', 'saltern');

/** Writes a unit: the system's for root, the user's own otherwise. It is neither enabled nor started. */
export function installUnit({ stderr }: Call): number {
  const root = userInfo().uid === 0;
  const dir = root ? '/etc/systemd/system' : join(homedir(), '.config', 'systemd', 'user');
  const file = join(dir, 'saltern.service');
  mkdirSync(dir, { recursive: true });
  writeFileSync(file, unit(root));
  const user = root ? '' : ' --user';
  stderr.write(
    `Wrote ${file}. Begin with:\n  systemctl${user} daemon-reload && systemctl${user} enable --now saltern\n`,
  );
  return 0;
}

function unit(root: boolean): string {
  const directories = root
    ? 'StateDirectory=saltern\nStateDirectoryMode=0700\nRuntimeDirectory=saltern\nRuntimeDirectoryMode=0750\n'
    : '';
  return `[Unit]
Description=Saltern cloud controller
After=network-online.target
Wants=network-online.target

[Service]
ExecStart=${process.execPath} ${LAUNCHER} serve
Restart=on-failure
KillMode=mixed
TimeoutStopSec=60
${directories}NoNewPrivileges=yes

[Install]
WantedBy=${root ? 'multi-user.target' : 'default.target'}
`;
}
