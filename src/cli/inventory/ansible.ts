import { factsOf, groupsOf, type Host, type Render, type SshFiles } from './host.ts';
import { optionWords, shellWord } from './ssh-options.ts';

/** A file for `ansible -i FILE`: https://docs.ansible.com/ansible/latest/collections/ansible/builtin/yaml_inventory.html */
export const ansibleYaml: Render = async (hosts, files) => {
  const { stringify } = await import('yaml');
  const vars = Object.fromEntries(hosts.map((host) => [host.name, hostVars(host, files)]));
  const children = [...groupsOf(hosts)].map(([group, names]) => [
    group,
    { hosts: Object.fromEntries(names.map((name) => [name, {}])) },
  ]);
  return stringify({ all: { hosts: vars, children: Object.fromEntries(children) } }, { lineWidth: 0 });
};

/** What an inventory script answers to `--list`, with `_meta` so that `--host` is never asked for each machine. */
export const ansibleList: Render = (hosts, files) => {
  const hostvars = Object.fromEntries(hosts.map((host) => [host.name, hostVars(host, files)]));
  const groups = [...groupsOf(hosts)].map(([group, names]) => [group, { hosts: names }]);
  const children = [...groups.map(([group]) => group), 'ungrouped'];
  return json({ _meta: { hostvars }, all: { children }, ...Object.fromEntries(groups) });
};

/** What it answers to `--host`: the machine's variables; none for one that is not there. */
export const ansibleHost: Render = ([host], files) => json(host ? hostVars(host, files) : {});

function hostVars(host: Host, files: SshFiles): Record<string, unknown> {
  const { ssh } = host;
  const facts = Object.entries(factsOf(host)).map(([key, value]) => [`saltern_${key}`, value]);
  const args = optionWords(host, files).map((option) => `-o ${shellWord(option)}`);
  return {
    ansible_host: ssh.host,
    ansible_port: ssh.port,
    ansible_user: ssh.user,
    ...(files.identity !== null && { ansible_ssh_private_key_file: files.identity }),
    ...(args.length > 0 && { ansible_ssh_common_args: args.join(' ') }),
    ...Object.fromEntries(facts),
    saltern_tags: host.asked.tags,
  };
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
