import { createHash } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { SalternError } from '../core/error.ts';
import { allows, type Role } from '../core/token.ts';
import type { ApiContext } from './context.ts';
import type { Api, Caller } from './route.ts';

/**
 * Who may reach the Unix socket is decided by its file permissions: they may do everything. Everybody else shows a token.
 * Which of both it is follows from what the server listens on, never from the connection: a TCP peer that has gone away
 * has no address either.
 */
export function authenticate(api: Api, context: ApiContext): void {
  api.decorateRequest('caller', null);
  api.addHook('onRequest', async (request) => {
    const needs = request.routeOptions.config?.role ?? (request.method === 'GET' ? 'read' : 'operate');
    if (needs === 'open') return;
    const onSocket = typeof api.server.address() === 'string';
    request.caller = onSocket ? socketCaller(request) : await tokenCaller(request, context);
    assertAllowed(request.caller, needs, `${request.method} ${request.url.split('?', 1)[0]}`);
  });
}

/** Throws `forbidden` when the caller's role does not include what is needed. */
export function assertAllowed(caller: Caller, needs: Role, what: string): void {
  if (allows(caller.role, needs)) return;
  throw new SalternError('forbidden', `${what} needs the role ${needs}; this token has ${caller.role}`, {
    hint: `Use a token with the role ${needs}, or the controller's own socket.`,
  });
}

/** How a token is known: only this is stored. */
export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

/** The name is what the client says of itself, for the history; it grants nothing. */
function socketCaller(request: FastifyRequest): Caller {
  const user = request.headers['saltern-user'];
  const name = typeof user === 'string' && /^[\w.@-]{1,64}$/.test(user) ? user : 'local';
  return { actor: { kind: 'socket', name }, role: 'admin' };
}

async function tokenCaller(request: FastifyRequest, context: ApiContext): Promise<Caller> {
  const [scheme, secret] = (request.headers.authorization ?? '').split(' ');
  if (scheme?.toLowerCase() !== 'bearer' || !secret) {
    throw new SalternError('unauthenticated', 'this request carries no token', {
      hint: 'Send the header `Authorization: Bearer TOKEN`; `saltern token create` makes one.',
    });
  }
  const { store, clock } = context.world.ports;
  const token = await store.tokens.byHash(hashToken(secret));
  if (token === null) throw new SalternError('unauthenticated', 'this token is not known here', { hint: RENEW });
  if (token.expiresAt <= clock.now()) {
    throw new SalternError('unauthenticated', `the token ${token.name} has expired`, { hint: RENEW });
  }
  return { actor: { kind: 'token', name: token.name }, role: token.role };
}

const RENEW = 'Make a new one with `saltern token create` on the controller.';
