import type { Call } from './call.ts';
import type { Reply } from './errors.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
export type Handler = (call: Call) => Reply;

/** One endpoint. Path segments that begin with ':' are parameters. */
export interface Route {
  readonly method: Method;
  readonly path: string;
  readonly handle: Handler;
}

export const route = (method: Method, path: string, handle: Handler): Route => ({ method, path, handle });

export interface Match {
  readonly route: Route;
  readonly params: Readonly<Record<string, string>>;
}

/** Finds the route of a request; fixed segments win over parameters. */
export class Router {
  readonly #byShape = new Map<string, { route: Route; segments: readonly string[] }[]>();

  constructor(routes: readonly Route[]) {
    const fixedFirst = routes.toSorted((a, b) => a.path.split(':').length - b.path.split(':').length);
    for (const entry of fixedFirst) {
      const segments = entry.path.split('/');
      const shape = `${entry.method} ${segments.length}`;
      const sameShape = this.#byShape.get(shape);
      if (sameShape) sameShape.push({ route: entry, segments });
      else this.#byShape.set(shape, [{ route: entry, segments }]);
    }
  }

  find(method: string, path: string): Match | null {
    const asked = path.split('/');
    for (const { route: candidate, segments } of this.#byShape.get(`${method} ${asked.length}`) ?? []) {
      const params = match(segments, asked);
      if (params) return { route: candidate, params };
    }
    return null;
  }
}

function match(segments: readonly string[], asked: readonly string[]): Record<string, string> | null {
  const params: Record<string, string> = {};
  for (const [index, segment] of segments.entries()) {
    const value = asked[index] ?? '';
    if (segment.startsWith(':')) params[segment.slice(1)] = decodeURIComponent(value);
    else if (segment !== value) return null;
  }
  return params;
}
