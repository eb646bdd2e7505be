import { flushCompileCache } from 'node:module';
import { setFlagsFromString } from 'node:v8';
import { parseDuration } from '../lib/duration.ts';
import { version } from '../lib/version.ts';
import { CliError } from './base/errors.ts';
import type { Call, Verb } from './base/verb.ts';

export const verb: Verb = {
  summary: 'Run the controller in the foreground. One per data directory; it takes up what was left unfinished.',
  options: [
    { flags: '--listen <host:port>', description: 'answer over TCP too; callers show a token' },
    { flags: '--tls-cert <file>', description: 'certificate (PEM) for --listen' },
    { flags: '--tls-key <file>', description: 'its private key (PEM)' },
    { flags: '--insecure', description: 'allow --listen without TLS' },
    { flags: '--idle-exit <duration>', description: 'end after this long with nothing to do' },
    { flags: '--reconcile-every <duration>', description: 'compare ledger and backends this often', default: '15m' },
    {
      flags: '--log-level <level>',
      description: 'how much is logged',
      default: 'info',
      choices: ['debug', 'info', 'warn', 'error'],
    },
    { flags: '--clock-speed <factor>', description: 'for tests beside an emulator with the same speed' },
    { flags: '--install', description: 'write a systemd unit instead of running' },
  ],
  examples: ['serve', 'serve --listen 0.0.0.0:7443 --tls-cert cert.pem --tls-key key.pem', 'serve --install'],
  async run(call) {
    if (call.options.flag('install')) {
      const { installUnit } = await import('./systemd-unit.ts');
      return installUnit(call);
    }
    // A controller lives long and holds little: V8 would let its young generation grow to 64 MiB for one busy second.
    for (const flag of ['--optimize-for-size', '--semi-space-growth-factor=1']) setFlagsFromString(flag);
    const { startController } = await import('../controller.ts');
    const { options, env, paths } = call;
    const speed = options.text('clockSpeed');
    const idle = options.text('idleExit');
    const controller = await startController({
      version,
      env,
      dataDir: env['SALTERN_DATA_DIR'] || paths.dataDir,
      socket: env['SALTERN_SOCKET'] || paths.socket,
      reconcileEveryMs: duration(options.text('reconcileEvery') ?? '15m'),
      logLevel: options.text('logLevel') ?? 'info',
      ...(speed !== undefined && { clockSpeed: Number(speed) }),
      ...(idle !== undefined && { idleExitMs: duration(idle) }),
      // An argument would show the password to everybody on this computer.
      ...(env['SALTERN_DATABASE_URL'] && { database: env['SALTERN_DATABASE_URL'] }),
      ...(await listenOptions(call)),
    });
    // Node writes its compile cache at the end, which may be days away or a SIGKILL; the next start shall be quick already.
    flushCompileCache();
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.once(signal, () => void controller.stop());
    await controller.ended;
    return 0;
  },
};

async function listenOptions({ options }: Call) {
  const listen = options.text('listen');
  if (listen === undefined) return {};
  const at = listen.lastIndexOf(':');
  const port = Number(listen.slice(at + 1));
  if (at < 1 || !Number.isInteger(port)) throw new CliError('invalid', `--listen ${listen}: expected host:port`);
  const host = listen.slice(0, at).replace(/^\[|\]$/g, '');
  const [cert, key] = [options.text('tlsCert'), options.text('tlsKey')];
  if (cert !== undefined && key !== undefined) {
    const { readFile } = await import('node:fs/promises');
    return { listen: { host, port, tls: { cert: await readFile(cert, 'utf8'), key: await readFile(key, 'utf8') } } };
  }
  if (!options.flag('insecure')) {
    throw new CliError('invalid', '--listen needs TLS: tokens would cross the network in clear', {
      hint: 'Give --tls-cert and --tls-key, or --insecure where the network is your own.',
    });
  }
  return { listen: { host, port } };
}

function duration(text: string): number {
  const ms = parseDuration(text);
  if (ms === null)
    throw new CliError('invalid', `"${text}" is not a duration`, { hint: 'Write it like 90s, 15m or 2h.' });
  return ms;
}

/** `restore` touches the store without a controller; only this file may load what can. */
export async function restoreInto(dataDir: string, file: string, force: boolean): Promise<Restored> {
  const { restoreBackup } = await import('../controller.ts');
  return restoreBackup(dataDir, file, force);
}

export interface Restored {
  readonly machines: number;
  readonly operations: number;
  /** Where the inventory that was there lies now. */
  readonly replaced: string | null;
}
