import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Bootstrap, DeployResult } from '../core/bootstrap.ts';
import type { ScriptStep } from '../core/deploy.ts';
import type { SshTarget } from '../core/shell.ts';
import { systemClock } from '../lib/clock.ts';
import { silentLog } from '../lib/log.ts';
import { createBootstrap } from './index.ts';
import { openRoute, sshdMissing, startSshd, type TestSshd } from './test-sshd.ts';

const missing = sshdMissing('home');

describe.skipIf(missing !== null)('a script deployed over a real sshd', () => {
  const prefix = `test-${randomBytes(4).toString('hex')}-`;
  let sshd: TestSshd;
  let bootstrap: Bootstrap;
  let steps: string;
  beforeAll(async () => {
    sshd = await startSshd();
    bootstrap = createBootstrap({ clock: systemClock, log: silentLog });
    steps = process.getuid?.() === 0 ? '/var/lib/saltern/steps' : join(sshd.folder, '.saltern/steps');
  });
  afterAll(async () => {
    bootstrap.close();
    await sshd.stop();
    execFileSync('sh', ['-c', `rm -rf ${steps}/${prefix}*`]);
  });

  const script = (content: string, more: Partial<ScriptStep> = {}): ScriptStep => {
    return { kind: 'script', name: 'set-up.sh', content, ...more };
  };

  interface Call {
    readonly key: string;
    readonly target?: SshTarget;
    readonly signal?: AbortSignal;
    readonly by?: Bootstrap;
    readonly onOutput?: (text: string) => void;
  }

  async function deploy(
    step: ScriptStep,
    call: Call,
  ): Promise<{ result: DeployResult; stdout: string; stderr: string }> {
    const output = { stdout: '', stderr: '' };
    const result = await (call.by ?? bootstrap).deploy(call.target ?? sshd.target(), step, {
      key: prefix + call.key,
      signal: call.signal ?? new AbortController().signal,
      onOutput: (stream, text) => {
        output[stream] += text;
        call.onOutput?.(text);
      },
    });
    return { result, ...output };
  }

  /** A script that leaves a line in a file each time it runs. */
  const counter = (name: string) => {
    const file = join(sshd.folder, name);
    return {
      line: `echo ran >> ${file}`,
      count: () => (existsSync(file) ? readFileSync(file, 'utf8').split('\n').length - 1 : 0),
    };
  };
  const folder = (key: string, generation = 1) => join(steps, prefix + key, String(generation));

  it('passes arguments and environment on, whatever they hold, and keeps the streams apart', async () => {
    const odd = `it's "a"\n$HOME \`id\` \\n é 🦀 *`;
    const step = script('#!/bin/sh -e\nprintf "%s|%s|%s" "$1" "$#" "$ODD"\necho to-stderr >&2\n', {
      args: [odd, ''],
      env: { ODD: odd, folder: '/nonsense' },
    });
    const { result, stdout, stderr } = await deploy(step, { key: 'arguments' });
    expect(stdout).toBe(`${odd}|2|${odd}`);
    expect(stderr).toBe('to-stderr\n');
    expect(result.code).toBe(0);
  });

  it('leaves nothing for others to read, and no environment at all', async () => {
    await deploy(script('true', { env: { TOKEN: 'canary' } }), { key: 'modes' });
    expect(statSync(folder('modes')).mode & 0o777).toBe(0o700);
    expect(statSync(join(folder('modes'), 'script')).mode & 0o077).toBe(0);
    expect(() => execFileSync('grep', ['-r', 'canary', folder('modes')])).toThrow();
  });

  it('fails with the exit code, the last words and the place of the log; a retry runs it again', async () => {
    const runs = counter('failing');
    const step = script(`${runs.line}; echo first >&2; echo "no such package" >&2; exit 3`);
    const failure = { code: 'invalid', message: expect.stringMatching(/set-up\.sh .* ended with exit code 3/) };
    await expect(deploy(step, { key: 'failing' })).rejects.toMatchObject({
      ...failure,
      hint: expect.stringContaining('no such package'),
    });
    expect(runs.count()).toBe(1);
    await expect(deploy(step, { key: 'failing' })).rejects.toMatchObject(failure);
    expect(runs.count()).toBe(2);
  });

  it('runs once when it is deployed twice at the same time, and again later', async () => {
    const runs = counter('twice');
    const step = script(`${runs.line}; sleep 0.3; echo done`);
    const [one, two] = await Promise.all([deploy(step, { key: 'twice' }), deploy(step, { key: 'twice' })]);
    expect([one.result.code, two.result.code]).toEqual([0, 0]);
    expect((await deploy(step, { key: 'twice' })).result.code).toBe(0);
    expect(runs.count()).toBe(1);
  });

  it('goes on over cut connections: it runs once, and no output is lost or doubled', async () => {
    const runs = counter('cut');
    const route = await openRoute(sshd.target().port);
    const target = sshd.target({ machine: 'cut', port: route.port });
    const step = script(`${runs.line}; for i in 1 2 3 4 5 6 7 8; do echo "é$i"; sleep 0.2; done`);
    const { stdout } = await deploy(step, { key: 'cut', target, onOutput: () => route.cut() });
    expect(stdout).toBe('é1\né2\né3\né4\né5\né6\né7\né8\n');
    expect(route.passed).toBeGreaterThan(2);
    expect(runs.count()).toBe(1);
    await route.close();
  });

  it('is taken up by the next controller where the last one stood', async () => {
    const runs = counter('crash');
    const step = script(`${runs.line}; for i in 1 2 3 4 5 6; do echo "$i"; sleep 0.2; done`);
    const crash = new AbortController();
    const first = deploy(step, {
      key: 'crash',
      signal: crash.signal,
      onOutput: (text) => text.includes('3') && setTimeout(() => crash.abort(new Error('crashed')), 250),
    });
    await expect(first).rejects.toThrow('crashed');
    const by = createBootstrap({ clock: systemClock, log: silentLog });
    const { stdout, result } = await deploy(step, { key: 'crash', by });
    by.close();
    expect(stdout).toMatch(/^(3\n)?(4\n)?5\n6\n$/);
    expect(result).toMatchObject({ code: 0 });
    expect(result.durationMs).toBeGreaterThan(1_000);
    expect(runs.count()).toBe(1);
  });

  it('takes the result of a script that ended while nobody looked', async () => {
    const runs = counter('unwatched');
    const step = script(`${runs.line}; sleep 0.3; echo late`);
    const crash = new AbortController();
    const first = deploy(step, { key: 'unwatched', signal: crash.signal });
    first.catch(() => {});
    while (runs.count() === 0) await sleep(20);
    crash.abort(new Error('crashed'));
    await expect(first).rejects.toThrow('crashed');
    await sleep(500);
    expect(await deploy(step, { key: 'unwatched' })).toMatchObject({ stdout: 'late\n', result: { code: 0 } });
    expect(runs.count()).toBe(1);
  });

  it('says so when a reboot or kill of the machine leaves open how it ended', async () => {
    const runs = counter('interrupted');
    const step = script(`${runs.line}; kill -9 -$(ps -o pgid= -p $$ | tr -d ' ')`);
    await expect(deploy(step, { key: 'interrupted' })).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('interrupted'),
    });
    expect(runs.count()).toBe(1);
  });

  it('takes a changed boot id for an interruption, though the process number lives, and runs again where allowed', async () => {
    const runs = counter('rebooted');
    const step = script(`${runs.line}; if [ -e ${sshd.folder}/second ]; then echo ok; else sleep 4; fi`, {
      onInterrupted: 'again',
    });
    const crash = new AbortController();
    const first = deploy(step, { key: 'rebooted', signal: crash.signal });
    first.catch(() => {});
    while (runs.count() === 0) await sleep(20);
    crash.abort(new Error('crashed'));
    const claim = join(folder('rebooted'), 'claim');
    const [pid, , start] = readFileSync(claim, 'utf8').split('\n');
    writeFileSync(claim, `${pid}\n00000000-before-the-reboot\n${start}\n`);
    writeFileSync(join(sshd.folder, 'second'), '');
    expect(await deploy(step, { key: 'rebooted' })).toMatchObject({ stdout: 'ok\n', result: { code: 0 } });
    expect(runs.count()).toBe(2);
  });

  it('ends a script that takes too long, with its children, and says which', async () => {
    const mark = join(sshd.folder, 'too-late');
    const step = script(`(sleep 2; touch ${mark}) & wait`, { timeoutMs: 300 });
    await expect(deploy(step, { key: 'slow' })).rejects.toMatchObject({
      code: 'timeout',
      retryable: false,
      message: expect.stringMatching(/set-up\.sh .* did not end within 0\.3 s/),
    });
    await sleep(2_000);
    expect(existsSync(mark)).toBe(false);
  });

  it('passes many megabytes of output on without loss', async () => {
    const { stdout } = await deploy(script('seq 1 1400000'), { key: 'much' });
    expect(stdout.length).toBe(execFileSync('seq', ['1', '1400000'], { maxBuffer: 1e8 }).length);
  });

  it('refuses before it begins what could only fail as a riddle', async () => {
    const refused = (step: ScriptStep) =>
      expect(deploy(step, { key: 'refused' })).rejects.toMatchObject({ code: 'invalid' });
    await refused(script('true', { env: { 'A-B': '1' } }));
    await refused(script('true', { args: ['a\0b'] }));
    await refused(script('#!/bin/sh\r\ntrue\r\n'));
    expect(existsSync(folder('refused'))).toBe(false);
  });

  it('puts files by a deploy step too', async () => {
    const path = join(sshd.folder, 'deployed/file');
    const context = { key: 'file', signal: new AbortController().signal, onOutput: () => {} };
    const result = await bootstrap.deploy(sshd.target(), { kind: 'file', path, content: 'é\n' }, context);
    expect(result.code).toBe(0);
    expect(readFileSync(path, 'utf8')).toBe('é\n');
    expect(statSync(path).mode & 0o777).toBe(0o644);
    rmSync(path);
  });
});
