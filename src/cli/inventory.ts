import { join, resolve } from 'node:path';
import type { Client } from '../client/client.ts';
import { CliError } from './base/errors.ts';
import type { Call, Verb } from './base/verb.ts';
import { ansibleHost, ansibleList, ansibleYaml } from './inventory/ansible.ts';
import { writeIdentity, writeWhole } from './inventory/files.ts';
import type { Host, Render, SshFiles } from './inventory/host.ts';
import { hostsFile } from './inventory/hosts.ts';
import { prometheus } from './inventory/prometheus.ts';
import { saltRoster } from './inventory/salt-roster.ts';
import { sshConfig } from './inventory/ssh-config.ts';
import { knownHosts } from './inventory/ssh-options.ts';
import { pages } from './pages.ts';

interface Format {
  readonly render: Render;
  /** It points at host keys and login key in files of their own. */
  readonly ssh: boolean;
}

const FORMATS: Readonly<Record<string, Format>> = {
  ansible: { render: ansibleYaml, ssh: true },
  'salt-roster': { render: saltRoster, ssh: true },
  'ssh-config': { render: sshConfig, ssh: true },
  hosts: { render: hostsFile, ssh: false },
  prometheus: { render: prometheus, ssh: false },
  json: { render: (hosts) => `${JSON.stringify(hosts, null, 2)}\n`, ssh: false },
};

export const verb: Verb = {
  summary: `Write the machines that can be reached for other tools.

Host keys go into a known_hosts file that the text points at. Without --identity you log in with your own key.

A script of two lines, \`#!/bin/sh\` and \`exec saltern inventory "$@"\`, is a dynamic inventory for Ansible: chmod +x hosts.sh; ansible -i hosts.sh all -m ping.`,
  options: [
    { flags: '-f, --format <format>', description: 'the tool that reads it', choices: Object.keys(FORMATS) },
    { flags: '--list', description: 'answer as an Ansible inventory script: all machines' },
    { flags: '--host <name>', description: 'answer as an Ansible inventory script: one machine' },
    { flags: '--name <pattern>', description: 'only machines of this name, with * and ?' },
    { flags: '-p, --profile <name>', description: 'only of this profile' },
    { flags: '--provider <name>', description: 'only of this provider' },
    { flags: '--out <file>', description: 'write here instead of standard output' },
    { flags: '--known-hosts <file>', description: 'where host keys are written (default: in the data directory)' },
    { flags: '--identity <file>', description: "log in with the controller's key, written here (administrators)" },
  ],
  examples: [
    'inventory --format ssh-config --out ~/.ssh/saltern.conf',
    "inventory --format ansible --name 'web-*' --out hosts.yml",
    'inventory --format salt-roster --out /etc/salt/roster --identity /etc/salt/pki/saltern',
    'inventory --list',
  ],
  async run(call) {
    const { options, stdout, stderr, cwd } = call;
    const format = formatOf(call);
    const api = await call.client();
    const filter = { name: options.text('name'), provider: options.text('provider'), profile: options.text('profile') };
    const hosts = await reachable(api, filter);
    const files = sshFiles(call, api);
    if (format.ssh) {
      // Whole, whatever was asked for: another inventory may point at the same file.
      const all = Object.values(filter).some((value) => value !== undefined) ? await reachable(api, {}) : hosts;
      writeWhole(files.knownHosts, knownHosts(all), 0o644);
      if (files.identity !== null) await writeIdentity(api, files.identity, hosts);
    }
    const one = options.text('host');
    const shown = one === undefined ? hosts : hosts.filter(({ name }) => name === one);
    const text = await format.render(shown, files);
    const out = options.text('out');
    if (out === undefined) stdout.write(text);
    else {
      writeWhole(resolve(cwd, out), text, 0o644);
      stderr.write(`Wrote ${shown.length} machines to ${out}.\n`);
    }
    return 0;
  },
};

function formatOf({ options }: Call): Format {
  const script = options.flag('list') ? ansibleList : options.text('host') === undefined ? null : ansibleHost;
  const format = options.text('format');
  if (script && (format ?? 'ansible') !== 'ansible') {
    throw new CliError('invalid', '--list and --host are how Ansible asks: they go with no other --format');
  }
  if (script) return { render: script, ssh: true };
  const named = FORMATS[format ?? ''];
  if (named) return named;
  throw new CliError('invalid', 'for which tool?', { hint: `Give --format ${Object.keys(FORMATS).join('|')}` });
}

async function reachable(api: Client, filter: Readonly<Record<string, string | undefined>>): Promise<Host[]> {
  const hosts = await pages((page) => api.request('GET', '/v1/inventory', { query: { ...filter, ...page } }));
  return hosts.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Kept apart by installation: one person may have several. */
function sshFiles({ options, paths, cwd }: Call, api: Client): SshFiles {
  const standard = join(paths.dataDir, 'known_hosts', api.controller()?.installation ?? 'unknown');
  const [known, identity] = [options.text('knownHosts'), options.text('identity')];
  return {
    knownHosts: known === undefined ? standard : resolve(cwd, known),
    identity: identity === undefined ? null : resolve(cwd, identity),
  };
}
