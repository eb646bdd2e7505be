import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { SalternError } from '../core/error.ts';
import type { Actor } from '../core/operation.ts';
import type { Ports } from '../core/ports.ts';
import { ROLES, type Token } from '../core/token.ts';
import { parseDuration } from '../lib/duration.ts';
import { hashToken } from './auth.ts';
import type { ApiContext } from './context.ts';
import { type Api, actorOf } from './route.ts';
import { list, Time } from './schemas.ts';

const tags = ['tokens'];
const config = { role: 'admin' } as const;

const TokenView = z
  .object({ id: z.string(), name: z.string(), role: z.enum(ROLES), expiresAt: Time, createdAt: Time })
  .meta({ id: 'Token' });

const NewToken = TokenView.extend({ token: z.string().describe('Shown this once; only its hash is kept.') }).meta({
  id: 'NewToken',
});

const TokenBody = z
  .strictObject({
    name: z.string().regex(/^[A-Za-z0-9][\w.-]{0,63}$/, 'must be letters, digits, `_`, `.` and `-`, up to 64'),
    role: z.enum(ROLES),
    expiresIn: z
      .string()
      .default('90d')
      .describe('Like `12h` or `90d`.')
      .refine((text) => (parseDuration(text) ?? 0) > 0, 'must be a duration like 12h or 90d'),
  })
  .meta({ id: 'TokenBody' });

/** Tokens for callers that are not on the controller's own socket. */
export function tokenRoutes(api: Api, context: ApiContext): void {
  const { ports } = context.world;
  const { store } = ports;

  api.get(
    '/v1/tokens',
    { schema: { tags, summary: 'List tokens', response: { 200: z.object({ items: list(TokenView) }) } }, config },
    async () => ({ items: await store.tokens.list() }),
  );

  api.post(
    '/v1/tokens',
    { schema: { tags, summary: 'Make a token', body: TokenBody, response: { 201: NewToken } }, config },
    async (request, reply) => {
      const made = await makeToken(ports, request.body);
      await tell(actorOf(request), 'token.created', made);
      return reply.code(201).header('cache-control', 'no-store').send(made);
    },
  );

  api.delete(
    '/v1/tokens/:token',
    {
      schema: {
        tags,
        summary: 'Delete a token',
        params: z.object({ token: z.string().describe('Name or id.') }),
        response: { 204: z.null() },
      },
      config,
    },
    async (request, reply) => {
      const wanted = request.params.token;
      const row = (await store.tokens.list()).find((token) => token.id === wanted || token.name === wanted);
      if (row === undefined) throw new SalternError('not_found', `there is no token ${wanted}`);
      await store.tokens.delete(row.id);
      await tell(actorOf(request), 'token.deleted', row);
      return reply.code(204).send(null);
    },
  );

  function tell(actor: Actor, type: string, { id, name, role }: Pick<Token, 'id' | 'name' | 'role'>) {
    return ports.emit({ actor, type, entity: `token/${id}`, operation: null, data: { name, role } });
  }
}

async function makeToken(ports: Ports, { name, role, expiresIn }: z.output<typeof TokenBody>) {
  const { tokens } = ports.store;
  if ((await tokens.list()).some((token) => token.name === name)) {
    const hint = `Choose another name, or delete it: \`saltern token delete ${name}\``;
    throw new SalternError('conflict', `there is a token ${name} already`, { field: 'name', hint });
  }
  const token = `saltern_${randomBytes(32).toString('base64url')}`;
  const createdAt = ports.clock.now();
  const expiresAt = createdAt + (parseDuration(expiresIn) ?? 0);
  const row = { id: ports.newId(), name, role, hash: hashToken(token), expiresAt, createdAt };
  return { ...(await tokens.insert(row)), token };
}
