import { factsOf, type Render } from './host.ts';
import { optionWords, shellWord } from './ssh-options.ts';

/** A roster of salt-ssh: https://docs.saltproject.io/en/3006/topics/ssh/roster.html */
export const saltRoster: Render = async (hosts, files) => {
  const { stringify } = await import('yaml');
  const targets = hosts.map((host) => {
    const { ssh } = host;
    const target = {
      host: ssh.host,
      user: ssh.user,
      port: ssh.port,
      ...(files.identity !== null && { priv: files.identity, identities_only: true }),
      ...(ssh.user !== 'root' && { sudo: true }),
      // Salt joins these with spaces and splits the whole command as a shell would.
      ssh_options: optionWords(host, files).map(shellWord),
      minion_opts: { grains: { saltern: factsOf(host) } },
    };
    return [host.name, target];
  });
  return stringify(Object.fromEntries(targets), { lineWidth: 0 });
};
