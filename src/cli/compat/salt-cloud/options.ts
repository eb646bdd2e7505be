/** One option of Salt Cloud's command line. */
export interface Option {
  readonly short?: `-${string}`;
  readonly long: readonly `--${string}`[];
  /** How many words follow it. */
  readonly takes: 0 | 1 | 2;
  /** What the help calls them; the option's own name in capitals when left out. */
  readonly metavar?: string;
  readonly help: string;
  readonly choices?: readonly string[];
  readonly whole?: true;
}

export const LEVELS = [
  'all',
  'debug',
  'error',
  'critical',
  'garbage',
  'info',
  'profile',
  'quiet',
  'trace',
  'warning',
] as const;

const general = {
  version: { long: ['--version'], takes: 0, help: 'Show the version and exit.' },
  versionsReport: {
    short: '-V',
    long: ['--versions-report'],
    takes: 0,
    help: 'Show the versions of all that matters here and exit.',
  },
  help: { short: '-h', long: ['--help'], takes: 0, help: 'Show this text and exit.' },
  saltfile: { long: ['--saltfile'], takes: 1, help: 'Not read: name every option on the command line.' },
  configDir: {
    short: '-c',
    long: ['--config-dir'],
    takes: 1,
    help: "The directory with cloud.providers and cloud.profiles. Default: '/etc/salt'.",
  },
  hardCrash: { long: ['--hard-crash'], takes: 0, help: 'Show where in the program an error arose.' },
} as const satisfies Group;

const execution = {
  location: {
    short: '-L',
    long: ['--location'],
    takes: 1,
    help: 'Make or look for machines here, not where profile or provider say.',
  },
  action: { short: '-a', long: ['--action'], takes: 1, help: 'start, stop, reboot or show_instance, for machines.' },
  function: {
    short: '-f',
    long: ['--function'],
    takes: 2,
    metavar: '<FUNC-NAME> <PROVIDER>',
    help: 'Run a function of a provider: list_nodes, avail_images, show_instance …; arguments as name=value.',
  },
  profile: { short: '-p', long: ['--profile'], takes: 1, help: 'Create the machines named, from this profile.' },
  map: {
    short: '-m',
    long: ['--map'],
    takes: 1,
    help: 'A map file: create what is missing; with -Q, -F, -S, -d or -a: work on its machines. Names choose some of them.',
  },
  hard: {
    short: '-H',
    long: ['--hard'],
    takes: 0,
    help: 'Also destroy the machines that this map made before and does not name any more. Needs enable_hard_maps.',
  },
  destroy: { short: '-d', long: ['--destroy'], takes: 0, help: 'Destroy the machines named.' },
  noDeploy: { long: ['--no-deploy'], takes: 0, help: 'Run no deploy script on new machines.' },
  parallel: {
    short: '-P',
    long: ['--parallel'],
    takes: 0,
    help: 'Machines are always made side by side, within the limits of their provider.',
  },
  updateBootstrap: {
    short: '-u',
    long: ['--update-bootstrap'],
    takes: 0,
    help: 'There is nothing to update: scripts are read from your files at each run.',
  },
  assumeYes: { short: '-y', long: ['--assume-yes'], takes: 0, help: 'Answer yes to every question.' },
  keepTmp: { short: '-k', long: ['--keep-tmp'], takes: 0, help: 'Accepted; see `saltern operation log` instead.' },
  showDeployArgs: {
    long: ['--show-deploy-args'],
    takes: 0,
    help: 'Show with what the deploy scripts ran. Secrets are left out.',
  },
  scriptArgs: { long: ['--script-args'], takes: 1, help: 'Arguments of the deploy script.' },
  bootstrap: {
    short: '-b',
    long: ['--bootstrap'],
    takes: 1,
    metavar: '<HOST> [MINION_ID] [OPTIONS...]',
    help: 'Enrol a machine that exists, by SSH.',
  },
} as const satisfies Group;

const query = {
  query: { short: '-Q', long: ['--query'], takes: 0, help: 'Show the machines of all providers.' },
  fullQuery: { short: '-F', long: ['--full-query'], takes: 0, help: 'Show all that is known of them.' },
  selectQuery: { short: '-S', long: ['--select-query'], takes: 0, help: 'Show the fields of query.selection.' },
  listProviders: { long: ['--list-providers'], takes: 0, help: 'Show the configured providers.' },
  listProfiles: { long: ['--list-profiles'], takes: 1, help: 'Show the profiles of a provider, or of all.' },
} as const satisfies Group;

