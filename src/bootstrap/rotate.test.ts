import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../lib/clock.ts';
import { silentLog } from '../lib/log.ts';
import { newKeyPair } from './keys.ts';
import { patiently } from './patiently.ts';
import { createPool, type Pool } from './pool.ts';
import { newHostKey, type SshdPlace, useNewHostKey } from './rotate.ts';
import { openShell } from './shell.ts';
import { sshdMissing, startSshd, type TestSshd } from './test-sshd.ts';

const missing = sshdMissing('root');
const { signal } = new AbortController();

describe.skipIf(missing !== null)('the change of a host key on a real sshd', () => {
  let sshd: TestSshd;
  let pool: Pool;
  let place: SshdPlace;
  beforeEach(async () => {
    sshd = await startSshd();
    pool = createPool({ log: silentLog });
    place = { folder: sshd.folder, reload: `kill -HUP "$(cat ${sshd.folder}/pid)"` };
  });
  afterEach(async () => {
    pool.close();
    await sshd.stop();
  });

  it('makes the key on the machine, once, and puts it in use so that only it is shown', async () => {
    const old = sshd.target();
    const made = await newHostKey(pool, old, place, signal);
    expect(await newHostKey(pool, old, place, signal)).toBe(made);
    expect(sshd.hostKey).not.toContain(made);

    writeFileSync(join(sshd.folder, 'ssh_host_rsa_key'), 'came by user data');
    const both = sshd.target({ hostKeys: [sshd.hostKey, made] });
    await useNewHostKey(pool, both, place, systemClock, signal);
    await useNewHostKey(pool, both, place, systemClock, signal);
    pool.drop(old.machine);
    expect((await openShell(pool, sshd.target({ hostKeys: [made] }), signal)).hostKey).toBe(made);
    await expect(openShell(pool, sshd.target({ machine: 'other' }), signal)).rejects.toMatchObject({
      code: 'forbidden',
    });
    expect(existsSync(join(sshd.folder, 'ssh_host_rsa_key'))).toBe(false);
    const shown = execFileSync('ssh-keygen', ['-y', '-f', join(sshd.folder, 'ssh_host_ed25519_key')]).toString();
    expect(shown.trim()).toBe(made);
    expect(readFileSync(join(sshd.folder, 'ssh_host_ed25519_key.pub'), 'utf8')).toContain(made);
  });

  it('names the key in sshd_config when that lists others only', async () => {
    const config = join(sshd.folder, 'sshd_config');
    const elsewhere = join(sshd.folder, 'bootstrap_key');
    writeFileSync(elsewhere, readFileSync(join(sshd.folder, 'ssh_host_ed25519_key')), { mode: 0o600 });
    writeFileSync(config, readFileSync(config, 'utf8').replace(/HostKey .*/, `HostKey ${elsewhere}`));
    execFileSync('sh', ['-c', place.reload]);
    const made = await patiently(systemClock, signal, () => newHostKey(pool, sshd.target(), place, signal));
    await useNewHostKey(pool, sshd.target({ hostKeys: [made, sshd.hostKey] }), place, systemClock, signal);
    expect((await openShell(pool, sshd.target({ hostKeys: [made] }), signal)).hostKey).toBe(made);
  });

  it('refuses a key that nobody was told of', async () => {
    await newHostKey(pool, sshd.target(), place, signal);
    const target = sshd.target({ hostKeys: [sshd.hostKey, newKeyPair('else').publicKey] });
    await expect(useNewHostKey(pool, target, place, systemClock, signal)).rejects.toMatchObject({ code: 'conflict' });
  });
});
