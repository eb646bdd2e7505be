import type { Place } from './place.ts';
import { isNothing, tell, valueRange } from './place.ts';
import { text } from './readers.ts';
import type { Standing } from './salt-keys.ts';

/** What Salt's drivers understand beside the generic keys, where ours differs, in providers and profiles alike. */
interface Dialect {
  /** Our driver. */
  readonly driver: string;
  readonly keys: Readonly<Record<string, Standing>>;
}

const GONE = 'Scaleway took that host away; where the API is can be said with `api_url`';
const YOURS = 'a machine that was there before is only ever forgotten';
const WAKE = 'machines are not woken up: they must be on';

/** Source: salt/cloud/clouds/scaleway.py and saltify.py (3006). */
const DIALECTS: Readonly<Record<string, Dialect>> = {
  scaleway: {
    driver: 'scaleway',
    keys: { api_root: { is: 'warned', why: GONE }, marketplace_root: { is: 'warned', why: GONE } },
  },
  saltify: {
    driver: 'ssh',
    keys: {
      remove_config_on_destroy: { is: 'warned', why: YOURS },
      shutdown_on_destroy: { is: 'warned', why: YOURS },
      wake_on_lan_mac: { is: 'warned', why: WAKE },
      wol_sender_node: { is: 'warned', why: WAKE },
      wol_boot_wait: { is: 'warned', why: WAKE },
    },
  },
};

/** Whether a profile needs no image: its machines are there already. */
export function isImageless(driver: string): boolean {
  return dialectOf(driver).driver === 'ssh';
}

/** Our driver's dialect, by Salt's name or ours. */
export function dialectOf(driver: string): Dialect {
  return DIALECTS[driver === 'ssh' ? 'saltify' : driver] ?? { driver, keys: {} };
}

/**
 * Salt's Scaleway driver takes its size from `commercial_type`, and shows the root volume's gigabytes as `size`; people write
 * either under `size`. A number is taken for gigabytes, anything else for the name of a size.
 */
export function scalewaySize(size: Place, hasType: boolean): { readonly size?: string; readonly rootGb?: number } {
  if (isNothing(size.node)) return {};
  const written = text(size);
  if (written === undefined) return {};
  const [, gb] = /^(\d+)\s*(?:GB?)?$/i.exec(written.trim()) ?? [];
  const warn = (message: string, hint: string) => tell(size, message, { level: 'warning', hint, at: valueRange(size) });
  if (gb !== undefined) {
    const hint = 'Say `root_volume: {size_gb: …}` for the volume, `commercial_type` for the size.';
    warn('"size" is a number here: it is taken for the gigabytes of the root volume', hint);
    return { rootGb: Number(gb) };
  }
  if (hasType) warn('"size" has no effect beside "commercial_type"', 'Keep one of them.');
  return { size: written };
}
