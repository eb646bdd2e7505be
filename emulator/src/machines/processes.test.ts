import type { Client } from 'ssh2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MachineSpec } from '../machine.ts';
import { run, testHost } from './test-client.ts';

const RUNNER = `umask 077; cd /root/step
echo $$ > pid; cat /proc/sys/kernel/random/boot_id > boot_id
sh script >> log 2>&1 < /dev/null
echo $? > rc.new; mv rc.new rc
`;
const SCRIPT = 'for i in 1 2 3 4; do echo line $i; sleep 0.25; done; echo ran >> /root/count; exit 3\n';

describe('processes of a memory machine', () => {
  const { host, boot, connect, close } = testHost();
  let machine: MachineSpec;
  let client: Client;
  beforeAll(async () => {
    machine = await boot();
    client = await connect(machine);
  });
  afterAll(close);
  const out = async (script: string) => (await run(client, script)).stdout;
  const until = async (script: string, wanted: string) => {
    for (let tries = 0; tries < 100; tries += 1) {
      if ((await out(script)) === wanted) return;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error(`${script} never gave ${wanted}`);
  };
  const begin = async (script = SCRIPT) => {
    await run(client, 'umask 077; rm -rf /root/step; mkdir /root/step; cat > /root/step/script', script);
    await run(client, 'cat > /root/step/run', RUNNER);
    return run(client, 'cd /root/step; setsid sh ./run >/dev/null 2>&1 </dev/null & echo started');
  };
  const ALIVE = 'kill -0 $(cat /root/step/pid) 2>/dev/null && echo alive || echo dead';

  it('runs a detached script whose log grows, and leaves its exit code', async () => {
    const began = Date.now();
    expect((await begin()).stdout).toBe('started\n');
    expect(Date.now() - began).toBeLessThan(500);
    await until('tail -c +8 /root/step/log | head -n 1', 'line 2\n');
    expect(await out(`${ALIVE}; [ -d /proc/$(cat /root/step/pid) ] && echo there`)).toBe('alive\nthere\n');
    expect(await out('cat /root/step/rc || echo none')).toBe('none\n');
    await until('cat /root/step/rc', '3\n');
    expect(await out(`cat /root/step/log; ${ALIVE}`)).toBe('line 1\nline 2\nline 3\nline 4\ndead\n');
    expect(await out('cat /root/count')).toBe('ran\n');
  });

  it('ends a process group by a signal', async () => {
    await begin('echo up; sleep 30; echo no\n');
    await until('cat /root/step/log', 'up\n');
    expect((await run(client, 'kill -s TERM -- -$(cat /root/step/pid)')).code).toBe(0);
    expect(await out(`${ALIVE}; ls /root/step; pgrep -f script || echo none`)).toBe(
      'dead\nboot_id\nlog\npid\nrun\nscript\nnone\n',
    );
  });

  it('ends everything at a reboot and leaves the files', async () => {
    await run(client, 'rm -f /root/count');
    await begin();
    await until('head -n 1 /root/step/log', 'line 1\n');
    await host.reboot(machine.id);
    client = await connect(machine);
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    const script = `cat /proc/sys/kernel/random/boot_id | cmp -s - /root/step/boot_id || echo rebooted
      ls /root/step/rc /root/count 2>/dev/null; ${ALIVE}`;
    expect(await out(script)).toBe('rebooted\ndead\n');
    expect(host.dump(machine.id)?.files['/root/step/log']).toContain('line 1\n');
  });

  it('reboots from inside, and halts with its file system kept', async () => {
    const before = host.dump(machine.id)?.bootId;
    const closed = new Promise<void>((resolve) => client.once('close', () => resolve()));
    await run(client, 'echo kept > /root/kept; reboot');
    await closed;
    client = await connect(machine);
    expect(host.dump(machine.id)?.bootId).not.toBe(before);
    await host.halt(machine.id);
    expect(host.dump(machine.id)?.files['/root/kept']).toBe('kept\n');
    await host.boot(machine);
    client = await connect(machine);
    expect(await out('cat /root/kept')).toBe('kept\n');
  });

  it('runs jobs in the background of a shell', async () => {
    expect(await out('x=1; f() { sleep 0.1; echo "job $x $1"; }; f a & f b & wait; echo all')).toMatch(
      /^job 1 [ab]\njob 1 [ab]\nall\n$/,
    );
    expect(await out('sleep 30 & p=$!; kill -0 $p && kill $p; wait $p; echo $?')).toBe('143\n');
    expect(await out('timeout 0.1 sh -c "sleep 5; echo no"; echo $?')).toBe('124\n');
  });

  it('makes claims once, and holds locks', async () => {
    const claims = await Promise.all(Array.from({ length: 5 }, () => run(client, 'mkdir /run/claim && echo mine')));
    expect(claims.map(({ stdout }) => stdout).join('')).toBe('mine\n');
    const step = (name: string) =>
      run(client, `flock /tmp/lock sh -c 'echo in ${name} >> /tmp/order; sleep 0.1; echo out ${name} >> /tmp/order'`);
    await Promise.all([step('a'), step('b')]);
    expect(await out('cut -d" " -f1 /tmp/order | tr "\\n" " "')).toBe('in out in out ');
  });
});
