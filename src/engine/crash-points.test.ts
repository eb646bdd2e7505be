import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { crashPointFromEnv } from './crash-points.ts';

/** Passes points in a process of its own; tells how it ended. */
function passing(value: string, ...points: [string, string, string][]) {
  const file = fileURLToPath(new URL('./crash-points.ts', import.meta.url));
  const script = `
    const { crashPointFromEnv } = await import(${JSON.stringify(file)});
    const hook = crashPointFromEnv(${JSON.stringify(value)});
    for (const point of ${JSON.stringify(points)}) { console.log(point.join(' ')); hook(...point); }`;
  const { signal, status, stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script]);
  return { signal, status, passed: String(stdout).trim().split('\n').length };
}

describe('SALTERN_CRASH_AT', () => {
  it('ends the process at the named point, with no chance to tidy up', () => {
    const points: [string, string, string][] = [
      ['create-machine', 'ensure instance', 'before'],
      ['destroy-machine', 'ensure instance', 'effect'],
      ['create-machine', 'ensure instance', 'effect'],
      ['create-machine', 'ensure instance', 'after'],
    ];
    const killed = passing('create-machine:ensure instance:effect', ...points);
    expect(killed).toEqual({ signal: 'SIGKILL', status: null, passed: 3 });
    const other = passing('create-machine:ensure instance:during', ...points);
    expect(other).toEqual({ signal: null, status: 0, passed: 4 });
  });

  it('counts, and takes step names with colons', () => {
    const point: [string, string, string] = ['create-machine', 'try 2: prepare', 'before'];
    expect(passing('create-machine:try 2: prepare:before:3', point, point, point, point).passed).toBe(3);
  });

  it('takes * for the part of a step name that differs from run to run', () => {
    const points: [string, string, string][] = [
      ['destroy-machine', 'destroy instance', 'effect'],
      ['destroy-machine', 'destroy volume 01J0', 'effect'],
      ['destroy-machine', 'destroyed', 'effect'],
    ];
    expect(passing('destroy-machine:destroy volume *:effect', ...points)).toMatchObject({
      signal: 'SIGKILL',
      passed: 2,
    });
    expect(passing('destroy-machine:destroy.volume *:effect', ...points)).toMatchObject({ signal: null, passed: 3 });
  });

  it('is off for all else', () => {
    for (const value of [undefined, '', 'create-machine', 'a:b:sometimes', 'a:before', 'a:b:before:x']) {
      expect(crashPointFromEnv(value)).toBeNull();
    }
  });
});
