import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Shell } from '../core/shell.ts';
import { systemClock } from '../lib/clock.ts';
import { silentLog } from '../lib/log.ts';
import { createBootstrap } from './index.ts';
import { sshdMissing, startSshd, type TestSshd } from './test-sshd.ts';

const missing = sshdMissing('home');

describe.skipIf(missing !== null)('a shell on a real sshd', () => {
  const bootstrap = createBootstrap({ clock: systemClock, log: silentLog });
  let sshd: TestSshd;
  let shell: Shell;
  beforeAll(async () => {
    sshd = await startSshd();
    shell = await bootstrap.shell(sshd.target(), new AbortController().signal);
  });
  afterAll(async () => {
    bootstrap.close();
    await sshd.stop();
  });

  it('runs a script exactly as written and gives both streams and the exit code', async () => {
    const script = `cat <<'EOF'\nit's "a" \\n \\101 $HOME %s é\nEOF\necho err >&2\nexit 3`;
    const result = await shell.run({ script });
    expect(result).toEqual({ code: 3, signal: null, stdout: `it's "a" \\n \\101 $HOME %s é\n`, stderr: 'err\n' });
  });

  it('gives the script its own standard input, binary and large, or none', async () => {
    const stdin = Buffer.alloc(
      3_000_000,
      Uint8Array.from({ length: 256 }, (_, i) => i),
    );
    const counted = await shell.run({ script: 'wc -c', stdin });
    expect(Number(counted.stdout)).toBe(stdin.length);
    expect(await shell.run({ script: 'cat; echo end' })).toMatchObject({ stdout: 'end\n' });
  });

  it('streams output with no character torn in two', async () => {
    const parts: string[] = [];
    const script = `printf '\\303'; sleep 0.1; printf '\\251\\342\\202'; sleep 0.1; printf '\\254'`;
    const { stdout } = await shell.run({ script, onOutput: (_stream, text) => parts.push(text) });
    expect(stdout).toBe('é€');
    expect(parts).toEqual(['é', '€']);
  });

  it('ends a command that takes too long, on the machine too', async () => {
    const mark = join(sshd.folder, 'late');
    const late = shell.run({ script: `sleep 3; touch ${mark}`, timeoutMs: 300 });
    await expect(late).rejects.toMatchObject({ code: 'timeout', ambiguous: true });
    await new Promise((resolve) => setTimeout(resolve, 3_200));
    expect(existsSync(mark)).toBe(false);
  });

  it('shows no secret in the process list', async () => {
    const script = `token=canary-in-script; sleep 2 & for i in 1 2 3; do echo begun; sleep 0.3; done; wait; echo "$token"`;
    let list = '';
    const look = () => {
      list += execFileSync('ps', ['axeww', '-o', 'args']).toString();
    };
    const result = await shell.run({ script, stdin: 'canary-in-stdin', onOutput: look });
    expect(result.stdout).toContain('canary-in-script');
    expect(list).toContain('sleep 2');
    expect(list).not.toContain('canary-in-');
  });

  it('puts a file whole, with its mode, and leaves nothing beside it', async () => {
    const path = join(sshd.folder, 'new folder/it\'s "é".bin');
    const content = Uint8Array.from({ length: 100_000 }, (_, i) => i % 256);
    await shell.put({ path, content, mode: '0640' });
    await shell.put({ path, content, mode: '0640' });
    expect(readFileSync(path).equals(content)).toBe(true);
    expect(statSync(path).mode & 0o7777).toBe(0o640);
    expect(readdirSync(join(path, '..'))).toHaveLength(1);
  });

  it('says why a file cannot be put', async () => {
    const folder = shell.put({ path: sshd.folder, content: '', mode: '0644' });
    await expect(folder).rejects.toMatchObject({ code: 'invalid', message: expect.stringContaining('is a directory') });
    const path = join(sshd.folder, 'x');
    await expect(shell.put({ path, content: '', mode: 'rw' })).rejects.toMatchObject({ code: 'invalid' });
    await expect(shell.put({ path, content: '', mode: '0600', owner: 'no-such-user' })).rejects.toThrow(/no-such-user/);
    expect(existsSync(path)).toBe(false);
  });

  it('answers without the delays of Nagle and delayed ACK', async () => {
    const times: number[] = [];
    for (let i = 0; i < 50; i += 1) {
      const began = performance.now();
      await shell.run({ script: ':' });
      times.push(performance.now() - began);
    }
    const median = times.sort((a, b) => a - b)[25] ?? 0;
    console.log(`${Math.round(1_000 / median)} commands/s over one connection, one after the other`);
    // The fastest, so that a busy computer does not count: with the delays no command takes less than 40 ms.
    expect(times[0]).toBeLessThan(30);
  });
});
