import type { FileSystem } from '../file-system.ts';
import { type Body, type Commands, fail, type Io, lines, ok, parseOptions } from './command.ts';

/*
 * A unit is known when it has a file; enabled by its link in multi-user.target.wants; active by a file under /run, which a
 * reboot empties. Units of every image are enabled and run.
 */

const BUILT_IN = ['ssh', 'cron', 'systemd-journald', 'systemd-networkd', 'systemd-resolved', 'rsyslog'];
const ALIASES: Readonly<Record<string, string>> = { sshd: 'ssh' };
const WANTS = '/etc/systemd/system/multi-user.target.wants';
const MASKED = '/etc/systemd/system';

function unitName(text: string): string {
  const name = text.replace(/\.service$/, '');
  return ALIASES[name] ?? name;
}

function unitFiles(name: string): string[] {
  const file = /\.(socket|timer|target|mount|path)$/.test(name) ? name : `${name}.service`;
  return ['/etc/systemd/system', '/usr/lib/systemd/system'].map((directory) => `${directory}/${file}`);
}

function isKnown(files: FileSystem, name: string): boolean {
  return BUILT_IN.includes(name) || unitFiles(name).some((path) => files.find(path) !== null);
}

function isEnabled(files: FileSystem, name: string): boolean {
  const disabled = files.find(`/etc/systemd/disabled/${name}`) !== null;
  return files.find(`${WANTS}/${name}.service`) !== null || (BUILT_IN.includes(name) && !disabled);
}

/** What a unit is at: what was last done to it in this boot, else what the boot made of it. */
function activity(files: FileSystem, name: string): string {
  const path = `/run/systemd/units/${name}`;
  if (files.find(path) !== null) return files.text(path).trim();
  return isKnown(files, name) && isEnabled(files, name) ? 'active' : 'inactive';
}

function setActivity(io: Io, name: string, value: 'active' | 'inactive'): void {
  io.machine.files.install(`/run/systemd/units/${name}`, `${value}\n`);
}

function enable(files: FileSystem, name: string, on: boolean): void {
  const disabled = `/etc/systemd/disabled/${name}`;
  if (on) {
    files.install(`${WANTS}/${name}.service`, '');
    files.remove(disabled, undefined, { force: true });
  } else {
    files.remove(`${WANTS}/${name}.service`, undefined, { force: true });
    files.install(disabled, '');
  }
}

type Verb = (io: Io, name: string, now: boolean) => void;

const start: Verb = (io, name) => {
  setActivity(io, name, 'active');
  if (name === 'ssh') io.machine.reloadSsh();
};
const stop: Verb = (io, name) => setActivity(io, name, 'inactive');

/** Verbs that change something. */
const VERBS: Readonly<Record<string, Verb>> = {
  start,
  restart: start,
  reload: start,
  'reload-or-restart': start,
  'try-restart': start,
  'force-reload': start,
  stop,
  kill: stop,
  enable: (io, name, now) => {
    enable(io.machine.files, name, true);
    if (now) start(io, name, now);
  },
  disable: (io, name, now) => {
    enable(io.machine.files, name, false);
    if (now) stop(io, name, now);
  },
  mask: (io, name) => io.machine.files.install(`${MASKED}/${name}.service`, ''),
  unmask: () => {},
};

function ask(io: Io, verb: string, names: readonly string[], quiet: boolean) {
  const { files } = io.machine;
  const answers = names.map((name) => {
    if (verb === 'is-enabled')
      return isEnabled(files, name) ? 'enabled' : isKnown(files, name) ? 'disabled' : 'not-found';
    return activity(files, name);
  });
  const good = answers.every((answer) => answer === 'enabled' || answer === 'active');
  const code = verb === 'is-enabled' ? 1 : 3;
  return { ...lines(quiet ? [] : answers), exitCode: good ? 0 : code };
}

