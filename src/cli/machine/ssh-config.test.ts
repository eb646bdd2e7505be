import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { hostsOf, readSshConfig } from './ssh-config.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'saltern-ssh-config-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const write = (text: string, name = 'config') => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
const hosts = (text: string, ...words: string[]) => {
  const file = write(text);
  return hostsOf(readSshConfig(file), words, file);
};

test('a pattern means the names that Host lines spell out; the first value wins, as in ssh', () => {
  const config = `
Port 2200
Host web-1 web-2
  HostName %h.example.org
  User = deploy
Host web-2
  User nobody
Host web-* !web-9
  IdentityFile "/keys/web key"
  IdentityFile /keys/second
Host *
  User root
  Port 22
  ForwardAgent yes # read by ssh alone
`;
  expect(hosts(config, 'web-*')).toEqual([
    { alias: 'web-1', host: 'web-1.example.org', port: 2200, user: 'deploy', identityFile: '/keys/web key' },
    { alias: 'web-2', host: 'web-2.example.org', port: 2200, user: 'deploy', identityFile: '/keys/web key' },
  ]);
  expect(hosts(config, 'web-9')).toEqual([{ alias: 'web-9', host: 'web-9', port: 2200, user: 'root' }]);
  expect(() => hosts(config, 'db-*')).toThrow('matches db-*');
});

test('a jump host is looked up in the same file', () => {
  const config = `
Host inner
  HostName 10.0.0.5
  ProxyJump edge
Host edge
  HostName 192.0.2.1
  Port 2222
  User hop
Host direct
  ProxyJump none
Host far
  ProxyJump someone@192.0.2.9:2022
`;
  expect(hosts(config, 'inner')[0]).toMatchObject({ jump: { host: '192.0.2.1', port: 2222, user: 'hop' } });
  expect(hosts(config, 'far')[0]).toMatchObject({ jump: { host: '192.0.2.9', port: 2022, user: 'someone' } });
  expect(hosts(config, 'direct')[0]).not.toHaveProperty('jump');
  expect(() => hosts('Host a\n ProxyJump b,c\n', 'a')).toThrow('several hosts');
  expect(() => hosts('Host a\n ProxyJump b\nHost b\n ProxyJump a\n', 'a')).toThrow('circle');
});

test('includes stand where they are written', () => {
  write('Host one\n  User first\n', 'a.conf');
  write('Host two\n  User second\n', 'b.conf');
  const config = 'Include *.conf\nHost one two\n  User late\n  Port 2222\n';
  expect(hosts(config, 'one', 'two').map(({ user, port }) => [user, port])).toEqual([
    ['first', 2222],
    ['second', 2222],
  ]);
  expect(() => hosts('Include config\n', 'one')).toThrow('circle');
});

test('what cannot be told from the file is an error at its line, not another machine', () => {
  const exec = 'Host a\n  User b\nMatch exec "test -e /tmp/x"\n  HostName 10.0.0.1\n';
  expect(() => hosts(exec, 'a')).toThrow(expect.objectContaining({ where: `${folder}/config:3`, code: 'unsupported' }));
  expect(() => hosts('Host a\n  ProxyCommand nc %h 22\n', 'a')).toThrow('proxycommand is not supported');
  expect(() => hosts('Host a\n  Port ssh\n', 'a')).toThrow('no port');
  expect(hosts('Match all\n  User root\nMatch host a\n  Port 2222\n', 'a')).toEqual([
    { alias: 'a', host: 'a', user: 'root', port: 2222 },
  ]);
});
