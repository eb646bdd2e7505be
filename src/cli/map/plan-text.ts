import type { MapPlan } from '../../client/generated.ts';
import { type Color, paint } from '../base/color.ts';
import { displayWidth, pad, plain, truncate } from '../base/text.ts';
import { inShort, runsOf } from './runs.ts';

type Action = MapPlan['actions'][number];
type Drift = Action['changes'][number];
type Provider = MapPlan['providers'][number];

interface Paper {
  /** Null: as wide as it gets. */
  readonly width: number | null;
  readonly colors: boolean;
}

const SIGNS: Readonly<Record<Action['action'], readonly [sign: string, color: Color]>> = {
  create: ['+', 'green'],
  enrol: ['+', 'green'],
  change: ['~', 'yellow'],
  replace: ['~', 'red'],
  destroy: ['-', 'red'],
  keep: ['=', 'dim'],
  unknown: ['?', 'red'],
  'not ours': ['!', 'yellow'],
};

/** A plan for people: by provider, a line a machine that something is done about, and what all of it costs. */
export function planText(plan: MapPlan, paper: Paper): string {
  const blocks = plan.providers.map((provider) => {
    const actions = plan.actions.filter((action) => action.provider === provider.name);
    return [...headOf(provider, paper), ...linesOf(actions, provider, paper)].join('\n');
  });
  const end = [...summary(plan), ...costs(plan)].flatMap((line) => wrap(line, 0, paper));
  return `${[...blocks, end.join('\n')].join('\n\n')}\n`;
}

function headOf({ name, driver, scope, status, reason }: Provider, paper: Paper): string[] {
  // Machines that exist have neither endpoint nor project.
  const isRented = scope?.endpoint.includes('://') ?? false;
  const where = scope && isRented ? ` at ${scope.endpoint}` : '';
  const head = paint('bold', `${name} (${driver})${where}`, paper.colors);
  const facts = scope && (isRented ? `account ${scope.account}, project ${scope.project ?? '-'}` : scope.account);
  const account = facts ? wrap(facts, 2, paper) : [];
  const trouble = status === 'ok' ? [] : wrap(`cannot be believed now: ${reason ?? ''}`, 2, paper);
  return [head, ...account, ...trouble.map((line) => paint('red', line, paper.colors))];
}

function linesOf(actions: readonly Action[], provider: Provider, paper: Paper): string[] {
  const quiet = (action: Action) =>
    isKept(action) || (action.action === 'unknown' && action.reason === provider.reason);
  const told = runsOf(actions.filter((action) => !quiet(action))).flatMap((run) => rowOf(run) ?? []);
  const widths = {
    name: Math.max(0, ...told.map(({ name }) => displayWidth(name))),
    verb: Math.max(0, ...told.map(({ verb }) => verb.length)),
    brief: Math.max(0, ...told.map(({ text }) => displayWidth(text))),
    price: Math.max(0, ...told.map(({ price }) => price.length)),
  };
  return [
    ...told.flatMap((row) => [
      lineOf(row, widths, paper),
      ...(row.names === '' ? [] : wrap(row.names, 6, paper)),
      ...(roomFor(widths, paper) === 0 && row.text !== '' ? wrap(row.text, 6, paper) : []),
      ...below(row.action, paper),
    ]),
    ...together(actions.filter(isKept), 'as wanted', paper),
    ...together(
      actions.filter((action) => quiet(action) && !isKept(action)),
      'unknown',
      paper,
    ),
  ];
}

/** What stays with nothing to say about it. */
function isKept({ action, reason }: Action): boolean {
  return action === 'keep' && reason === 'as wanted';
}

/** A line of the plan: a machine, or several of which all but the name is the same. */
interface Row {
  readonly action: Action;
  readonly name: string;
  readonly verb: string;
  readonly text: string;
  readonly price: string;
  /** All names, where they are too long for the line. */
  readonly names: string;
}

/** Names longer than this stand below. */
const LONG = 40;

