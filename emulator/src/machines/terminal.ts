import type { ServerChannel } from 'ssh2';
import type { Machine } from './machine.ts';
import { exitCode } from './processes.ts';
import { loginEnvironment, type User } from './users.ts';

const CTRL_C = '\x03';
const CTRL_D = '\x04';
const BACKSPACE = '\x7f';

/**
 * An interactive login, good enough to look around: a prompt, a line editor with backspace, one command at a time. Variables
 * and the directory last from line to line.
 */
export function serveTerminal(machine: Machine, user: User, channel: ServerChannel): void {
  let line = '';
  let cwd = machine.files.find(user.home) === null ? '/' : user.home;
  let status = 0;
  let queue = Promise.resolve();
  const write = (text: string) => {
    if (channel.writable) channel.write(text.replaceAll('\n', '\r\n'));
  };
  const prompt = () => {
    const place = cwd === user.home ? '~' : cwd;
    write(`${user.name}@${machine.spec.hostname}:${place}${user.uid === 0 ? '#' : '$'} `);
  };
  const leave = () => {
    channel.exit(status);
    channel.end();
  };
  const run = async (source: string) => {
    if (/^\s*(exit|logout)\b/.test(source)) return leave();
    const marker = `/tmp/.cwd-${user.name}`;
    const shell = machine.shells.start(
      { user, parent: 1, group: null, args: ['-bash'] },
      {
        source: `${source}\n__code=$?; pwd > ${marker}; exit $__code`,
        args: ['-bash'],
        env: loginEnvironment(user),
        cwd,
        stdin: Buffer.alloc(0),
        output: { emit: (_stream, data) => write(data.toString('utf8')), heldBy: () => {} },
      },
    );
    status = exitCode(await shell.exit);
    if (machine.files.find(marker) !== null) cwd = machine.files.text(marker).trim();
    machine.files.remove(marker, undefined, { force: true });
    prompt();
  };
  const enter = () => {
    const source = line;
    line = '';
    write('\n');
    queue = queue.then(() => (source.trim() === '' ? prompt() : run(source)));
  };
  const key = (character: string) => {
    if (character === '\r' || character === '\n') return enter();
    if (character === CTRL_D && line === '') return leave();
    if (character === CTRL_C) {
      line = '';
      write('^C\n');
      return prompt();
    }
    if (character === BACKSPACE) {
      if (line !== '') write('\b \b');
      line = line.slice(0, -1);
      return;
    }
    line += character;
    write(character);
  };
  channel.on('data', (data: Buffer) => {
    for (const character of data.toString('utf8')) key(character);
  });
  channel.once('end', () => {
    queue = queue.then(leave);
  });
  prompt();
}
