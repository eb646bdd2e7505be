import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyBaseLogger, FastifyInstance, FastifyRequest, RawServerDefault } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { SalternError } from '../core/error.ts';
import type { Actor } from '../core/operation.ts';
import type { Role } from '../core/token.ts';

/** A Fastify whose handlers are typed by their zod schemas. */
export type Api = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>;

/** Who is asking, and what they may do. */
export interface Caller {
  readonly actor: Actor;
  readonly role: Role;
}

declare module 'fastify' {
  interface FastifyRequest {
    caller: Caller | null;
  }
  interface FastifyContextConfig {
    /** What a caller needs; without it `read` for GET and `operate` for all else. `open` asks for nothing. */
    role?: Role | 'open';
  }
}

/** The caller of a request that passed authentication. */
export function callerOf(request: FastifyRequest): Caller {
  if (request.caller === null) throw new SalternError('unauthenticated', 'this request has no caller');
  return request.caller;
}

export function actorOf(request: FastifyRequest): Actor {
  return callerOf(request).actor;
}

/** Aborts when the client goes away, so that a backend is not asked for nobody. */
export function goneSignal(response: ServerResponse): AbortSignal {
  const gone = new AbortController();
  response.once('close', () => gone.abort(new SalternError('cancelled', 'the client went away')));
  return gone.signal;
}
