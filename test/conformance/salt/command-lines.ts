/** One command line that real Salt and ours are both given. */
export interface Line {
  /** Behind `salt-cloud -c DIRECTORY`. */
  readonly line: string;
  /** Which of DIRECTORIES; `metal` unless said. */
  readonly at?: string;
  /** What is answered to a question; through a pipe unless on a terminal. */
  readonly typed?: string;
  readonly terminal?: true;
  /** In what ours is meant to be otherwise, and why. All else has to be the same. */
  readonly differs?: { readonly [part in 'code' | 'stdout' | 'stderr']?: string };
}

const TWO = 'metal:\n  driver: saltify\nrack:\n  driver: saltify\n';
const BOX = 'box:\n  provider: metal\n  ssh_host: 127.0.0.1\n  deploy: False\n';

/**
 * Salt's directories by name. Where Salt's order of several is that of a Python set, there is one of them. All their machines are `saltify`: the only driver that needs no network.
 */
export const DIRECTORIES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  metal: {
    'cloud.providers': TWO,
    'cloud.profiles': `${BOX}sled:\n  provider: rack\n  ssh_host: 127.0.0.2\n  deploy: False\n`,
    'fleet.map': 'box:\n  - web-1\n  - web-2\n',
    'unknown.map': 'bxo:\n  - web-1\n',
    'empty.map': '',
    'bad.map': 'box: [web-1\n',
    'list.map': '- web-1\n',
  },
  one: {
    'cloud.providers': 'metal:\n  driver: saltify\n',
    'cloud.profiles': BOX,
    'web.map': 'box: web-1\n',
  },
  json: { 'cloud.providers': 'metal:\n  driver: saltify\n', 'cloud.profiles': BOX, cloud: 'output: json\n' },
  bare: {},
  'bad-profiles': { 'cloud.providers': TWO, 'cloud.profiles': 'box:\n  provider: [metal\n' },
  'list-providers': { 'cloud.providers': '- metal\n- rack\n' },
};

const PLACE = 'the place in the file is told; Salt says nothing, or nothing that helps';
const NOBODY = 'nobody answered: an error that says so, on a line of its own';
const NEAR = 'the nearest name is told';
const MASTER = "no master is asked: the machines are the inventory's";
const FILTER = 'names choose machines of the map for queries too';

/** The command line itself: what is no option, what excludes what, what needs what. */
const USAGE: readonly (string | Line)[] = [
  '',
  'web-1',
  '--nope',
  '-z',
  '--li',
  '--list',
  '--list-im',
  '--ou json',
  '-Q -F',
  '-QF',
  '-Q --list-providers',
  '--list-images all --list-sizes all',
  '--list-profiles',
  '--query=x',
  '-l bogus -Q',
  '-l',
  '-c',
  '-L',
  '-m',
  '-b',
  '--out',
  '--out-indent x -Q',
  '-p',
  '-p box',
  '-d',
  '-a',
  '-a start',
  '-d -a start',
  '-H',
  '-P',
  '-y',
  '-f',
  '-f avail_images',
  '-f avail_images --x',
  '-f avail_images a=b',
  '-f avail_images metal extra',
  '-f avail_images metal a=b extra other',
  '-b host web-1 extra',
  '--list-providers extra',
  { line: '--version', differs: { stdout: 'who answers is said behind it' } },
  { line: '--version --nope', differs: { stdout: 'who answers is said behind it' } },
];

const LISTINGS: readonly (string | Line)[] = [
  '--list-providers',
  '--list-providers --out yaml',
  '--list-providers --out pprint',
  '--list-providers --out quiet',
  '--list-providers --out bogus',
  '--list-providers --out-file listing.out',
  '--list-providers --force-color',
  '--list-providers --force-color --no-color',
  { line: '--list-providers', terminal: true },
  { line: '--list-providers --no-color', terminal: true },
  { line: '--list-providers', at: 'json' },
  { line: '--list-providers --out raw', at: 'one' },
  { line: '--list-providers --out txt', at: 'one' },
  { line: '--list-providers --out json --out-indent 0', at: 'one' },
  { line: '--list-providers --out json --out-indent -1', at: 'one' },
  { line: '--list-providers', at: 'bare' },
  { line: '--list-providers', at: 'nowhere', differs: { stderr: 'one error instead of a warning and another error' } },
  { line: '--list-providers', at: 'bad-profiles', differs: { stderr: PLACE } },
  { line: '--list-providers', at: 'list-providers', differs: { stderr: PLACE } },
  '--list-profiles all',
  { line: '--list-profiles all --out json', at: 'one' },
  '--list-profiles metal',
  '--list-profiles saltify',
  { line: '--list-profiles all', at: 'bare' },
  {
    line: '--list-profiles nix',
    differs: { code: 'a misspelt provider is an error', stderr: 'as of the other lists' },
  },
  '--list-images all',
  '--list-images metal -L here',
  '--list-im saltify',
  { line: '--list-images nix', at: 'one' },
  { line: '--list-images nix -l quiet', at: 'one' },
  {
    line: '--list-images nix --hard-crash',
    at: 'one',
    differs: { stderr: 'it shows where in the program the error arose' },
  },
  {
    line: '--list-images metal:saltify',
    differs: { code: 'alias:driver is understood', stdout: 'as in -f', stderr: 'no error' },
  },
  '--list-sizes all',
  { line: '--list-sizes nix', at: 'one' },
  '--list-locations all',
  { line: '--list-locations nix', at: 'one' },
];

