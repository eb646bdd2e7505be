import type { Host, SshFiles } from './host.ts';

type Jump = NonNullable<Host['ssh']['jump']>;
type Option = readonly [name: string, value: string];

/** The name that a machine's host keys are known by: never given to another machine, whatever address or name that gets. */
export function aliasOf(host: Host): string {
  return `saltern-${host.id.toLowerCase()}`;
}

export function jumpAliasOf({ host, port }: Jump): string {
  return `saltern-jump-${host}-${port}`;
}

/** known_hosts(5) of all machines and of the jump hosts whose key is configured. */
export function knownHosts(hosts: readonly Host[]): string {
  const lines = hosts.flatMap((host) => {
    const { hostKeys, jump } = host.ssh;
    return [
      ...hostKeys.map((key) => `${aliasOf(host)} ${key}\n`),
      ...(jump?.hostKeys.map((key) => `${jumpAliasOf(jump)} ${key}\n`) ?? []),
    ];
  });
  return [...new Set(lines)].join('');
}

/** Which host key is accepted, and with what we log in. Where no key is known, the person's own rules hold. */
export function trust(alias: string, hostKeys: readonly string[], files: SshFiles): Option[] {
  const known: Option[] = [
    ['HostKeyAlias', alias],
    ['UserKnownHostsFile', pathValue(files.knownHosts)],
    ['StrictHostKeyChecking', 'yes'],
  ];
  const identity: Option[] = [
    ['IdentityFile', pathValue(files.identity ?? '')],
    ['IdentitiesOnly', 'yes'],
  ];
  return [...(hostKeys.length > 0 ? known : []), ...(files.identity === null ? [] : identity)];
}

/**
 * Words for ssh's command line, for tools that take options and no configuration file. Such tools have a setting of their own
 * for the login key; only the jump host is told of it here.
 */
export function optionWords(host: Host, files: SshFiles): string[] {
  const { hostKeys, jump } = host.ssh;
  const options = trust(aliasOf(host), hostKeys, { ...files, identity: null }).map(
    ([name, value]) => `${name}=${value}`,
  );
  return jump ? [...options, `ProxyCommand=${proxyCommand(jump, files)}`] : options;
}

/** Said as a command because `ProxyJump` would not hand these options on to the jump host. */
function proxyCommand(jump: Jump, files: SshFiles): string {
  const options = trust(jumpAliasOf(jump), jump.hostKeys, files).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  const words = ['ssh', ...options, '-p', String(jump.port), '-l', jump.user];
  return `${words.map(shellWord).join(' ').replaceAll('%', '%%')} -W '[%h]:%p' ${shellWord(jump.host)}`;
}

/** A path as a value of ssh_config(5): quoted, and `%` doubled, because these options expand tokens. */
function pathValue(path: string): string {
  const text = path.replaceAll('%', '%%');
  return /^[\w@%+=:,./-]*$/.test(text) ? text : `"${text.replace(/["\\]/g, '\\$&')}"`;
}

/** One word for a POSIX shell, and for everything that splits like one. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
