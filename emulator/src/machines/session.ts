import type { ServerChannel, Session } from 'ssh2';
import type { Machine } from './machine.ts';
import { type Process, toSignal } from './processes.ts';
import { readsInput } from './reads-input.ts';
import { serveSftp } from './sftp.ts';
import { serveTerminal } from './terminal.ts';
import { loginEnvironment, type User } from './users.ts';

/** Everything the client has sent when it closes its side. */
function readAll(channel: ServerChannel): Promise<Buffer> {
  const chunks: Buffer[] = [];
  return new Promise((resolve) => {
    channel.on('data', (chunk: Buffer) => chunks.push(chunk));
    channel.once('end', () => resolve(Buffer.concat(chunks)));
    channel.once('close', () => resolve(Buffer.concat(chunks)));
  });
}

/** One command as sshd runs it: by the user's login shell, in a session of its own. */
async function serveExec(
  machine: Machine,
  user: User,
  channel: ServerChannel,
  source: string,
  environment: Readonly<Record<string, string>>,
  started: (process: Process) => void = () => {},
): Promise<void> {
  const input = readAll(channel);
  const stdin = (await readsInput(source)) ? await input : Buffer.alloc(0);
  const holders: Process[] = [];
  const process = machine.shells.start(
    { user, parent: 1, group: null, args: ['bash', '-c', source] },
    {
      source,
      args: ['bash'],
      env: { ...loginEnvironment(user), ...environment },
      cwd: machine.files.find(user.home) === null ? '/' : user.home,
      stdin,
      output: {
        emit: (stream, data) => {
          if (channel.writable) (stream === 1 ? channel : channel.stderr).write(data);
        },
        heldBy: (job) => holders.push(job),
      },
    },
  );
  started(process);
  const exit = await process.exit;
  if (exit.signal === null) channel.exit(exit.code);
  else channel.exit(exit.signal, false, '');
  for (const job of holders) await job.exit;
  channel.end();
}

/** One session of a connection: a command, a terminal or sftp. `forced` runs in place of what is asked for. */
export function serveSession(machine: Machine, user: User, session: Session, forced: string | null): void {
  const environment: Record<string, string> = {};
  let running: Process | null = null;
  session.on('env', (accept, _reject, { key, val }) => {
    if (/^(LANG|LC_\w+)$/.test(key)) environment[key] = val;
    accept?.();
  });
  session.on('signal', (accept, _reject, { name }) => {
    const signal = toSignal(name);
    if (running !== null && signal !== null) machine.processes.kill(running, signal);
    accept?.();
  });
  session.on('pty', (accept) => accept?.());
  session.on('window-change', (accept) => accept?.());
  session.on('exec', (accept, _reject, { command }) => {
    const channel = accept();
    channel.on('error', () => {});
    void serveExec(machine, user, channel, forced ?? command, environment, (process) => {
      running = process;
    });
  });
  session.on('shell', (accept) => {
    const channel = accept();
    channel.on('error', () => {});
    if (forced === null) serveTerminal(machine, user, channel);
    else void serveExec(machine, user, channel, forced, environment);
  });
  session.on('sftp', (accept, reject) => {
    if (forced === null) serveSftp(machine, user, accept());
    else reject();
  });
}
