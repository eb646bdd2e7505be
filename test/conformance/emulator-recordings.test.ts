import { describe, expect, test } from 'vitest';
import { loadCassettes, RECORDINGS } from './cassette.ts';
import { type Outcome, replay } from './replay.ts';

/** What a driver of Instances calls: here the emulator must answer as recorded, always. */
const DRIVER_ENDPOINTS: readonly RegExp[] = [
  /^\w+ \/instance\/v1\/zones\/\{zone\}\/(servers|ips|images|volumes|snapshots|security_groups|placement_groups|products)(\/|$)/,
  /^GET \/marketplace\/v2\//,
  /^\w+ \/iam\/v1alpha1\/ssh-keys/,
  /^GET \/iam\/v1alpha1\/api-keys\/\{key\}$/,
  /^(GET|DELETE) \/block\/v1(alpha1)?\/zones\/\{zone\}\/volumes/,
];

/** Endpoints, or single recorded answers, that differ on purpose, each with its reason. */
const EXCEPTIONS: readonly { readonly where: RegExp; readonly reason: string }[] = [];

const PRODUCTS = ['instance', 'marketplace', 'iam', 'block', 'vpc', 'ipam'];
const cassettes = loadCassettes(PRODUCTS);

if (cassettes.length === 0) {
  console.warn(`recordings are absent (looked in ${RECORDINGS}; set SALTERN_RECORDINGS): conformance was NOT checked`);
}

describe('the emulator answers recorded requests as the real API did', () => {
  const outcomes: Outcome[] = [];

  test.runIf(process.env['CI_DEEP'] === '1')('recordings are there', () => {
    expect(cassettes.length).toBeGreaterThan(0);
  });

  test.each(cassettes)('$name', async (cassette) => {
    const played = await replay(cassette);
    outcomes.push(...played);
    const wrong = played.filter((outcome) => isForDriver(outcome) && outcome.differences.length > 0);
    expect(wrong.filter((outcome) => reasonOf(outcome) === null)).toEqual([]);
  });

  test.runIf(cassettes.length > 0)('every endpoint of the driver is covered by the recordings at 100 %', () => {
    const rows = coverage(outcomes);
    console.log(rows.map((row) => row.line).join('\n'));
    expect(rows.filter((row) => row.isForDriver && row.matched < row.compared).map((row) => row.endpoint)).toEqual([]);
    expect(rows.filter((row) => row.isForDriver).length).toBeGreaterThan(15);
  });
});

const isForDriver = ({ endpoint }: { endpoint: string }): boolean =>
  DRIVER_ENDPOINTS.some((pattern) => pattern.test(endpoint));

function reasonOf({ cassette, index, endpoint }: Outcome): string | null {
  return EXCEPTIONS.find(({ where }) => where.test(`${cassette}#${index} ${endpoint}`))?.reason ?? null;
}

function coverage(outcomes: readonly Outcome[]) {
  const endpoints = [...new Set(outcomes.map((outcome) => outcome.endpoint))].toSorted();
  return endpoints.map((endpoint) => {
    const all = outcomes.filter((outcome) => outcome.endpoint === endpoint);
    const compared = all.filter((outcome) => outcome.skipped === null && reasonOf(outcome) === null);
    const matched = compared.filter((outcome) => outcome.differences.length === 0).length;
    const share = compared.length === 0 ? 'not compared' : `${Math.floor((100 * matched) / compared.length)} %`;
    const line = `${share.padStart(12)} ${String(matched).padStart(4)}/${compared.length} of ${all.length}  ${endpoint}`;
    return { endpoint, line, compared: compared.length, matched, isForDriver: isForDriver({ endpoint }) };
  });
}
