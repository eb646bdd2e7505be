import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EmulatorOptions } from 'saltern-emulator';
import { openScene, type Scene } from './harness.ts';

/** A scene in which everything that is said is kept. */
export interface Stage extends Scene {
  readonly pid: number;
  /** What the controller logged, at its loudest. */
  logged(): string;
  /** Runs the command line with these words and variables. */
  run(words: string, env?: NodeJS.ProcessEnv): Promise<{ code: number; stdout: string; stderr: string }>;
  /** All that `run` ran and what it answered. */
  said(): string;
  /** Ends the controller as a person would. */
  stop(): Promise<void>;
}

const LAUNCHER = join(import.meta.dirname, '..', '..', 'bin', 'saltern');

export async function openStage(options: Partial<EmulatorOptions>, env: NodeJS.ProcessEnv): Promise<Stage> {
  const scene = await openScene(options);
  let log = '';
  let said = '';
  const controller = serve(scene, env);
  controller.stderr?.on('data', (chunk: Buffer) => {
    log += chunk.toString();
  });
  const stop = async () => {
    const exit = once(controller, 'exit');
    if (controller.exitCode === null && controller.kill('SIGTERM')) await exit;
  };
  while (!(await answers(scene))) {
    if (controller.exitCode !== null) throw new Error(`the controller did not start: ${log}`);
    await sleep(20);
  }
  return {
    ...scene,
    pid: controller.pid ?? 0,
    logged: () => log,
    said: () => said,
    stop,
    async run(words, variables = {}) {
      const { code, stdout, stderr } = await scene.cli(words.split(' '), variables);
      said += `$ saltern ${words}\n${stdout}${stderr}`;
      return { code, stdout, stderr };
    },
    async close() {
      await stop();
      await scene.close();
    },
  };
}

function serve({ home }: Scene, more: NodeJS.ProcessEnv): ChildProcess {
  const env = { PATH: process.env['PATH'], HOME: home, SALTERN_HOME: home, ...more };
  const args = [LAUNCHER, 'serve', '--clock-speed', '20', '--log-level', 'debug'];
  return spawn(process.execPath, args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
}

async function answers({ client }: Scene): Promise<boolean> {
  return client.request('GET', '/v1/controller').then(
    () => true,
    () => false,
  );
}
