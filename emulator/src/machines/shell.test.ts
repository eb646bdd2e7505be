import { createHash } from 'node:crypto';
import type { Client } from 'ssh2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run, testHost } from './test-client.ts';

describe('shell of a memory machine', () => {
  const { boot, connect, close } = testHost();
  let client: Client;
  beforeAll(async () => {
    client = await connect(await boot());
  });
  afterAll(close);
  const out = async (script: string, input?: string | Buffer | null) => (await run(client, script, input)).stdout;

  it('gives exit codes and both streams', async () => {
    expect(await run(client, 'echo out; echo err >&2; exit 7')).toEqual({
      code: 7,
      signal: null,
      stdout: 'out\n',
      stderr: 'err\n',
    });
    expect(await run(client, 'no-such-program')).toMatchObject({
      code: 127,
      stderr: expect.stringContaining('not found'),
    });
    expect(await run(client, 'set -eu; false; echo never')).toMatchObject({ code: 1, stdout: '' });
    expect(await run(client, 'kill -TERM $$; sleep 5')).toMatchObject({ code: null, signal: 'SIGTERM' });
  });

  it('takes standard input whole and byte for byte, and needs none', async () => {
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, index) => index));
    await run(client, 'cat > /tmp/bytes', bytes);
    const hash = createHash('sha256').update(bytes).digest('hex');
    expect(await out('sha256sum < /tmp/bytes | cut -d" " -f1; base64 -w0 /tmp/bytes')).toBe(
      `${hash}\n${bytes.toString('base64')}`,
    );
    expect(await out('echo not waiting', null)).toBe('not waiting\n');
    expect(await out('read -r first; echo "$first"; cat', 'one\ntwo\n')).toBe('one\ntwo\n');
    expect(await out('sh -s a "b c"', 'printf "%s|" "$0" "$#" "$2"; cat <<EOF\n$1\nEOF\n')).toBe('sh|2|b c|a\n');
  });

  it('runs scripts in processes of their own', async () => {
    await run(client, 'cat > /tmp/s', '#!/bin/sh\necho "$0 $1 $HIDDEN $SHOWN $PPID"\nexit 3\n');
    const script = 'HIDDEN=1; export SHOWN=2; sh /tmp/s a; chmod +x /tmp/s; cd /tmp; ./s b || echo $?; echo $$';
    const lines = (await out(script)).split('\n');
    const own = lines.at(-2);
    expect(lines).toEqual([`/tmp/s a  2 ${own}`, `./s b  2 ${own}`, '3', own, '']);
    expect((await run(client, 'chmod -x /tmp/s; /tmp/s')).code).toBe(126);
  });

  it('honours EXIT traps with variables, functions and exit code', async () => {
    const script = `tidy() { echo "tidy $1 $made"; }; trap 'tidy "$?"' EXIT; made=yes`;
    expect(await run(client, `${script}; exit 5; echo never`)).toMatchObject({ code: 5, stdout: 'tidy 5 yes\n' });
    expect(await run(client, `${script}; set -e; (exit 4); echo never`)).toMatchObject({
      code: 4,
      stdout: 'tidy 4 yes\n',
    });
    expect(await run(client, `${script}; echo end`)).toMatchObject({ code: 0, stdout: 'end\ntidy 0 yes\n' });
    expect(await run(client, `eval "${script.replaceAll(/["$]/g, '\\$&')}; exit 6"`)).toMatchObject({
      code: 6,
      stdout: 'tidy 6 yes\n',
    });
  });

  it('keeps umask per subshell, and modes and owners as they are set', async () => {
    const script = `cd /tmp; (umask 077; : > private; mkdir locked); : > open; x=$(umask 077; mktemp); f=$(stat -c %a "$x")
      stat -c '%a %U' private locked open; echo "$f $(umask)"; ls -l private`;
    expect(await out(script)).toMatch(/^600 root\n700 root\n644 root\n600 0022\n-rw------- 1 root root +0 /);
  });

  it('refuses what the user may not do', async () => {
    await run(client, 'useradd -m eve');
    const eve = (command: string) => run(client, `su eve -c '${command}'`);
    expect(await eve('echo x > /etc/passwd; echo "then $?"')).toMatchObject({
      stdout: 'then 1\n',
      stderr: expect.stringContaining('Permission denied'),
    });
    expect((await eve('cat /etc/shadow')).code).toBe(1);
    expect(await eve('sudo -n id')).toMatchObject({ code: 1, stderr: 'eve is not in the sudoers file.\n' });
    await run(client, 'usermod -aG sudo eve');
    expect(await eve('sudo -n id')).toMatchObject({ code: 1, stderr: 'sudo: a password is required\n' });
    await run(client, 'echo "eve ALL=(ALL) NOPASSWD:ALL" > /etc/sudoers.d/eve');
    expect(await eve('id -u; sudo -n sh -c "id -u; echo \\$SUDO_USER \\$HOME"')).toMatchObject({
      stdout: '1001\n0\neve /root\n'.replace('1001', '1000'),
    });
  });

  it('understands what scripts are made of, given directly or by eval', async () => {
    const script = [
      'f() { local a="$1"; shift; printf "<%s>" "$a" "$@"; return 3; }',
      'f one "two three" || echo " $?"',
      'while read -r k v; do echo "$v=$k"; done <<EOF\na 1\nb 2\nEOF',
      "cat <<-'RAW'\n\tkeeps $this\n\tRAW",
      'case $(uname -s)-x in Linux-*) echo linux ;; *) echo other ;; esac',
      'for i in 1 2 3; do [ "$i" = 2 ] && continue; echo "i$i"; done | tr i I',
      `false | true; echo "$? \${unset:-default} $((2 * 21))"; (exit 9); echo $?`,
      'echo "to err" >&2; { echo a; echo b >&2; } 2>&1 | sort',
      'x=$(echo in; exit 2); echo "$x $?"; command -v sh >/dev/null && echo found',
    ].join('\n');
    const expected = '<one><two three> 3\n1=a\n2=b\nkeeps $this\nlinux\nI1\nI3\n0 default 42\n9\na\nb\nin 2\nfound\n';
    expect(await run(client, script)).toMatchObject({ stdout: expected, stderr: 'to err\n' });
    expect(await run(client, 'eval "$(cat)"', script)).toMatchObject({ stdout: expected, stderr: 'to err\n' });
  });

  it('shows output while the command still runs', async () => {
    const began = Date.now();
    const first = await new Promise<number>((resolve, reject) => {
      client.exec('echo first; sleep 0.5; echo second', (error, channel) => {
        if (error) return reject(error);
        channel.once('data', () => resolve(Date.now() - began));
      });
    });
    expect(first).toBeLessThan(400);
  });
});
