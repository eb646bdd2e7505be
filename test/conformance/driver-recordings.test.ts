import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { Schema } from '../../src/core/schema.ts';
import { Nothing } from '../../src/drivers/scaleway/client.ts';
import { refused } from '../../src/drivers/scaleway/errors.ts';
import { toInstance } from '../../src/drivers/scaleway/instances.ts';
import * as wire from '../../src/drivers/scaleway/schema.ts';

/** Answers of the real API, recorded by others. They lie beside the project, under their own licences. */
const ROOT = process.env['SALTERN_RECORDINGS'] ?? fileURLToPath(new URL('../../../shared/recordings', import.meta.url));
const present = existsSync(join(ROOT, 'scaleway'));
if (!present) {
  const reason = `no recordings: ${join(ROOT, 'scaleway')} is not there (SALTERN_RECORDINGS names their folder)`;
  if (process.env['CI_DEEP'] === '1') throw new Error(reason);
  console.warn(`${reason}; skipped`);
}

interface Interaction {
  readonly request: { readonly method: string; readonly url: string };
  readonly response: { readonly code?: number; readonly status?: string; readonly body: string };
}

const BLOCK_VOLUME = /^\/block\/v1(alpha1)?\/zones\/[^/]+\/volumes\/[^/]+$/;
const instance = (rest: string) => new RegExp(`^/instance/v1/zones/[^/]+${rest}$`);

/** What the driver reads each answer with. Endpoints that it never asks are left out. */
const READ_BY: readonly (readonly [method: string, path: RegExp, answer: Schema<unknown>])[] = [
  ['GET', instance('/servers'), wire.ServerPage],
  ['POST', instance('/servers'), wire.ServerAnswer],
  ['GET', instance('/servers/[^/]+'), wire.ServerAnswer],
  ['PATCH', instance('/servers/[^/]+'), wire.ServerAnswer],
  ['DELETE', instance('/servers/[^/]+'), Nothing],
  ['POST', instance('/servers/[^/]+/action'), wire.TaskAnswer],
  ['PATCH', instance('/servers/[^/]+/user_data/[^/]+'), Nothing],
  ['DELETE', instance('/servers/[^/]+/user_data/[^/]+'), Nothing],
  ['GET', instance('/products/servers'), wire.ProductPage],
  ['GET', instance('/products/servers/availability'), wire.AvailabilityPage],
  ['GET', instance('/images'), wire.OwnImagePage],
  ['GET', instance('/images/[^/]+'), wire.OwnImageAnswer],
  ['GET', instance('/ips'), wire.IpPage],
  ['POST', instance('/ips'), wire.IpAnswer],
  ['GET', instance('/ips/[^/]+'), wire.IpAnswer],
  ['DELETE', instance('/ips/[^/]+'), Nothing],
  ['GET', instance('/volumes'), wire.VolumePage],
  ['GET', instance('/volumes/[^/]+'), wire.VolumeAnswer],
  ['DELETE', instance('/volumes/[^/]+'), Nothing],
  ['GET', BLOCK_VOLUME, wire.BlockVolume],
  ['DELETE', BLOCK_VOLUME, Nothing],
  ['GET', /^\/marketplace\/v2\/images$/, wire.MarketplacePage],
  ['GET', /^\/marketplace\/v2\/local-images$/, wire.LocalImagePage],
  ['GET', /^\/marketplace\/v2\/local-images\/[^/]+$/, wire.LocalImage],
  ['GET', /^\/iam\/v1alpha1\/ssh-keys$/, wire.SshKeyPage],
  ['POST', /^\/iam\/v1alpha1\/ssh-keys$/, wire.SshKey],
  ['GET', /^\/iam\/v1alpha1\/ssh-keys\/[^/]+$/, wire.SshKey],
  ['DELETE', /^\/iam\/v1alpha1\/ssh-keys\/[^/]+$/, Nothing],
  ['GET', /^\/iam\/v1alpha1\/api-keys\/[^/]+$/, wire.ApiKey],
];

/** Codes that a recorded refusal may become, by its status. `internal` would mean that we do not understand it. */
const CODES: Readonly<Record<number, readonly string[]>> = {
  400: ['invalid', 'conflict'],
  401: ['unauthenticated'],
  403: ['forbidden', 'quota'],
  404: ['not_found', 'unsupported'],
  409: ['conflict'],
  412: ['conflict'],
  429: ['rate_limited'],
  503: ['unsupported', 'unavailable', 'out_of_stock'],
};

describe.skipIf(!present)('recorded answers of the Scaleway API', () => {
  const files = present ? globSync('scaleway/**/*.yaml', { cwd: ROOT }).toSorted() : [];
  const recorded = interactions(files);

  test('every good answer to what the driver asks is understood', () => {
    const read = recorded.filter(({ status }) => status < 300);
    const known = read.flatMap((one) => {
      const row = READ_BY.find(([method, path]) => method === one.method && path.test(one.path));
      return row ? [{ ...one, answer: row[2] }] : [];
    });
    for (const { file, method, path, body, answer } of known) {
      const decode = () => answer.parse(body === '' ? null : JSON.parse(body));
      expect(decode, `${file}: ${method} ${path}`).not.toThrow();
    }
    expect(known.length).toBeGreaterThan(150);
    console.info(`${known.length} of ${read.length} good answers are of endpoints that the driver asks; all decode`);
  });

  test('every recorded server has a status and parts that we know', () => {
    const servers = recorded.filter(({ status, path }) => status < 300 && instance('/servers(/[^/]+)?').test(path));
    for (const { body, file } of servers.filter((one) => one.body.includes('"server"'))) {
      const seen = toInstance(wire.ServerAnswer.parse(JSON.parse(body)).server);
      expect(seen, file).toMatchObject({ status: expect.not.stringMatching('unknown'), arch: 'x86_64' });
      for (const part of seen.parts ?? []) expect(['volume', 'block-volume', 'address']).toContain(part.kind);
    }
    expect(servers.length).toBeGreaterThan(50);
  });

  test('every refusal becomes one of our errors, and says what was asked', () => {
    const refusals = recorded.filter(({ status }) => status >= 300);
    for (const { file, method, path, status, body } of refusals) {
      const error = refused({ method, path }, status, body, null);
      expect(CODES[status], `${file}: ${status} ${body}`).toContain(error.code);
      expect(error.message).toContain(`${method} ${path}: ${status}`);
    }
    expect(refusals.length).toBeGreaterThan(30);
    console.info(`${refusals.length} refusals in ${files.length} files, each with a code`);
  });
});

function interactions(files: readonly string[]) {
  return files.flatMap((file) => {
    const cassette: { interactions: Interaction[] } = parse(readFileSync(join(ROOT, file), 'utf8'));
    return cassette.interactions.map(({ request, response }) => ({
      file,
      method: request.method,
      path: new URL(request.url).pathname,
      status: response.code ?? Number.parseInt(response.status ?? '', 10),
      body: response.body,
    }));
  });
}
