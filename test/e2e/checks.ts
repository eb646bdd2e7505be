import { expect } from 'vitest';
import { type ErrorCode, EXIT_CODES } from '../../src/client/generated.ts';
import type { Scene } from './harness.ts';

interface Refusal {
  readonly code: ErrorCode;
  readonly says: string | RegExp;
  /** Null where the message itself says what to do. */
  readonly hint: string | RegExp | null;
}

/** Runs a command that must fail: with the exit code of its error, what failed and what to do next on stderr. */
export async function refused(scene: Scene, words: readonly string[], wanted: Refusal): Promise<string> {
  const { code, stdout, stderr } = await scene.cli(words);
  expect(code, `${stdout}\n${stderr}`).toBe(EXIT_CODES[wanted.code]);
  expect(stderr).toMatch(/^error: /m);
  expect(stderr).toMatch(wanted.says);
  if (wanted.hint !== null) expect(/hint: (.*)/.exec(stderr)?.[1]).toMatch(wanted.hint);
  return stderr;
}

/** Runs a command that must succeed; answers with what it wrote to stdout. */
export async function done(scene: Scene, words: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<string> {
  const { code, stdout, stderr } = await scene.cli(words, env);
  expect(code, `saltern ${words.join(' ')}\n${stderr}`).toBe(0);
  return stdout;
}

/** The cloud holds these machines and what belongs to them, and nothing else that costs money. */
export function expectOnly(scene: Scene, names: readonly string[]): void {
  const { servers, volumes, ips } = scene.emulator.admin.dump(false);
  const ids = new Set(servers.map(({ id }) => id));
  const stray = [...volumes, ...ips].filter(({ server }) => server === null || !ids.has(server));
  expect({ servers: servers.map(({ name }) => name).sort(), stray }).toEqual({ servers: [...names].sort(), stray: [] });
}

export async function machine(scene: Scene, name: string) {
  return scene.client.request('GET', '/v1/machines/{machine}', { params: { machine: name } });
}

/** Ends every machine that is there, so that the next test begins with none. */
export async function destroyAll(scene: Scene): Promise<void> {
  scene.emulator.admin.clearFaults();
  const { items } = await scene.client.request('GET', '/v1/machines');
  if (items.length === 0) return;
  const body = { machines: items.map(({ id }) => id) };
  const { operation } = await scene.client.request('POST', '/v1/machines/destroy', { body });
  expect((await scene.ended(operation.id)).error).toBeNull();
  expectOnly(scene, []);
}
