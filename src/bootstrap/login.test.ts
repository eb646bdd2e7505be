import ssh2, { type AuthContext, type Connection as ServerConnection } from 'ssh2';
import { afterEach, describe, expect, it } from 'vitest';
import type { Bootstrap } from '../core/bootstrap.ts';
import type { FirstLogin } from '../core/profile.ts';
import type { SshTarget } from '../core/shell.ts';
import { systemClock } from '../lib/clock.ts';
import { silentLog } from '../lib/log.ts';
import { grainsOf } from './grains.ts';
import { createBootstrap } from './index.ts';
import { bareKey, newKeyPair } from './keys.ts';

const { signal } = new AbortController();
const PASSWORD = 'correct horse battery';
const ours = newKeyPair('ours');

/** With the passphrase `open`. One pair in 256 is broken by ssh2, as `newKeyPair` says. */
function lockedPair() {
  for (;;) {
    const pair = ssh2.utils.generateKeyPairSync('ed25519', { passphrase: 'open', cipher: 'aes256-ctr', rounds: 8 });
    if (!(ssh2.utils.parseKey(pair.private, 'open') instanceof Error)) return pair;
  }
}

/** An SSH server that lets in by the rules given, answers every command as a shell would say our mark, and notes what was tried. */
async function serve(rules: { readonly user?: string; readonly methods: readonly string[]; readonly keys?: string[] }) {
  const tried: string[] = [];
  const accepts = (context: AuthContext): boolean => {
    if (context.username !== (rules.user ?? 'root')) return false;
    if (context.method === 'publickey') {
      const key = `${context.key.algo} ${context.key.data.toString('base64')}`;
      return (rules.keys ?? []).some((line) => bareKey(line) === key);
    }
    return context.method === 'password' && context.password === PASSWORD;
  };
  const authenticate = (context: AuthContext) => {
    if (context.method !== 'none') tried.push(`${context.username} ${context.method}`);
    if (context.method === 'keyboard-interactive' && rules.methods.includes('keyboard-interactive')) {
      const questions = [
        { prompt: 'Name: ', echo: true },
        { prompt: 'Password: ', echo: false },
      ];
      context.prompt(questions, ([name, answer]) => {
        if (name === '' && answer === PASSWORD) context.accept();
        else context.reject(rules.methods as never);
      });
    } else if (rules.methods.includes(context.method) && accepts(context)) context.accept();
    else context.reject(rules.methods as never);
  };
  const connections = new Set<ServerConnection>();
  const server = new ssh2.Server({ hostKeys: [newKeyPair('host').privateKey] }, (connection) => {
    connections.add(connection);
    connection.on('error', () => {});
    connection.on('authentication', authenticate);
    connection.on('session', (accept) =>
      accept().on('exec', (take) => {
        const channel = take();
        channel.write('saltern\n');
        channel.exit(0);
        channel.end();
      }),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const target = (login?: FirstLogin, more: Partial<SshTarget> = {}): SshTarget => ({
    machine: `login ${port}`,
    host: '127.0.0.1',
    port,
    users: ['root'],
    privateKey: ours.privateKey,
    hostKeys: 'first-contact',
    connectTimeoutMs: 5_000,
    ...(login && { login }),
    ...more,
  });
  const close = () => {
    for (const connection of connections) connection.end();
    server.close();
  };
  return { target, tried, close };
}

describe('the first login', () => {
  const ending: (() => void)[] = [];
  afterEach(() => {
    for (const end of ending.splice(0)) end();
  });
  const open = async (rules: Parameters<typeof serve>[0]) => {
    const server = await serve(rules);
    const bootstrap: Bootstrap = createBootstrap({ clock: systemClock, log: silentLog });
    ending.push(bootstrap.close, server.close);
    const refused = (target: SshTarget) =>
      bootstrap.shell(target, signal).then(
        () => expect.unreachable(),
        (error) => error,
      );
    return { ...server, bootstrap, refused };
  };

  it('tries our own key first, then the password', async () => {
    const { target, tried, bootstrap } = await open({ methods: ['publickey', 'password'] });
    expect((await bootstrap.shell(target({ password: PASSWORD }), signal)).user).toBe('root');
    expect(tried).toEqual(['root publickey', 'root password']);
  });

  it('needs no password where our key is let in', async () => {
    const { target, tried, bootstrap } = await open({ methods: ['publickey', 'password'], keys: [ours.publicKey] });
    await bootstrap.shell(target({ password: PASSWORD }), signal);
    expect(tried.some((one) => one.endsWith('password'))).toBe(false);
  });

  it('answers the question for the password, and no other', async () => {
    const { target, bootstrap } = await open({ methods: ['keyboard-interactive'] });
    expect((await bootstrap.shell(target({ password: PASSWORD }), signal)).user).toBe('root');
  });

  it('takes a key of the caller, with a passphrase too', async () => {
    const theirs = lockedPair();
    const { target, bootstrap } = await open({ methods: ['publickey'], keys: [theirs.public] });
    const login = { privateKey: theirs.private, passphrase: 'open' };
    expect((await bootstrap.shell(target(login), signal)).user).toBe('root');
  });

  it('says that a key of the caller cannot be read, and nothing of what stood there', async () => {
    const theirs = lockedPair();
    const { target, refused } = await open({ methods: ['publickey'] });
    const error = await refused(target({ privateKey: theirs.private, passphrase: 'wrong' }));
    expect(error).toMatchObject({ code: 'invalid', field: 'login.privateKey' });
    expect(JSON.stringify({ ...error, message: error.message })).not.toContain('open');
  });

  it('goes through the users in order, with all credentials for each', async () => {
    const { target, tried, bootstrap } = await open({ user: 'debian', methods: ['publickey', 'password'] });
    const shell = await bootstrap.shell(target({ password: PASSWORD }, { users: ['root', 'debian'] }), signal);
    expect(shell.user).toBe('debian');
    expect(tried).toEqual(['root publickey', 'root password', 'debian publickey', 'debian password']);
  });

  it('is refused for good with a wrong password, which stands nowhere in the error', async () => {
    const { target, refused } = await open({ methods: ['publickey', 'password', 'keyboard-interactive'] });
    const error = await refused(target({ password: 'wrong-password' }));
    expect(error).toMatchObject({ code: 'unauthenticated', retryable: false });
    expect(error.message).toContain('the password given');
    expect(`${error.message} ${error.hint} ${error.stack}`).not.toContain('wrong-password');
  });

  it('does not offer what the server does not take', async () => {
    const { target, tried, refused } = await open({ methods: ['publickey'] });
    expect(await refused(target({ password: PASSWORD }))).toMatchObject({ code: 'unauthenticated' });
    expect(tried.every((one) => one === 'root publickey')).toBe(true);
  });
});

it('grains bear Salt’s words for what a machine says of itself', () => {
  const answer = [
    'kernel\tLinux\nkernelrelease\t6.1.0-18-amd64\ncpuarch\tx86_64\nnodename\tweb-1\nfqdn\tweb-1.example.org',
    'distribution\trocky\nname\tRocky Linux\nosrelease\t9.3\nnum_cpus\t4\nmem_kib\t8000000\nvirt\tnone',
    'address\tlo 127.0.0.1\naddress\tlo ::1\naddress\teth0 10.0.0.5\nsaltversion\t3006.9 (Sulfur)\n',
  ].join('\n');
  expect(grainsOf(answer)).toEqual({
    host: 'web-1',
    fqdn: 'web-1.example.org',
    os: 'Rocky',
    os_family: 'RedHat',
    osrelease: '9.3',
    kernel: 'Linux',
    kernelrelease: '6.1.0-18-amd64',
    cpuarch: 'x86_64',
    num_cpus: 4,
    mem_total: 7812,
    virtual: 'physical',
    ip_interfaces: { lo: ['127.0.0.1', '::1'], eth0: ['10.0.0.5'] },
    ipv4: ['127.0.0.1', '10.0.0.5'],
    ipv6: ['::1'],
    saltversion: '3006.9 (Sulfur)',
  });
});