function rowOf(run: readonly Action[]): Row | null {
  const [action] = run;
  if (action === undefined) return null;
  const one = { action, text: plain(brief(action)), price: priceOf(action), names: '' };
  if (run.length === 1) return { ...one, name: plain(action.name), verb: action.action };
  const short = plain(inShort(run.map(({ name }) => name)));
  const isLong = displayWidth(short) > LONG;
  return {
    ...one,
    name: isLong ? `${run.length} machines` : short,
    verb: `${action.action} ×${run.length}`,
    price: one.price === '' ? '' : `${one.price} each`,
    names: isLong ? short : '',
  };
}

interface Widths {
  readonly name: number;
  readonly verb: number;
  readonly brief: number;
  readonly price: number;
}

/** Below this a text cut short tells nothing. */
const LEAST = 20;

/** Columns for what it is made of; none on a narrow terminal, where that gets a line of its own. */
function roomFor({ name, verb, brief, price }: Widths, { width }: Paper): number {
  const room = (width ?? Number.POSITIVE_INFINITY) - (4 + name + 2 + verb + 2 + (price === 0 ? 0 : price + 2));
  return room < Math.min(brief, LEAST) ? 0 : Math.min(brief, room);
}

function lineOf(row: Row, widths: Widths, paper: Paper): string {
  const { colors } = paper;
  const [sign, color] = SIGNS[row.action.action];
  const verb = paint(color, pad(row.verb, widths.verb), colors);
  const room = roomFor(widths, paper);
  const text = room === 0 ? '' : `  ${pad(truncate(row.text, room), room)}`;
  const cost = widths.price === 0 ? '' : `  ${pad(row.price, widths.price, 'right')}`;
  return `  ${paint(color, sign, colors)} ${pad(row.name, widths.name)}  ${verb}${text}${cost}`.trimEnd();
}

/** What is to be made, or where something stands. */
function brief({ action, reason, size, image, location, nativeId }: Action): string {
  if (action === 'create' || action === 'replace') return [size, image, location].filter(Boolean).join(', ');
  if (action === 'enrol') return reason.replace(/^not in the inventory yet: /, '');
  return action === 'destroy' ? [size, location, nativeId].filter(Boolean).join(', ') : '';
}

/** The lines under a machine: what changes, why it is not done, and what it would take. */
function below(action: Action, paper: Paper): string[] {
  const { changes, reason, needs, nativeIds } = action;
  const drifts = changes.flatMap((drift) => wrap(driftText(drift, action), 6, paper));
  const says = action.action !== 'create' && action.action !== 'enrol' && changes.length === 0;
  const why = says ? wrap(reason, 6, paper) : [];
  const ids = nativeIds.flatMap((id) => wrap(id, 6, paper));
  const lacking = needs.filter((need) => !changes.some((drift) => drift.needs === need && action.action === 'change'));
  const text = needsText(lacking, action);
  const wants = text === '' ? [] : wrap(text, 6, paper);
  const requires = action.requires.length > 0 && action.action !== 'keep' ? `after ${action.requires.join(', ')}` : '';
  return [
    ...drifts,
    ...why,
    ...ids,
    ...wants.map((line) => paint('yellow', line, paper.colors)),
    ...(requires === '' ? [] : wrap(requires, 6, paper)),
  ];
}

const MEANS: Readonly<Record<Drift['what'], string>> = {
  size: 'stops the machine',
  image: '',
  tags: '',
  power: '',
  deploy: 'the deploy steps run again',
  protection: '',
  status: 'goes on where it stopped',
};

function driftText({ what, from, to, needs }: Drift, { action, needs: unmet }: Action): string {
  const change = what === 'tags' ? `+ ${to}` : `${from ?? '-'} → ${to ?? '-'}`;
  const lacks = action === 'change' && needs !== null && unmet.includes(needs) ? `needs --${needs}` : '';
  const notes = [action === 'replace' ? '' : MEANS[what], lacks].filter(Boolean).join('; ');
  return `${what} ${change}${notes === '' ? '' : ` (${notes})`}`;
}

