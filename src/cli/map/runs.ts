import type { MapPlan } from '../../client/generated.ts';

type Action = MapPlan['actions'][number];

/** What is lost or stands in the way is always told machine by machine. */
const FOLDED: readonly Action['action'][] = ['create', 'enrol', 'change', 'keep', 'unknown'];
/** Fewer are as well read one by one. */
const LEAST = 4;

/** The actions in their order; neighbours of which all but the name is the same stand together. */
export function runsOf(actions: readonly Action[]): Action[][] {
  const runs: Action[][] = [];
  let last = '';
  for (const action of actions) {
    const { name, machine, origin, profile, nativeId, fingerprint, ...says } = action;
    const key = FOLDED.includes(action.action) && says.nativeIds.length === 0 ? JSON.stringify(says) : '';
    const run = runs.at(-1);
    if (run && key !== '' && key === last) run.push(action);
    else runs.push([action]);
    last = key;
  }
  return runs.flatMap((run) => (run.length < LEAST ? run.map((action) => [action]) : [run]));
}

/** Names in short: `web-1 … web-196, db-1`. Numbers that follow each other stand as a range. */
export function inShort(names: readonly string[]): string {
  const ranges: { first: string; last: string; count: number }[] = [];
  for (const name of names) {
    const range = ranges.at(-1);
    if (range && follows(range.last, name)) {
      range.last = name;
      range.count += 1;
    } else ranges.push({ first: name, last: name, count: 1 });
  }
  return ranges
    .flatMap(({ first, last, count }) => (count > 2 ? `${first} … ${last}` : count === 2 ? [first, last] : first))
    .join(', ');
}

/** `web-9.example` and `web-10.example`: one number in them, and that one more. */
function follows(before: string, after: string): boolean {
  const parts = [before, after].map((name) => /^(.*?)(\d+)(\D*)$/.exec(name));
  const [a, b] = parts;
  if (!a || !b || a[1] !== b[1] || a[3] !== b[3]) return false;
  const [low = '', high = ''] = [a[2], b[2]];
  return BigInt(high) === BigInt(low) + 1n && (low.length === high.length || !low.startsWith('0'));
}
