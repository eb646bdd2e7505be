import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { Bundle } from './bundle.ts';
import { loadConfig } from './load.ts';
import { formatProblem } from './problem.ts';
import { writeFiles } from './testing.ts';
import { writeOurs } from './write-ours.ts';

const PUBLIC = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGJ1 anna@example.org';
const PRIVATE = '-----BEGIN OPENSSH PRIVATE KEY-----\nVERY-SECRET-1\n-----END OPENSSH PRIVATE KEY-----\n';
const SECRETS = ['VERY-SECRET-1', 'VERY-SECRET-2', 'VERY-SECRET-3', 'VERY-SECRET-4', 'VERY-SECRET-5'];

const RICH = {
  cloud: 'tty: True\n',
  'cloud.providers': `scw: {driver: scaleway, access_key: k, token: VERY-SECRET-2, project_id: p, note: "a \${plain} 22.04"}
twice:
  - {driver: scaleway, token: VERY-SECRET-3, nested: {api_key: VERY-SECRET-3}}
  - {driver: saltify, ssh_username: admin}
`,
  'cloud.profiles': `web:
  provider: scw
  image: 22.04
  size: DEV1-S
  tags: [a, 'yes']
  ssh_port: 2222
  ssh_connect_timeout: 90
  ssh_gateway: bastion
  script: setup
  script_args: -a "\${HOME}"
  script_env: {LEVEL: '\${X}', DB_PASSWORD: VERY-SECRET-4}
  inline_script: ['echo \${HOME}', 'password=VERY-SECRET-5']
  preflight_cmds: [true]
  file_map: {./motd: /etc/motd}
  userdata_file: ./user-data
  minion: {master: m, grains: {role: web}}
  root_volume: {size_gb: 20}
big: {extends: web, size: DEV1-L, deploy: False}
metal: {provider: 'twice:saltify', deploy: False, password: VERY-SECRET-4, key_filename: ./key}
`,
  'cloud.deploy.d/setup.sh': `echo \${1%%x}\n`,
  motd: 'hi',
  'user-data': '#cloud-config\n',
  key: PRIVATE,
  'fleet.map': `web:
  - web-1
  - web-2: {size: GP1-S, requires: [web-1], minion: {grains: {role: db}}, root_volume: {kind: ssd}}
metal:
  - m-1: {ssh_host: 192.0.2.1, ssh_username: [a, b], password: VERY-SECRET-3}
big: [big-1]
`,
};

const OURS = {
  'saltern.yaml': `providers: {p: {driver: memory, limits: {concurrency: 2, burst: 3}, list: [1, true, null, 'x']}}
profiles:
  web:
    provider: p
    image: debian
    on_failure: destroy
    protect: true
    ssh: {users: [a], reach: private, timeout: 90s, authorized_keys: ['${PUBLIC}'], jump: {host: h, host_key: '${PUBLIC}'}}
    user_data: "a $x \${y}"
    deploy:
      - file: {path: /etc/motd, content: hello, mode: "0644", owner: root, sudo: true}
      - script: {content: 'true', name: x, args: [a], env: {A: b}, sudo: true, timeout: 5m, on_interrupted: again}
      - ssh_key: {key: '${PUBLIC}', user: u}
machines:
  x: {profile: web, protect: false, deploy: [], tags: [t], requires: y}
  y: {profile: web}
`,
};

/** What counts in a bundle: where it was written does not. */
function substance({ providers, profiles, maps }: Bundle) {
  const without = <T extends { origin: string }>({ origin, ...it }: T) => it;
  return {
    providers: providers.map(without),
    profiles: profiles.map(without),
    machines: maps.flatMap(({ machines }) => machines.map(without)),
  };
}

test.each<
  readonly [
    string,
    Readonly<Record<string, string>>,
    { saltDir?: string; map?: string; files?: string[] },
    Record<string, string>,
  ]
>([
  [
    'files of Salt Cloud',
    RICH,
    { saltDir: '.', map: 'fleet.map' },
    {
      SCW_TOKEN: 'VERY-SECRET-2',
      TWICE_SCALEWAY_TOKEN: 'VERY-SECRET-3',
      TWICE_SCALEWAY_NESTED_API_KEY: 'VERY-SECRET-3',
      WEB_DB_PASSWORD: 'VERY-SECRET-4',
      METAL_PASSWORD: 'VERY-SECRET-4',
      M_1_PASSWORD: 'VERY-SECRET-3',
    },
  ],
  ['files of ours', OURS, { files: ['saltern.yaml'] }, {}],
])('what is written loads as the same: %s', async (_, files, named, values) => {
  const cwd = mkdtempSync(join(tmpdir(), 'saltern-write-'));
  onTestFinished(() => rmSync(cwd, { recursive: true }));
  writeFiles(cwd, files);
  const options = { cwd, env: {}, home: join(cwd, 'home'), etc: join(cwd, 'etc') };
  const before = await loadConfig({ ...options, ...named });
  expect(before.problems.filter(({ level }) => level === 'error').map(formatProblem)).toEqual([]);
  const written = writeOurs(before, { display: (path) => relative(cwd, path), secrets: join(cwd, 'secret') });
  for (const secret of SECRETS) expect(written.text).not.toContain(secret);
  writeFiles(cwd, { 'out.yaml': written.text });
  for (const { path, content } of written.files) writeFiles(cwd, { [relative(cwd, path)]: content });
  const env = Object.fromEntries(written.variables.map(({ name }) => [name, values[name] ?? `no value for ${name}`]));
  const after = await loadConfig({ ...options, env, files: ['out.yaml'] });
  expect(after.problems.map(formatProblem)).toEqual([]);
  expect(substance(after)).toEqual(substance(before));
});

test('what did not come along is said at the top, scripts stay where they are', async () => {
  const cwd = mkdtempSync(join(tmpdir(), 'saltern-write-'));
  onTestFinished(() => rmSync(cwd, { recursive: true }));
  writeFiles(cwd, RICH);
  const bundle = await loadConfig({ cwd, env: {}, home: cwd, etc: join(cwd, 'etc'), saltDir: '.', map: 'fleet.map' });
  const { text, variables } = writeOurs(bundle, {
    display: (path) => relative(cwd, path),
    secrets: join(cwd, 'secret'),
  });
  expect(text).toContain('# - cloud:1: "tty" has no effect: scripts run without a terminal\n');
  expect(text).toContain('source: cloud.deploy.d/setup.sh\n');
  expect(text).toContain('private_key_file: key\n');
  expect(variables[0]).toEqual({ name: 'SCW_TOKEN', means: 'token of "scw", now at cloud.providers:1' });
});