const ACTIONS: readonly (string | Line)[] = [
  '-Q',
  '-F',
  '-Q --out json',
  '-Q --out yaml -l info',
  '-Q --out raw',
  '-Q --out txt',
  '-Q -m fleet.map',
  { line: '-F -m web.map --out json', at: 'one' },
  '-Q -m empty.map',
  { line: '-Q -m fleet.map web-1', differs: { stdout: FILTER } },
  { line: '-Q -m unknown.map', differs: { code: 'a misspelt profile is an error', stdout: PLACE, stderr: PLACE } },
  {
    line: '-S -m fleet.map',
    differs: { code: 'without query.selection there is nothing to show', stdout: 'the same', stderr: 'it says so' },
  },
  '-f avail_images metal',
  '-f avail_sizes metal --out json',
  { line: '-f list_nodes nix', at: 'one' },
  { line: '-f nope metal', differs: { stderr: 'what there is instead is told' } },
  { line: '-f list_nodes metal', differs: { code: MASTER, stdout: MASTER, stderr: MASTER } },
  { line: '-f show_instance metal', differs: { stderr: "words for the user, not Python's" } },
  { line: '-a start web-1 web-2', typed: 'n\n' },
  { line: '-a start web-1 web-2', typed: '\n' },
  { line: '-a start web-1', typed: 'y\n' },
  { line: '-a start web-1', typed: 'Yes please\n' },
  { line: '-a start web-1', typed: 'y\n', terminal: true },
  { line: '-a start web-1', typed: 'n\n', terminal: true },
  { line: '-a start web-1', differs: { stdout: NOBODY, stderr: NOBODY } },
  '-a start web-1 -y',
  '-a start web-* -y --out json',
  '-a show_instance web-1 -y',
  '-a frobnicate web-1 -y',
  { line: '-a start -m fleet.map', typed: 'n\n' },
  { line: '-a stop -m fleet.map', typed: 'y\n' },
  '-a frobnicate -m fleet.map',
  '-d web-1 -y',
  '-d -m fleet.map -y',
  '-d -m fleet.map web-1',
];

const CREATIONS: readonly (string | Line)[] = [
  { line: '-p nix web-1', differs: { stderr: NEAR } },
  { line: '-p nix web-1 web-2 --out json -l info', differs: { stderr: NEAR } },
  '-p nix web-1 -l quiet',
  '-p nix web-1 -l quiet --out-file listing.out',
  { line: '-m fleet.map', typed: 'n\n' },
  { line: '-m fleet.map', typed: '\n', terminal: true },
  { line: '-m fleet.map', differs: { stdout: NOBODY, stderr: NOBODY } },
  { line: '-m fleet.map web-2', typed: 'n\n' },
  '-m fleet.map -H',
  { line: '-m fleet.map nix -y', differs: { stderr: 'which name it is, is told' } },
  { line: '-m nix.map', differs: { code: 'no mistake of the command line', stderr: 'nor its usage' } },
  { line: '-m unknown.map', differs: { stdout: 'no empty line', stderr: PLACE } },
  { line: '-m unknown.map -H', differs: { stderr: 'refused before the map is looked at' } },
  { line: '-m empty.map', differs: { stderr: 'with a line end' } },
  { line: '-m bad.map', differs: { stderr: PLACE } },
  { line: '-m list.map', differs: { stderr: PLACE } },
  { line: '--set-password joe metal', differs: { code: "Salt's is a traceback", stderr: "Salt's is a traceback" } },
  '-l info --list-providers',
  { line: '-l info --list-providers', terminal: true },
];

export const LINES: readonly Line[] = [...USAGE, ...LISTINGS, ...ACTIONS, ...CREATIONS].map((each) =>
  typeof each === 'string' ? { line: each } : each,
);
