/**
 * Salt Cloud's generic profile keys that mean something to Salt but nothing here yet. Each is told as a warning: what stands
 * there is not done. Source: Salt's documentation of cloud profiles and salt/utils/cloud.py (3006).
 */
const LOGIN = 'the controller logs in with a key of its own, that it gives to the machine';
const MINION = 'minions are not installed yet';
const WAITING = 'how long to wait is `timeout` under `ssh` in a file of ours';

export const NOT_YET: Readonly<Record<string, string>> = {
  minion: MINION,
  grains: MINION,
  master: MINION,
  make_minion: MINION,
  force_minion_config: MINION,
  start_action: MINION,
  sync_after_install: MINION,
  keysize: MINION,
  master_sign_pub_file: MINION,
  preseed_minion_keys: MINION,
  enable_cloud_grains: MINION,
  salt_interface: MINION,
  use_fqdn: MINION,
  domain: MINION,
  key_filename: LOGIN,
  ssh_keyfile: LOGIN,
  ssh_key_file: LOGIN,
  private_key: LOGIN,
  ssh_agent: LOGIN,
  password: LOGIN,
  ssh_password: LOGIN,
  sudo_password: LOGIN,
  known_hosts_file: 'host keys are always verified',
  tty: 'scripts run without a terminal',
  display_ssh_output: "a step's output is always kept, and shown by `saltern operation log`",
  ssh_host: 'the address is the one that the provider tells',
  file_transport: 'files go over the one SSH connection',
  use_sftp: 'files go over the one SSH connection',
  tmp_dir: 'the directory on the machine is chosen for each step',
  hard_timeout: WAITING,
  wait_for_ip_timeout: WAITING,
  wait_for_ip_interval: WAITING,
  wait_for_ip_interval_multiplier: WAITING,
  wait_for_passwd_timeout: WAITING,
  wait_for_passwd_maxtries: WAITING,
  wait_for_fun_timeout: WAITING,
  wait_for_spot_timeout: WAITING,
  ssh_connect_timeout: WAITING,
  bootstrap_delay: WAITING,
  delete_sshkeys: 'SSH host keys are pinned in the inventory, and gone with the machine',
  update_cachedir: 'the inventory takes the place of the cache',
  diff_cache_events: 'the inventory takes the place of the cache',
  cache_event_strip_fields: 'the inventory takes the place of the cache',
  filter_events: 'events hold no secrets',
  pool_size: 'how much runs at once is `limits` of the provider in a file of ours',
};

/** Keys that change what is made so much that going on without them would be wrong. Key → what to do instead. */
export const REFUSED: Readonly<Record<string, string>> = {
  extends: 'Write the keys of the other one here as well, or use a YAML anchor with `<<`.',
  requires: 'Create the machines that it needs first.',
  make_master: 'Install the master with a deploy script for now.',
  deploy_command: 'Use `script` with `script_args`.',
  userdata_template: 'Render it and name the result under `userdata_file`.',
  win_installer: 'Windows machines are not managed.',
  win_username: 'Windows machines are not managed.',
  win_password: 'Windows machines are not managed.',
  use_winrm: 'Windows machines are not managed.',
  ssh_gateway: 'Use `jump` under `ssh` in a file of ours.',
};

/** Why a generic key has no effect in a provider; null for a key that the driver may know (a password, a domain). */
export function warningInProvider(key: string): string | null {
  const reason = NOT_YET[key];
  return reason === undefined || reason === LOGIN || key === 'domain' ? null : reason;
}
