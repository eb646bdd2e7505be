import type { Client } from 'ssh2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run, testHost } from '../test-client.ts';

describe('commands of a memory machine', () => {
  const { host, boot, connect, close } = testHost();
  let client: Client;
  beforeAll(async () => {
    client = await connect(await boot());
  });
  afterAll(close);
  const out = async (script: string) => (await run(client, script)).stdout;

  it('keeps installed packages and services per machine, over a reboot', async () => {
    const machine = await boot();
    const first = await connect(machine);
    const check = `dpkg-query -W -f '\${Status} \${Version}\\n' nginx; systemctl is-active nginx; command -v nginx`;
    expect(
      (await run(first, `apt-get update -qq >/dev/null && apt-get install -y nginx=1.22 >/dev/null; ${check}`)).stdout,
    ).toBe('install ok installed 1.22\nactive\n/usr/sbin/nginx\n');
    expect(await run(client, check)).toMatchObject({ code: 1, stdout: 'inactive\n' });
    await run(first, 'systemctl disable --now nginx; systemctl enable --now cron');
    await host.reboot(machine.id);
    const second = await connect(machine);
    expect((await run(second, 'systemctl is-active nginx; systemctl is-enabled nginx cron')).stdout).toBe(
      'inactive\ndisabled\nenabled\n',
    );
    expect(await run(second, 'apt-get remove -y nginx >/dev/null; nginx')).toMatchObject({ code: 127 });
    expect((await run(second, 'systemctl start nginx')).code).toBe(5);
    expect(await run(second, 'apt-get install -y no-such-thing')).toMatchObject({
      code: 100,
      stderr: 'E: Unable to locate package no-such-thing\n',
    });
  });

  it('has the package tools of its image only', async () => {
    const rocky = await connect(await boot({ image: 'rockylinux_9' }));
    expect((await run(rocky, 'dnf install -y httpd >/dev/null; rpm -q httpd; apt-get update')).stdout).toBe(
      'httpd-1.0-1.x86_64\n',
    );
    expect((await run(client, 'dnf install -y httpd')).code).toBe(127);
  });

  it('manages users and groups as the files say', async () => {
    const script = `groupadd -g 2000 ops; useradd -m -u 1500 -G ops -s /bin/bash -c 'Bob B' bob; usermod -aG adm bob
      getent passwd bob; id -nG bob; stat -c '%U %a' /home/bob; useradd bob; echo $?; userdel -r bob; getent passwd bob; echo $?; ls /home`;
    expect(await out(script)).toBe('bob:x:1500:1500:Bob B:/home/bob:/bin/bash\nbob adm ops\nbob 755\n9\n2\n');
  });

  it('makes SSH keys that open doors', async () => {
    const script = `cd /tmp; ssh-keygen -q -t ed25519 -N '' -C 'me here' -f k; stat -c %a k; ssh-keygen -y -f k | cmp - k.pub && echo same
      ssh-keygen -lf k | cut -d' ' -f1,3-; head -n1 k; ssh-keygen -q -t ed25519 -N '' -f k; echo $?`;
    expect(await out(script)).toBe(
      '600\nsame\n256 me here (ED25519)\n-----BEGIN OPENSSH PRIVATE KEY-----\nk already exists.\nOverwrite (y/n)? 1\n',
    );
  });

  it('moves, installs and compares files', async () => {
    const script = `cd /tmp; printf abc > a; install -D -m 0750 -o www-data -g adm a d/e/b; stat -c '%a %U:%G %s' d/e/b; cmp a d/e/b && echo same
      sha512sum a | cut -c1-8; sha512sum a > sums; sha512sum -c sums; mkdir -m 700 -p p/q; stat -c %a p/q; chown -R www-data: d; stat -c %U:%G d/e
      ln -sfn a l; readlink l; mktemp -u x.XXXXXX | wc -c; [ -d "$(mktemp -d)" ] && echo dir; df -P / | tail -n1 | cut -d' ' -f1`;
    expect(await out(script)).toBe(
      '750 www-data:adm 3\nsame\nddaf35a1\na: OK\n700\nwww-data:www-data\na\n9\ndir\n/dev/vda1\n',
    );
  });

  it('tells about itself', async () => {
    expect(await out('uname -sm; nproc; hostnamectl set-hostname other; hostname; cat /etc/hostname; whoami')).toBe(
      'Linux x86_64\n2\nother\nother\nroot\n',
    );
    expect(await out('sysctl -w net.ipv4.ip_forward=1; cat /proc/sys/net/ipv4/ip_forward; ps -o pid=,args= -p 1')).toBe(
      'net.ipv4.ip_forward = 1\n1\n1 /sbin/init\n',
    );
    expect(await run(client, 'curl -fsSL https://example.org/x')).toMatchObject({
      code: 6,
      stderr: expect.stringContaining('Could not resolve host: example.org'),
    });
  });
});
