import { type Host, isPlainName, type Render, type SshFiles } from './host.ts';
import { aliasOf, jumpAliasOf, trust } from './ssh-options.ts';

/** ssh_config(5), for `ssh -F FILE` or an `Include` in one's own. */
export const sshConfig: Render = (hosts, files) => {
  const jumps = new Map(hosts.flatMap(({ ssh: { jump } }) => (jump ? [[jumpAliasOf(jump), jump] as const] : [])));
  const blocks = [
    ...[...jumps].map(([alias, jump]) => block(alias, jump, trust(alias, jump.hostKeys, files))),
    ...hosts.map((host) => hostBlock(host, files)),
  ];
  return ['# Written by `saltern inventory`: write it again rather than change it.\n', ...blocks].join('\n');
};

function hostBlock(host: Host, files: SshFiles): string {
  if (!isPlainName(host.name)) return `# Left out: ${JSON.stringify(host.name)} cannot be a Host.\n`;
  const { jump, hostKeys } = host.ssh;
  const options = trust(aliasOf(host), hostKeys, files);
  return block(host.name, host.ssh, [...options, ...(jump ? [['ProxyJump', jumpAliasOf(jump)] as const] : [])]);
}

function block(
  name: string,
  { host, port, user }: Pick<Host['ssh'], 'host' | 'port' | 'user'>,
  options: readonly (readonly [string, string])[],
): string {
  const lines = [['HostName', host], ['Port', String(port)], ['User', user], ...options];
  return `Host ${name}\n${lines.map(([key, value]) => `  ${key} ${value}\n`).join('')}`;
}