function needsText(needs: readonly Action['needs'][number][], { name, action }: Action): string {
  const flags = needs.filter((need) => need !== 'unprotect' && need !== 'import').map((need) => `--${need}`);
  const what = action === 'replace' ? 'destroys it and makes it anew' : '';
  return [
    what,
    ...(flags.length > 0 ? [`needs ${flags.join(' and ')}`] : []),
    ...(needs.includes('unprotect') ? [`is protected: saltern machine unprotect ${name}`] : []),
    ...(needs.includes('import') ? ['to take it over: saltern import with the same files'] : []),
  ]
    .filter(Boolean)
    .join('; ');
}

/** Machines that have nothing of their own to say stand together in one line. */
function together(actions: readonly Action[], what: string, { width, colors }: Paper): string[] {
  const [first] = actions;
  if (!first) return [];
  const [sign, color] = SIGNS[first.action];
  const text = `${actions.length} ${what}: ${plain(inShort(actions.map(({ name }) => name)))}`;
  return [`  ${paint(color, sign, colors)} ${width === null ? text : truncate(text, width - 4)}`];
}

const COUNTED: readonly (readonly [Action['action'], string])[] = [
  ['create', 'to create'],
  ['enrol', 'to enrol'],
  ['change', 'to change'],
  ['replace', 'to replace'],
  ['destroy', 'to destroy'],
  ['keep', 'as wanted'],
  ['not ours', 'not ours'],
  ['unknown', 'unknown'],
];

function summary({ actions, changes }: MapPlan): string[] {
  if (!changes) return ['Nothing to do: all is as wanted.'];
  const counts = COUNTED.flatMap(([action, text]) => {
    const count = actions.filter((one) => one.action === action).length;
    return count === 0 ? [] : [`${count} ${text}`];
  });
  const left = actions.filter((action) => !isDone(action) && action.action !== 'keep').length;
  return [
    `${counts.join(', ') || 'nothing'}${left > 0 ? `; ${left} of them left as ${left === 1 ? 'it is' : 'they are'}` : ''}`,
  ];
}

/** Whether applying does something about it: of a change, the parts that are allowed. */
export function isDone({ action, needs, changes }: Action): boolean {
  if (action === 'keep' || action === 'unknown' || action === 'not ours') return false;
  if (action !== 'change') return needs.length === 0;
  return changes.some((drift) => drift.needs === null || !needs.includes(drift.needs));
}

function costs({ costs }: MapPlan): string[] {
  return costs.map(({ currency, now, after }) => {
    const same = now.hourly === after.hourly;
    const hourly = same ? now.hourly.toFixed(4) : `${now.hourly.toFixed(4)} → ${after.hourly.toFixed(4)}`;
    const monthly = same ? now.monthly.toFixed(2) : `${now.monthly.toFixed(2)} → ${after.monthly.toFixed(2)}`;
    return `cost: ${hourly} ${currency}/h, ${monthly} ${currency}/month`;
  });
}

function priceOf({ action, price, changes }: Action): string {
  const resized = changes.some(({ what }) => what === 'size');
  const matters = action === 'create' || action === 'replace' || action === 'destroy' || resized;
  if (!price || !matters) return '';
  const sign = action === 'destroy' ? '-' : '';
  return `${sign}${price.hourly.toFixed(4)}/h ${sign}${price.monthly.toFixed(2)}/month ${price.currency}`;
}

/** Lines of at most the paper's width, all indented. Words are not cut. */
function wrap(text: string, indent: number, { width }: Paper): string[] {
  const space = ' '.repeat(indent);
  const words = plain(text).split(' ');
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    const longer = last === undefined ? `${space}${word}` : `${last} ${word}`;
    if (last !== undefined && (width === null || displayWidth(longer) <= width)) lines[lines.length - 1] = longer;
    else lines.push(`${space}${word}`);
  }
  return lines;
}
