import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { newKeyPair } from './host-keys.ts';
import { connectOnce, run, testHost } from './test-client.ts';

describe('first boot of a memory machine', () => {
  const { host, boot, connect, close } = testHost();
  afterAll(close);
  const booted = async (userData: string, more: { image?: string } = {}) => {
    const machine = await boot({ userData, ...more });
    const client = await connect(machine);
    const { code, stdout } = await run(client, 'cloud-init status --wait');
    return { machine, client, code, stdout, files: host.dump(machine.id)?.files ?? {} };
  };

  it('applies a cloud-config: users, keys, files, host name, packages and commands', async () => {
    const ann = newKeyPair('ann');
    const { machine, client, files, stdout } = await booted(`#cloud-config
hostname: web
fqdn: web.example.org
users:
  - name: ann
    groups: [adm, team]
    sudo: ALL=(ALL) NOPASSWD:ALL
    ssh_authorized_keys: ['${ann.publicKey}']
write_files:
  - path: /etc/app/a.conf
    content: "plain\\n"
    permissions: '0640'
    owner: ann:team
    defer: true
  - {path: /etc/b, encoding: b64, content: ${Buffer.from('coded').toString('base64')}}
  - {path: /etc/c, encoding: gz+b64, content: ${gzipSync('packed').toString('base64')}}
  - {path: /etc/hosts, append: true, content: "192.0.2.1 other\\n"}
packages: [nginx]
runcmd:
  - echo "$(whoami) $(systemctl is-active nginx)" > /root/ran
  - [touch, "/root/with space"]
`);
    expect(stdout).toBe('status: done\n');
    expect(files).toMatchObject({
      '/etc/hostname': 'web\n',
      '/etc/b': 'coded',
      '/etc/c': 'packed',
      '/etc/hosts': expect.stringMatching(/^127\.0\.0\.1 localhost[\s\S]*192\.0\.2\.1 other\n/),
      '/root/ran': 'root active\n',
      '/root/with space': '',
      '/var/lib/cloud/instance/boot-finished': expect.any(String),
    });
    expect((await run(client, "hostname -f; stat -c '%a %U:%G' /etc/app/a.conf; id -nG ann")).stdout).toBe(
      'web.example.org\n640 ann:team\nann adm team\n',
    );
    const login = await connectOnce(machine, { username: 'ann', privateKey: ann.privateKey });
    expect((await run(login.client, 'sudo -n whoami')).stdout).toBe('root\n');
    login.client.end();
  });

  it('runs scripts and multipart MIME, once', async () => {
    const userData = `Content-Type: multipart/mixed; boundary="=="
MIME-Version: 1.0

--==
Content-Type: text/cloud-config; charset="us-ascii"

#cloud-config
write_files: [{path: /etc/part, content: one}]
--==
Content-Type: text/x-shellscript
Content-Transfer-Encoding: base64

${Buffer.from('#!/bin/sh\necho "$(cat /etc/part) $0" >> /root/script\n').toString('base64')}
--==--
`;
    const { machine, files } = await booted(userData);
    expect(files['/root/script']).toBe('one /var/lib/cloud/instance/scripts/part-002\n');
    await host.reboot(machine.id);
    await run(await connect(machine), 'cloud-init status --wait');
    expect(host.dump(machine.id)?.files['/root/script']).toBe(files['/root/script']);
  });

  it('keeps root out when told so, and says who to be', async () => {
    const { machine, client } = await booted('#cloud-config\ndisable_root: true\n', { image: 'ubuntu_noble' });
    expect(await run(client, 'echo in')).toMatchObject({ code: 142, stdout: expect.stringContaining('user "ubuntu"') });
    expect((await run(await connect(machine, 'ubuntu'), 'sudo -n id -u; . /etc/os-release; echo $ID')).stdout).toBe(
      '0\nubuntu\n',
    );
  });

  it('reports mistakes in its status and boots all the same', async () => {
    expect(await booted('#cloud-config\nusers: [}\n')).toMatchObject({ code: 1, stdout: 'status: error\n' });
    expect(await booted('#!/bin/sh\necho trying >&2; exit 4\n')).toMatchObject({
      code: 1,
      files: { '/var/log/cloud-init-output.log': 'trying\n' },
    });
    expect(await booted('just text')).toMatchObject({ code: 1 });
  });
});
