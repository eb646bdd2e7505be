import fc from 'fast-check';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { loadFrom } from './testing.ts';

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGJ1 anna@example.org';

test('a whole file, with scripts, files and keys read from beside it', async () => {
  const bundle = await loadFrom(
    {
      'conf/saltern.yaml': `
providers:
  paris:
    driver: scaleway
    access_key: \${KEY}
    token: pre-\${TOKEN}
    zone: \${ZONE:-fr-par-1}
    note: $\${KEPT}
    limits: {concurrency: 10, requests_per_second: 5}
profiles:
  web:
    provider: paris
    image: debian_bookworm
    size: DEV1-S
    location: fr-par-1
    tags: [web, 22]
    ssh:
      users: root
      port: "\${PORT}"
      reach: private
      timeout: 1h30m
      authorized_keys: ['${KEY}']
      jump: {host: 192.0.2.1, host_key: '${KEY}'}
    user_data: |
      #!/bin/sh
      echo \${HOME}
    deploy:
      - file: {path: /etc/motd, content: hello, mode: 0644, owner: root}
      - file: {path: /etc/issue, source: ../issue, sudo: true}
      - script: ./deploy.sh
      - script: {source: deploy.sh, args: [a, 1], env: {A: '\${ZONE:-b}'}, sudo: true, timeout: 5m, on_interrupted: again}
      - script: {content: 'echo \${X}', name: greet}
      - ssh_key: ${KEY}
      - ssh_key: {file: ~/.ssh/id.pub, user: deploy}
    on_failure: keep
    options: {public_ip: dynamic, root_volume: {size_gb: 20}}
`,
      'conf/deploy.sh': '#!/bin/sh\ntrue\n',
      issue: 'welcome',
      'home/.ssh/id.pub': `${KEY}\n`,
    },
    { files: ['conf/saltern.yaml'], env: { KEY: 'SCWX', TOKEN: 't', PORT: '2222' } },
  );
  expect(bundle.told).toBe('');
  expect(bundle.providers).toEqual([
    {
      name: 'paris',
      driver: 'scaleway',
      settings: { access_key: 'SCWX', token: 'pre-t', zone: 'fr-par-1', note: `\${KEPT}` },
      limits: { concurrency: 10, requestsPerSecond: 5 },
      from: {},
      origin: './conf/saltern.yaml:3',
    },
  ]);
  const script = { kind: 'script', name: 'deploy.sh', content: '#!/bin/sh\ntrue\n' };
  expect(bundle.profiles).toEqual([
    {
      name: 'web',
      provider: 'paris',
      image: 'debian_bookworm',
      size: 'DEV1-S',
      location: 'fr-par-1',
      tags: ['web', '22'],
      ssh: {
        users: ['root'],
        port: 2222,
        reach: 'private',
        timeoutMs: 5_400_000,
        authorizedKeys: [KEY],
        jump: { host: '192.0.2.1', port: 22, user: 'root', hostKey: KEY },
      },
      userData: `#!/bin/sh\necho \${HOME}\n`,
      deploy: [
        { kind: 'file', path: '/etc/motd', content: 'hello', mode: '0644', owner: 'root' },
        { kind: 'file', path: '/etc/issue', content: 'welcome', sudo: true },
        script,
        { ...script, args: ['a', '1'], env: { A: 'b' }, sudo: true, timeoutMs: 300_000, onInterrupted: 'again' },
        { kind: 'script', name: 'greet', content: `echo \${X}` },
        { kind: 'ssh-key', publicKey: KEY },
        { kind: 'ssh-key', publicKey: KEY, user: 'deploy' },
      ],
      onFailure: 'keep',
      options: { public_ip: 'dynamic', root_volume: { size_gb: 20 } },
      origin: './conf/saltern.yaml:11',
    },
  ]);
});

test('anchors and merge keys: what is written here wins over what is merged in', async () => {
  const { told, profiles } = await loadFrom({
    'saltern.yaml': `
providers: {p: {driver: memory}}
profiles:
  base: &base {provider: p, image: debian, size: small, deploy: &steps [script: {content: 'true'}]}
  big: {<<: *base, size: big}
  other: {provider: p, image: ubuntu, deploy: *steps}
`,
  });
  expect(told).toBe('');
  expect(profiles.map(({ name, image, size, deploy }) => [name, image, size, deploy.length])).toEqual([
    ['base', 'debian', 'small', 1],
    ['big', 'debian', 'big', 1],
    ['other', 'ubuntu', undefined, 1],
  ]);
});

