/**
 * Every generic key of Salt Cloud's profiles and its standing here. Source: Salt's documentation of cloud profiles,
 * salt/utils/cloud.py, salt/cloud/__init__.py and salt/config/__init__.py (3006). What is in no table is the driver's.
 */
interface Honoured {
  readonly is: 'honoured';
  /** What it becomes here. */
  readonly as: string;
}
interface Warned {
  readonly is: 'warned';
  /** Why it has no effect. */
  readonly why: string;
}
interface Refused {
  readonly is: 'refused';
  /** What to do instead: going on without it would make something else than was asked for. */
  readonly instead: string;
}
export type Standing = Honoured | Warned | Refused;

const is = (as: string): Honoured => ({ is: 'honoured', as });
const none = (why: string): Warned => ({ is: 'warned', why });
const no = (instead: string): Refused => ({ is: 'refused', instead });

const MINION = 'minions are not installed yet';
const KEYS = "the minion's keys are made on the machine itself";
const CHANNEL = 'files and commands go over one SSH connection';
const PATIENCE = 'how long the backend may take is known to the driver';
const INVENTORY = 'the inventory takes the place of the cache';
const WINDOWS = 'Windows machines are not managed: take this profile out of the directory.';
const GATEWAY = 'the controller logs in at the gateway with its own key: put that there';

export const SALT_KEYS = {
  // What is made
  image: is('image'),
  size: is('size'),
  commercial_type: is('size (Scaleway)'),
  location: is('location'),
  tags: is('tags'),
  userdata_file: is('user data, read from the file'),
  userdata_template: is('user data, rendered first'),

  // How it is reached
  ssh_username: is('ssh.users: a text or a list, tried in turn'),
  ssh_port: is('ssh.port'),
  ssh_interface: is('ssh.reach'),
  ssh_host: is('options.host, for machines that exist'),
  ssh_connect_timeout: is('ssh.timeout, the longer of the two'),
  wait_for_passwd_timeout: is('ssh.timeout, the longer of the two'),
  ssh_gateway: is('ssh.jump'),
  ssh_gateway_port: is('ssh.jump.port'),
  ssh_gateway_username: is('ssh.jump.user'),
  ssh_gateway_user: is('ssh.jump.user'),
  gateway: is('ssh.jump (saltify)'),
  ssh_gateway_private_key: none(GATEWAY),
  ssh_gateway_key: none(GATEWAY),
  ssh_gateway_password: none(GATEWAY),
  ssh_gateway_command: none('the way through the gateway is opened by SSH itself'),
  key_filename: is('login.privateKey'),
  ssh_keyfile: is('login.privateKey'),
  ssh_key_file: is('login.privateKey'),
  private_key: is('login.privateKey'),
  password: is('login.password'),
  ssh_password: is('login.password'),
  ssh_agent: none('the controller does not reach your agent: name the key file'),
  sudo_password: none('sudo must work without a password'),
  known_hosts_file: none('host keys are always verified'),
  hard_timeout: is('the timeout of each script'),
  wait_for_passwd_maxtries: none('logging in is tried until the time is over'),
  wait_for_ip_timeout: none(PATIENCE),
  wait_for_ip_interval: none(PATIENCE),
  wait_for_ip_interval_multiplier: none(PATIENCE),
  wait_for_fun_timeout: none(PATIENCE),
  wait_for_spot_timeout: none(PATIENCE),

  // What is done on it
  deploy: is('False: no deploy steps, but for inline_script'),
  script: is('a script step'),
  os: is('a script step: the old name of `script`'),
  script_args: is('its arguments'),
  script_env: is('its environment'),
  inline_script: is('a script step at the end'),
  preflight_cmds: is('a script step before the script'),
  file_map: is('file steps'),
  sudo: is('sudo of each step'),
  tty: none('scripts run without a terminal'),
  deploy_command: no('Use `script` with `script_args`.'),
  file_transport: none(CHANNEL),
  use_sftp: none(CHANNEL),
  tmp_dir: none('the directory on the machine is chosen for each step'),
  display_ssh_output: none("a step's output is always kept, and shown by `saltern operation log`"),
  bootstrap_delay: none('SSH is waited for'),

  // The minion and the master on it
  minion: is('a file step: /etc/salt/minion'),
  grains: is('a file step: /etc/salt/grains'),
  master: is('a file step: /etc/salt/master, with make_master'),
  make_master: is('in a map: the others require it'),
  make_minion: is('False: no minion files'),
  master_finger: is('master_finger in /etc/salt/minion'),
  enable_cloud_grains: is('the grain salt-cloud in /etc/salt/minion'),
  requires: is('in a map: what must be ready before'),
  force_minion_config: none('the files of the minion are always written'),
  start_action: none(MINION),
  sync_after_install: none(MINION),
  salt_interface: none(MINION),
  salt_host: none(MINION),
  keysize: none(KEYS),
  master_sign_pub_file: none(KEYS),
  preseed_minion_keys: none(KEYS),
  use_fqdn: none('a machine has the name it is asked for by'),
  domain: none('a machine has the name it is asked for by'),
  append_domain: none('a machine has the name it is asked for by'),

  // Housekeeping
  delete_sshkeys: none('SSH host keys are pinned in the inventory, and gone with the machine'),
  update_cachedir: none(INVENTORY),
  diff_cache_events: none(INVENTORY),
  cache_event_strip_fields: none(INVENTORY),
  filter_events: none('events hold no secrets'),
  pool_size: none('how much runs at once is `limits` of the provider in a file of ours'),

  win_installer: no(WINDOWS),
  win_username: no(WINDOWS),
  win_password: no(WINDOWS),
  win_deploy_auth_retries: no(WINDOWS),
  win_deploy_auth_retry_delay: no(WINDOWS),
  smb_port: no(WINDOWS),
  use_winrm: no(WINDOWS),
  winrm_port: no(WINDOWS),
  winrm_use_ssl: no(WINDOWS),
  winrm_verify_ssl: no(WINDOWS),
} as const satisfies Readonly<Record<string, Standing>>;

