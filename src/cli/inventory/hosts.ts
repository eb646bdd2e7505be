import { isIP } from 'node:net';
import { isPlainName, type Render } from './host.ts';

/** hosts(5): the address that a machine is reached at, and its name. */
export const hostsFile: Render = (hosts) => {
  const lines = hosts.map(({ name, ssh }) => {
    if (isIP(ssh.host) === 0)
      return `# Left out: ${name} is reached at ${JSON.stringify(ssh.host)}, which is no address.\n`;
    if (!isPlainName(name)) return `# Left out: ${JSON.stringify(name)} cannot be a host name.\n`;
    return `${ssh.host}\t${name}\n`;
  });
  return ['# Written by `saltern inventory`\n', ...lines].join('');
};