function status(io: Io, name: string) {
  const { files } = io.machine;
  if (!isKnown(files, name)) return fail(`Unit ${name}.service could not be found.`, 4);
  const now = activity(files, name);
  const enabled = isEnabled(files, name) ? 'enabled' : 'disabled';
  const text = `● ${name}.service - ${name}\n     Loaded: loaded (/usr/lib/systemd/system/${name}.service; ${enabled})\n     Active: ${now}\n`;
  return { stdout: text, stderr: '', exitCode: now === 'active' ? 0 : 3 };
}

function show(io: Io, names: readonly string[], given: ReadonlyMap<string, string>) {
  const name = names[0] ?? '';
  const { files } = io.machine;
  const properties: Readonly<Record<string, string>> = {
    ActiveState: activity(files, name),
    SubState: activity(files, name) === 'active' ? 'running' : 'dead',
    LoadState: isKnown(files, name) ? 'loaded' : 'not-found',
    UnitFileState: isEnabled(files, name) ? 'enabled' : 'disabled',
  };
  const asked = (given.get('p') ?? given.get('property'))?.split(',') ?? Object.keys(properties);
  return lines(asked.map((key) => (given.has('value') ? (properties[key] ?? '') : `${key}=${properties[key] ?? ''}`)));
}

const systemctl: Body = (args, io) => {
  const { given, rest } = parseOptions(args, ['p', 'property', 't', 'type', 's', 'signal', 'n', 'o']);
  const [verb = 'list-units', ...units] = rest;
  const names = units.map(unitName);
  switch (verb) {
    case 'daemon-reload':
    case 'reset-failed':
    case 'list-units':
      return ok();
    case 'is-system-running':
      return ok('running\n');
    case 'reboot':
      return rebootNow(io);
    case 'poweroff':
    case 'halt':
      return powerOffNow(io);
    case 'is-active':
    case 'is-enabled':
      return ask(io, verb, names, given.has('q') || given.has('quiet'));
    case 'is-failed':
      return { ...ok('inactive\n'), exitCode: 1 };
    case 'status':
      return names[0] === undefined ? ok('running\n') : status(io, names[0]);
    case 'show':
      return show(io, names, given);
    case 'cat':
      return ok();
  }
  const effect = VERBS[verb];
  if (effect === undefined) return fail(`Unknown command verb ${verb}.`);
  if (io.process.who.uid !== 0) return fail(`Failed to ${verb} ${units[0]}: Interactive authentication required.`);
  const unknown = names.find((name) => !isKnown(io.machine.files, name));
  if (unknown !== undefined && verb !== 'mask') {
    return fail(`Failed to ${verb} ${unknown}.service: Unit ${unknown}.service not found.`, verb === 'enable' ? 1 : 5);
  }
  for (const name of names) effect(io, name, given.has('now'));
  return ok();
};

/** `service NAME VERB`, as System V had it. */
const service: Body = ([name = '', verb = ''], io) => systemctl([verb, name], io);

/** The answer still gets out; then everything stops. */
function rebootNow(io: Io) {
  setImmediate(() => io.machine.reboot());
  return ok();
}

function powerOffNow(io: Io) {
  setImmediate(() => io.machine.powerOff());
  return ok();
}

const shutdown: Body = (args, io) => {
  if (io.process.who.uid !== 0) return fail('shutdown: Need to be root');
  if (args.includes('-c')) return ok();
  return args.includes('-r') || args.includes('--reboot') ? rebootNow(io) : powerOffNow(io);
};

const root =
  (name: string, effect: (io: Io) => ReturnType<Body>): Body =>
  (_args, io) =>
    io.process.who.uid === 0 ? effect(io) : fail(`${name}: must be superuser.`);

export const services: Commands = {
  systemctl,
  service,
  journalctl: () => ok('-- No entries --\n'),
  shutdown,
  reboot: root('reboot', rebootNow),
  poweroff: root('poweroff', powerOffNow),
  halt: root('halt', powerOffNow),
};
