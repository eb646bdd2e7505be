import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { startEmulator } from './index.ts';

const USAGE = `usage: node emulator/src/main.ts [--listen 127.0.0.1:PORT] [--clock-speed N] [--network 127.80]
       [--ssh-port PORT] [--machines memory|none] [--ready-file FILE]
`;

/** Runs one emulator until SIGTERM or SIGINT. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      listen: { type: 'string', default: '127.0.0.1:0' },
      'clock-speed': { type: 'string', default: '1' },
      network: { type: 'string' },
      'ssh-port': { type: 'string', default: '22022' },
      machines: { type: 'string', default: 'memory' },
      'ready-file': { type: 'string' },
    },
  });
  const { machines } = values;
  if (machines !== 'memory' && machines !== 'none') throw new Error(`--machines ${machines}: expected memory or none`);
  const emulator = await startEmulator({
    listen: values.listen,
    ...(values.network !== undefined && { network: values.network }),
    machines,
    clockSpeed: number('--clock-speed', values['clock-speed']),
    sshPort: number('--ssh-port', values['ssh-port']),
  });
  const readyFile = values['ready-file'];
  const ready = { url: emulator.url, pid: process.pid, sshPort: emulator.sshPort, env: emulator.env() };
  if (readyFile !== undefined) await writeFile(readyFile, `${JSON.stringify(ready)}\n`, { mode: 0o600 });
  process.stdout.write(`listening on ${emulator.url}\n`);
  await new Promise((resolve) => {
    process.once('SIGTERM', resolve);
    process.once('SIGINT', resolve);
  });
  await emulator.close();
}

function number(option: string, value: string): number {
  const parsed = Number(value);
  if (!Number.isFinite(parsed) || parsed < 0) throw new Error(`${option} ${value}: expected a number of 0 or more`);
  return parsed;
}

try {
  await main();
  process.exit(0);
} catch (error) {
  process.stderr.write(`emulator: ${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
  process.exit(1);
}
