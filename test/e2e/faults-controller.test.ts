import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { destroyAll, done, expectOnly, machine, refused } from './checks.ts';
import { openScene, type Scene } from './harness.ts';

const LAUNCHER = join(import.meta.dirname, '..', '..', 'bin', 'saltern');
const CREATE = ['machine', 'create', 'web-1', 'web-2', '-p', 'web'] as const;

let scene: Scene;

beforeAll(async () => {
  scene = await openScene();
  await scene.start();
  await scene.configure();
});
afterEach(() => destroyAll(scene));
afterAll(() => scene.close());

test('a second controller on the same data directory', async () => {
  const says = `another controller (pid ${scene.controller().pid}) has the data directory ${scene.home}`;
  await refused(scene, ['serve'], { code: 'conflict', says, hint: 'saltern stop' });
  await done(scene, ['status']);
});

test('Ctrl-C ends the command and not the operation', async () => {
  const env = { PATH: process.env['PATH'], HOME: scene.home, SALTERN_HOME: scene.home };
  const child = spawn(process.execPath, [LAUNCHER, ...CREATE], { env, stdio: ['ignore', 'ignore', 'pipe'] });
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => {
    if (stderr === '') child.kill('SIGINT');
    stderr += chunk.toString();
  });
  const code = await new Promise((resolve) => child.on('close', resolve));
  expect(code, stderr).toBe(130);
  const [, id = ''] = /goes on without you.*\n {2}follow: saltern operation wait (\w+)/.exec(stderr) ?? [];
  expect(stderr).toContain(`cancel: saltern operation cancel ${id}`);
  await done(scene, ['operation', 'wait', id]);
  expectOnly(scene, ['web-1', 'web-2']);
});

test('a command waits for a controller that is killed and started again', { timeout: 60_000 }, async () => {
  const creating = scene.cli(CREATE);
  await expect.poll(() => scene.emulator.admin.dump(false).servers.length).toBe(2);
  scene.controller().kill('SIGKILL');
  await sleep(700);
  await scene.start();
  const { code, stderr } = await creating;
  expect(stderr).toContain('waiting for it to come back');
  expect(code, stderr).toBe(0);
  expectOnly(scene, ['web-1', 'web-2']);
});

test('a newer controller is left alone; an older one makes room', async () => {
  const home = await mkdtemp(join(tmpdir(), 'saltern-test-'));
  const env = { SALTERN_HOME: home };
  const socket = join(home, 'saltern.sock');
  try {
    const newer = await controllerOfVersion(socket, '9.9.9');
    const { code, stderr } = await scene.cli(['machine', 'list'], env);
    newer.close();
    expect([code, stderr]).toEqual([
      10,
      expect.stringMatching(/controller is version 9\.9\.9.*\n.*hint: Use the newer/),
    ]);

    await controllerOfVersion(socket, '0.0.1');
    const replaced = await scene.cli(['status'], env);
    expect(replaced.stderr).toMatch(/Replacing the running controller 0\.0\.1 .*\nStarted a controller/);
    expect(replaced.code).toBe(0);
  } finally {
    await scene.cli(['stop'], env);
    await rm(home, { recursive: true, force: true });
  }
});

test('a controller that was killed leaves a socket behind: the next command starts another', async () => {
  await done(scene, CREATE);
  const ended = new Promise((resolve) => scene.controller().once('exit', resolve));
  scene.controller().kill('SIGKILL');
  await ended;
  expect(existsSync(join(scene.home, 'saltern.sock'))).toBe(true);
  const { code, stdout, stderr } = await scene.cli(['machine', 'list', '-o', 'name']);
  expect([code, stdout, stderr]).toEqual([0, 'web-1\nweb-2\n', expect.stringContaining('Started a controller')]);
  await done(scene, ['stop']);
  await scene.start();
});

test('a laptop that sleeps for a minute in the middle', async () => {
  const { operation } = await begin(['web-1', 'web-2']);
  scene.controller().kill('SIGSTOP');
  await sleep(3000);
  scene.controller().kill('SIGCONT');
  expect((await scene.ended(operation.id)).error).toBeNull();
  expectOnly(scene, ['web-1', 'web-2']);
});

test('a database that another process has locked for two seconds', async () => {
  const { operation } = await begin(['web-1']);
  const other = new Database(join(scene.home, 'saltern.db'));
  other.exec('begin exclusive');
  const created = begin(['web-2']);
  await sleep(2000);
  other.exec('commit');
  other.close();
  expect((await scene.ended(operation.id)).error).toBeNull();
  expect((await scene.ended((await created).operation.id)).error).toBeNull();
  expectOnly(scene, ['web-1', 'web-2']);
});

test('a disk that is full: it is said, nothing is lost, and work goes on when there is room again', async (context) => {
  const data = join(scene.home, 'small-disk');
  mkdirSync(data);
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=16m,mode=700', 'tmpfs', data], { encoding: 'utf8' });
  if (mounted.status !== 0) context.skip(`no small disk can be mounted here: ${mounted.stderr ?? mounted.error}`);
  const filler = join(data, 'filler');
  try {
    await done(scene, ['stop']);
    await scene.start({ SALTERN_DATA_DIR: data });
    await scene.configure({ deploy: [{ kind: 'script', name: 'slow.sh', content: '#!/bin/sh\nsleep 2\n' }] });
    const { operation } = await begin(['web-1']);
    await untilStep(operation.id, 'deploy 1: slow.sh');
    fill(filler);
    const words = ['machine', 'create', 'web-2', '-p', 'web'];
    await refused(scene, words, { code: 'unavailable', says: 'the disk is full', hint: 'Free space' });
    rmSync(filler);
    expect((await scene.ended(operation.id)).error).toBeNull();
    await done(scene, words);
    expect((await machine(scene, 'web-1')).status).toBe('ready');
    expectOnly(scene, ['web-1', 'web-2']);
    await destroyAll(scene);
  } finally {
    await scene.cli(['stop']);
    spawnSync('umount', ['-l', data]);
    await scene.start();
  }
});

async function begin(names: readonly string[]) {
  return scene.client.request('POST', '/v1/machines', { body: { names: [...names], profile: 'web' } });
}

async function untilStep(id: string, step: string): Promise<void> {
  for (;;) {
    const params = { operation: id };
    const { children, error } = await scene.client.request('GET', '/v1/operations/{operation}', { params });
    expect(error).toBeNull();
    if (children[0]?.step?.name === step) return;
    await sleep(50);
  }
}

function fill(file: string): void {
  const block = Buffer.alloc(64 * 1024);
  try {
    for (;;) writeFileSync(file, block, { flag: 'a' });
  } catch (error) {
    expect(error).toMatchObject({ code: 'ENOSPC' });
  }
}

/** Answers as a controller of another version would, and ends when it is told to. */
async function controllerOfVersion(socket: string, version: string): Promise<Server> {
  const server = createServer((request, response) => {
    response
      .setHeader('saltern-version', version)
      .setHeader('saltern-installation', 'x')
      .setHeader('connection', 'close');
    response.setHeader('content-type', 'application/json').end('{"activeOperations":0}');
    if (request.method === 'POST') server.close();
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  return server;
}
