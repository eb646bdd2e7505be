import { CliError } from './base/errors.ts';
import type { Verb } from './base/verb.ts';
import { emulatorAt, runEmulator, startEmulator, stopEmulator } from './emulator-process.ts';

export const verb: Verb = {
  summary: "Run a cloud on this computer: Scaleway's API, with machines that answer SSH. Nothing leaves the computer.",
  args: '[action]',
  options: [
    { flags: '--listen <host:port>', description: 'where the API answers', default: '127.0.0.1:0' },
    { flags: '--background', description: 'return to the prompt; end it with `saltern emulator stop`' },
    { flags: '--clock-speed <factor>', description: 'how fast its time runs', default: '1' },
    {
      flags: '--network <a.b>',
      description: 'first half of the loopback addresses of its machines',
      default: '127.80',
    },
    { flags: '--ssh-port <port>', description: 'where its machines answer SSH', default: '22022' },
  ],
  examples: ['emulator', 'emulator start --background', 'eval "$(saltern emulator env)"', 'emulator stop'],
  async run(call) {
    const [action = 'start'] = call.args;
    switch (action) {
      case 'start':
        return call.options.flag('background') ? startEmulator(call).then(() => 0) : runEmulator(call);
      case 'env':
        return printEnv(call);
      case 'stop':
        call.stderr.write((await stopEmulator(call.paths)) ? 'Stopped the emulator.\n' : 'No emulator is running.\n');
        return 0;
      default:
        throw new CliError('invalid', `emulator ${action}: expected start, env or stop`);
    }
  },
};

function printEnv({ paths, stdout }: Parameters<Verb['run']>[0]): number {
  const running = emulatorAt(paths);
  if (!running) {
    throw new CliError('unavailable', 'no emulator is running', { hint: 'saltern emulator start --background' });
  }
  for (const [name, value] of Object.entries(running.env)) stdout.write(`export ${name}='${value}'\n`);
  return 0;
}
