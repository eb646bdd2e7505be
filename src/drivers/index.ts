import type { DriverModule } from '../core/driver.ts';
import { scaleway } from './scaleway/index.ts';
import { ssh } from './ssh/index.ts';

/** Every driver, by the name that `driver:` takes. One line each. */
export const drivers: Readonly<Record<string, DriverModule<unknown, unknown>>> = {
  scaleway,
  ssh,
};