type Keys = typeof SALT_KEYS;
export type HonouredKey = { [K in keyof Keys]: Keys[K] extends Honoured ? K : never }[keyof Keys];

/** Keys of the main file alone. Beside these and the profiles' keys it has Salt's own settings, and sdb profiles. */
export const MAIN_KEYS = {
  include: is('read on'),
  providers: is('providers, as in cloud.providers'),
  deploy_scripts_search_path: is('where scripts are looked for'),
  default_include: no('Use `include`.'),
  providers_config: no('Move the file to cloud.providers beside this one.'),
  profiles_config: no('Move the file to cloud.profiles beside this one.'),
  master_config: none('the Salt master is not read'),
  enable_hard_maps: is('`salt-cloud -H` may prune, after it has shown what'),
  parallel: none('machines are made at once, within the limits of the provider'),
  cachedir: none(INVENTORY),
  cache: none(INVENTORY),
  'query.selection': is('the fields that `salt-cloud -S` shows'),
  renderer: none('files are rendered as Jinja, then read as YAML'),
  conf_file: none('it names this file'),
} as const satisfies Readonly<Record<string, Standing>>;

/** What has no meaning here and harms nobody: how Salt itself logs and runs. */
export const SALTS_OWN =
  /^(log_|verify_env$|user$|ssh_auth$|features$|id$|root_dir$|pki_dir$|sock_dir$|conf_dir$|extension_modules$|optimization_order$|hash_type$|output|color$|state_|transport$|interface$|publish_port$|ret_port$|worker_threads$|file_roots$|pillar_roots$|file_ignore|module_dirs$|gather_job_timeout$|timeout$|keep_tmp$|reactor$|rest_|external_auth$|auto_accept$|open_mode$)/;

/** Keys that a driver may have settings of the same name for: in a provider they are the driver's, but for those below. */
const DRIVERS_OWN: readonly string[] = ['password', 'private_key', 'domain', 'gateway', 'script'];
const PLAIN_DRIVERS: readonly string[] = ['scaleway', 'saltify', 'ssh'];

/** The standing of a key in profiles; undefined for what the driver judges. */
export function standingOf(key: string, keys: Readonly<Record<string, Standing>> = SALT_KEYS): Standing | undefined {
  return Object.hasOwn(keys, key) ? keys[key] : undefined;
}

/** The same in a provider, whose profiles inherit it. */
export function standingInProvider(key: string, driver: string | null): Standing | undefined {
  return DRIVERS_OWN.includes(key) && (driver === null || !PLAIN_DRIVERS.includes(driver))
    ? undefined
    : standingOf(key);
}
