import { PLAIN_SIGHT, type Sight } from './call.ts';
import {
  deniedAuthentication,
  INTERNAL_ERROR,
  outOfStock,
  permissionsDenied,
  quotasExceeded,
  RATE_LIMITED,
  type Reply,
  transientState,
} from './errors.ts';
import { seededRandom } from './random.ts';

/** What a fault does, and when relative to the effect of the request. */
const KINDS = {
  'rate-limit': 'before',
  forbidden: 'before',
  unauthenticated: 'before',
  transient: 'before',
  quota: 'before',
  'out-of-stock': 'before',
  'error-before': 'before',
  'cut-before': 'before',
  hang: 'before',
  'error-after-effect': 'after',
  cut: 'after',
  'late-visible': 'sight',
  'empty-list': 'sight',
  'other-project': 'sight',
} as const satisfies Record<string, 'before' | 'after' | 'sight'>;

export type FaultKind = keyof typeof KINDS;

export const isFaultKind = (name: unknown): name is FaultKind => typeof name === 'string' && Object.hasOwn(KINDS, name);

export interface Fault {
  readonly kind: FaultKind;
  /** `path` is a regular expression over path and query; without it every request matches. */
  readonly match?: { readonly method?: string; readonly path?: string };
  /** Share of the matching requests, 0 to 1; default 1. */
  readonly probability?: number;
  /** How often it may happen; default without end. */
  readonly count?: number;
  /** late-visible: emulated milliseconds until the effect is visible; default 20,000. */
  readonly ms?: number;
  /** Same seed, same sequence of requests, same faults; default 1. */
  readonly seed?: number;
}

const LATE_MS = 20_000;

interface Armed {
  readonly fault: Fault;
  readonly path: RegExp | null;
  readonly random: () => number;
  left: number;
}

/** The faults drawn for one request: at most one that replaces the answer, and how the world looks. */
export interface Drawn {
  readonly kinds: readonly FaultKind[];
  readonly before: FaultKind | null;
  readonly after: FaultKind | null;
  readonly sight: Sight;
}

const NONE: Drawn = { kinds: [], before: null, after: null, sight: PLAIN_SIGHT };

/** Draws faults for requests. */
export class Faults {
  #armed: Armed[] = [];

  add(faults: readonly Fault[]): void {
    for (const fault of faults) {
      const path = fault.match?.path ? new RegExp(fault.match.path) : null;
      this.#armed.push({
        fault,
        path,
        random: seededRandom(fault.seed ?? 1),
        left: fault.count ?? Number.POSITIVE_INFINITY,
      });
    }
  }

  clear(): void {
    this.#armed = [];
  }

  list(): Fault[] {
    return this.#armed.map(({ fault }) => fault);
  }

  /** @param now emulated time, from which late effects count */
  draw(method: string, pathAndQuery: string, now: number): Drawn {
    if (this.#armed.length === 0) return NONE;
    const hits: Fault[] = [];
    for (const armed of this.#armed) {
      const { fault } = armed;
      if (armed.left <= 0 || (fault.match?.method && fault.match.method !== method)) continue;
      if (armed.path && !armed.path.test(pathAndQuery)) continue;
      if (armed.random() >= (fault.probability ?? 1)) continue;
      if (KINDS[fault.kind] !== 'sight' && hits.some((hit) => KINDS[hit.kind] !== 'sight')) continue;
      armed.left--;
      hits.push(fault);
    }
    return describe(hits, now);
  }
}

function describe(hits: readonly Fault[], now: number): Drawn {
  const has = (kind: FaultKind) => hits.find((hit) => hit.kind === kind);
  const late = has('late-visible');
  const foreign = has('other-project') !== undefined;
  const find = (when: 'before' | 'after') => hits.find((hit) => KINDS[hit.kind] === when)?.kind ?? null;
  return {
    kinds: hits.map((hit) => hit.kind),
    before: find('before'),
    after: find('after'),
    sight: { emptyLists: has('empty-list') !== undefined, foreign, visibleAt: late ? now + (late.ms ?? LATE_MS) : 0 },
  };
}

/** The answer that a fault gives in place of the real one; null for those that give none at all. */
export function replyOf(kind: FaultKind): Reply | null {
  switch (kind) {
    case 'rate-limit':
      return RATE_LIMITED;
    case 'forbidden':
      return permissionsDenied('read', 'instance').reply;
    case 'unauthenticated':
      return deniedAuthentication('not_found').reply;
    case 'transient':
      return transientState('instance_server', '', 'syncing').reply;
    case 'quota':
      return quotasExceeded('cp_servers', 0, 0, '').reply;
    case 'out-of-stock':
      return outOfStock('server').reply;
    case 'error-before':
    case 'error-after-effect':
      return INTERNAL_ERROR;
    case 'cut':
    case 'cut-before':
    case 'hang':
    case 'late-visible':
    case 'empty-list':
    case 'other-project':
      return null;
    default:
      return kind satisfies never;
  }
}
