import type { ServerChannel } from 'ssh2';
import type { Machine } from './machine.ts';
import { exitCode } from './processes.ts';
import { loginEnvironment, type User } from './users.ts';

const CTRL_C = '\x03';
const CTRL_D = '\x04';
const BACKSPACE = '\x7f';

/** A line editor: what is typed, with backspace, Ctrl-C and Ctrl-D at an empty line. */
function lineEditor(write: (text: string) => void, onLine: (line: string) => void, onEnd: () => void) {
  let line = '';
  return (character: string) => {
    if (character === '\r' || character === '\n' || character === CTRL_C) {
      const entered = character === CTRL_C ? '' : line;
      line = '';
      write(character === CTRL_C ? '^C\n' : '\n');
      onLine(entered);
    } else if (character === BACKSPACE) {
      if (line !== '') write('\b \b');
      line = line.slice(0, -1);
    } else if (character === CTRL_D) {
      if (line === '') onEnd();
    } else {
      line += character;
      write(character);
    }
  };
}

/**
 * An interactive login, good enough to look around: a prompt, one command at a time. The directory lasts from line to line,
 * variables do not.
 */
export function serveTerminal(machine: Machine, user: User, channel: ServerChannel): void {
  let cwd = machine.files.find(user.home) === null ? '/' : user.home;
  let status = 0;
  let queue = Promise.resolve();
  const write = (text: string) => {
    if (channel.writable) channel.write(text.replaceAll('\n', '\r\n'));
  };
  const prompt = () => {
    const place = cwd === user.home ? '~' : cwd;
    write(`${user.name}@${machine.files.text('/etc/hostname').trim()}:${place}${user.uid === 0 ? '#' : '$'} `);
  };
  const leave = () => {
    if (channel.writable) channel.exit(status);
    channel.end();
  };
  const run = async (line: string) => {
    if (/^\s*(exit|logout)\b/.test(line)) return leave();
    const marker = `/tmp/.cwd-${user.name}`;
    const shell = machine.shells.start(
      { user, parent: 1, group: null, args: ['-bash'] },
      {
        source: `${line}\n__code=$?; pwd > ${marker}; exit $__code`,
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
  const then = (work: () => void | Promise<void>) => {
    queue = queue.then(work);
  };
  const type = lineEditor(
    write,
    (line) => then(() => (line.trim() === '' ? prompt() : run(line))),
    () => then(leave),
  );
  channel.on('data', (data: Buffer) => {
    for (const character of data.toString('utf8')) type(character);
  });
  channel.once('end', () => then(leave));
  prompt();
}