test('locate finds where a field of the controller stands, or what is around it', async () => {
  const { locate } = await loadFrom({
    'saltern.yaml': `providers:
  paris:
    driver: memory
    tokn: secret
profiles:
  web.example:
    provider: paris
    image: debian
    options:
      volumes: [{size: 1}, {size: x}]
`,
  });
  const at = (pointer: string) => {
    const position = locate(pointer);
    return position && [position.line, position.column, position.excerpt];
  };
  expect(at('providers.paris.tokn')).toEqual([4, 5, '    tokn: …']);
  expect(at('providers.paris.settings.tokn')).toEqual([4, 5, '    tokn: …']);
  expect(at('profiles.web.example.options.volumes[1].size')).toEqual([10, 29, '      volumes: [{size: 1}, {size: …']);
  expect(at('profiles.web.example.size')).toEqual([6, 3, '  web.example:']);
  expect(at('providers.paris.token')).toEqual([2, 3, '  paris:']);
  expect(at('elsewhere')).toBeNull();
});

test('what was written comes back, whatever the names and texts are', async () => {
  const name = fc.string({ minLength: 1, maxLength: 12 }).filter((it) => it !== '<<');
  const word = fc.string({ minLength: 1 }).map((it) => it.replaceAll('$', 'S'));
  const json = fc
    .jsonValue({ maxDepth: 2, noUnicodeString: false })
    .map((it) => JSON.parse(JSON.stringify(it).replaceAll('$', 'S')));
  const profile = fc.record({ provider: fc.constant('p'), image: word, size: word, tags: fc.array(word) });
  await fc.assert(
    fc.asyncProperty(fc.dictionary(name, profile), fc.dictionary(name, json), async (profiles, options) => {
      const withOptions = Object.fromEntries(Object.entries(profiles).map(([key, it]) => [key, { ...it, options }]));
      const text = stringify({ providers: { p: { driver: 'memory' } }, profiles: withOptions });
      const bundle = await loadFrom({ 'saltern.yaml': text });
      expect(bundle.told).toBe('');
      const back = bundle.profiles.map(({ name, origin, deploy, ...it }) => [name, it]);
      expect(Object.fromEntries(back)).toEqual(withOptions);
    }),
    { numRuns: 60 },
  );
});

const PRIVATE = '-----BEGIN OPENSSH PRIVATE KEY-----\nx\n-----END OPENSSH PRIVATE KEY-----\n';

test('machines that exist: no image, a way in, protected', async () => {
  const { told, profiles } = await loadFrom(
    {
      'saltern.yaml': `
profiles:
  a: {provider: metal, protect: true, login: {password: "\${PW}", private_key_file: key, passphrase: b}}
  b: {provider: metal, login: {password_file: pw}}
providers:
  metal: {driver: ssh}
`,
      key: PRIVATE,
      pw: 'secret\n',
    },
    { files: ['saltern.yaml'], env: { PW: 'p' } },
  );
  expect(told).toBe('');
  expect(profiles).toMatchObject([
    { name: 'a', protected: true, login: { password: 'p', privateKey: PRIVATE, passphrase: 'b' } },
    { name: 'b', login: { password: 'secret' } },
  ]);
  expect(profiles[0]).not.toHaveProperty('image');
});

test.each([
  ['{}', 'profiles.a.login says no way in'],
  ['{passphrase: x}', 'profiles.a.login says no way in'],
  ['{password: x, password_file: pw}', 'profiles.a.login has both "password" and "password_file"'],
  ['{private_key_file: pub}', 'profiles.a.login.private_key_file names a file that is no private key'],
  ['{pasword: x}', 'unknown key profiles.a.login.pasword'],
])('login: %s', async (login, expected) => {
  const text = `providers: {m: {driver: ssh}}\nprofiles:\n  a: {provider: m, login: ${login}}\n`;
  const { problems } = await loadFrom({ 'saltern.yaml': text, pw: 'x', pub: KEY });
  expect(problems[0]?.message).toBe(expected);
});