const listings = {
  listLocations: { long: ['--list-locations'], takes: 1, help: 'Show the locations of a provider, or of all.' },
  listImages: { long: ['--list-images'], takes: 1, help: 'Show the images of a provider, or of all.' },
  listSizes: {
    long: ['--list-sizes'],
    takes: 1,
    help: 'Show the sizes of a provider, or of all, with prices and stock.',
  },
} as const satisfies Group;

const credentials = {
  setPassword: {
    long: ['--set-password'],
    takes: 2,
    metavar: '<USERNAME> <PROVIDER>',
    help: 'Not supported, as in Salt: put the credentials into the provider file.',
  },
} as const satisfies Group;

const output = {
  output: {
    long: ['--out', '--output'],
    takes: 1,
    help: 'nested (default), json, yaml, raw, pprint, txt or quiet.',
  },
  outIndent: {
    long: ['--out-indent', '--output-indent'],
    takes: 1,
    metavar: 'OUTPUT_INDENT',
    help: 'Columns for each level; negative: all on one line.',
    whole: true,
  },
  outFile: {
    long: ['--out-file', '--output-file'],
    takes: 1,
    metavar: 'OUTPUT_FILE',
    help: 'Write the output to this file.',
  },
  outFileAppend: {
    long: ['--out-file-append', '--output-file-append'],
    takes: 0,
    help: 'Write behind what stands in that file.',
  },
  noColor: { long: ['--no-color', '--no-colour'], takes: 0, help: 'Print no colours.' },
  forceColor: { long: ['--force-color', '--force-colour'], takes: 0, help: 'Print colours everywhere.' },
  stateOutput: { long: ['--state-output', '--state_output'], takes: 1, help: 'Accepted; no states are printed here.' },
  stateVerbose: {
    long: ['--state-verbose', '--state_verbose'],
    takes: 1,
    help: 'Accepted; no states are printed here.',
  },
} as const satisfies Group;

const logging = {
  logLevel: {
    short: '-l',
    long: ['--log-level'],
    takes: 1,
    help: "What is told on standard error, from 'quiet' to 'all'. Default: 'warning'.",
    choices: LEVELS,
  },
  logFile: { long: ['--log-file'], takes: 1, help: 'Write the same to this file. None by default.' },
  logFileLevel: {
    long: ['--log-file-level'],
    takes: 1,
    metavar: 'LOG_LEVEL_LOGFILE',
    help: "What is told in that file. Default: 'warning'.",
    choices: LEVELS,
  },
} as const satisfies Group;

const saltern = {
  legacyExitCodes: {
    long: ['--legacy-exit-codes'],
    takes: 0,
    help: "Salt Cloud's exit codes: 0 whenever the command itself ran, whatever became of the machines, else 1 or 64.",
  },
  imported: { long: ['--imported'], takes: 0, help: 'With -d: machines that others made and we took over, too.' },
  url: { long: ['--url'], takes: 1, help: 'A controller over TCP instead of the socket (or SALTERN_URL).' },
} as const satisfies Group;

type Group = Readonly<Record<string, Option>>;

export const OPTIONS = {
  ...general,
  ...execution,
  ...query,
  ...listings,
  ...credentials,
  ...output,
  ...logging,
  ...saltern,
} as const satisfies Group;
export type OptionName = keyof typeof OPTIONS;

/** In the order of the help. Of an exclusive group only one option may be given. */
export const GROUPS: readonly { readonly title: string; readonly options: Group; readonly exclusive?: true }[] = [
  { title: 'Options', options: general },
  { title: 'Execution Options', options: execution },
  { title: 'Query Options', options: query, exclusive: true },
  { title: 'Cloud Providers Listings', options: listings, exclusive: true },
  { title: 'Cloud Credentials', options: credentials },
  { title: 'Output Options', options: output },
  { title: 'Logging Options', options: logging },
  { title: 'Options of Saltern’s own', options: saltern },
];
