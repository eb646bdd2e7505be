import { type Emulator, startEmulator } from 'saltern-emulator';
import { Config, type Options } from '../../src/drivers/scaleway/config.ts';
import { scaleway } from '../../src/drivers/scaleway/index.ts';
import { createClock } from '../../src/lib/clock.ts';
import { silentLog } from '../../src/lib/log.ts';
import type { DriverWorld } from '../contract/driver.ts';

export interface Emulated extends DriverWorld<Options>, AsyncDisposable {
  readonly emulator: Emulator;
  /** Requests since the last `forget`, as `METHOD path`, ids left out. */
  asked(): string[];
  forget(): void;
}

/** The driver before an emulator in which a second passes in a millisecond. */
export async function emulated(
  settings: Readonly<Record<string, unknown>> = {},
  options: Readonly<Record<string, unknown>> = {},
): Promise<Emulated> {
  const emulator = await startEmulator({ machines: 'none', clockSpeed: 1000 });
  const env = emulator.env();
  const config = Config.parse({
    access_key: env['SCW_ACCESS_KEY'],
    token: env['SCW_SECRET_KEY'],
    api_url: emulator.url,
    ...settings,
  });
  const close = () => emulator.close();
  return {
    emulator,
    driver: scaleway.open(config, { fetch, log: silentLog, clock: createClock() }),
    request: { image: 'debian_bookworm', size: 'DEV1-S' },
    otherSize: 'DEV1-M',
    options: scaleway.Options.parse(options),
    asked: () => emulator.admin.requests().map(({ method, path }) => `${method} ${shortened(path)}`),
    forget: () => emulator.admin.clearRequests(),
    close,
    [Symbol.asyncDispose]: close,
  };
}

function shortened(path: string): string {
  return path
    .replace(/\?.*/, '')
    .replace(/^\/(instance|block)\/v1\/zones\/[^/]+/, '/$1')
    .replaceAll(/[0-9a-f-]{36}/g, '*');
}
