import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { ERROR_CODES, HTTP_STATUS, SalternError, toSalternError } from '../core/error.ts';
import { check } from '../lib/check.ts';
import type { Log } from '../lib/log.ts';
import { nearest } from '../lib/nearest.ts';
import type { Api } from './route.ts';

export const ErrorBody = z
  .object({
    code: z.enum(ERROR_CODES),
    message: z.string().describe('What failed, and where.'),
    hint: z.string().optional().describe('What to do next.'),
    field: z.string().optional().describe('The part of the request at fault, as a dotted path.'),
    faults: z
      .array(z.object({ field: z.string(), message: z.string(), hint: z.string().optional() }))
      .optional()
      .describe('All that is wrong with the request, where that is more than one thing.'),
    requestId: z.string().describe("The backend's id of its request where it failed there, else ours."),
  })
  .meta({ id: 'ErrorAnswer' });

/** Every failure leaves in one shape. Register before the routes. */
export function handleErrors(api: Api, log: Log): void {
  const routes = new Map<string, Set<string>>();
  api.addHook('onRoute', (route) => {
    const methods = routes.get(route.url) ?? new Set();
    for (const method of [route.method].flat()) if (method !== 'HEAD') methods.add(method);
    routes.set(route.url, methods);
  });
  api.setErrorHandler((error: FastifyError, request, reply) => answer(fromThrown(error), request, reply, log));
  api.setNotFoundHandler((request, reply) => answer(noRoute(request, routes), request, reply, log));
}

/** Checks a part of a request by its zod schema; the form is Fastify's, the errors are ours. */
export function validatorCompiler({ schema }: { schema: z.ZodType }) {
  return (data: unknown): { value: unknown } | { error: SalternError } => {
    const checked = check(schema, data);
    return checked.ok ? { value: checked.value } : { error: invalid(checked.problem) };
  };
}

/** A problem found in an input as the error that the caller sees. */
function invalid(problem: { field: string; message: string; hint: string | null }): SalternError {
  const { field, message, hint } = problem;
  return new SalternError('invalid', field === '' ? `the body ${message}` : `${field}: ${message}`, {
    ...(field !== '' && { field }),
    ...(hint !== null && { hint }),
  });
}

function fromThrown(thrown: FastifyError): SalternError {
  if (thrown instanceof SalternError) return thrown;
  const status = thrown.statusCode ?? 500;
  if (status === 415) {
    return new SalternError('invalid', 'the body is not JSON by its content-type', {
      hint: 'Send the header `content-type: application/json`.',
      cause: thrown,
    });
  }
  if (status === 413) {
    return new SalternError('invalid', 'the request is larger than 64 MiB', {
      hint: 'Ask for less at once: split the map, or let scripts fetch what is large.',
      cause: thrown,
    });
  }
  // Fastify's own complaints about a request: broken JSON, a body too large, an empty body.
  if (status >= 400 && status < 500) return new SalternError('invalid', thrown.message, { cause: thrown });
  return toSalternError(thrown);
}

function answer(error: SalternError, request: FastifyRequest, reply: FastifyReply, log: Log): FastifyReply {
  const { code, message, hint, field } = error;
  const facts = { requestId: request.id, code, method: request.method, route: request.routeOptions.url ?? null };
  if (code === 'internal') log.error({ ...facts, err: error.cause ?? error }, message);
  else log.debug(facts, message);
  if (error.retryAfterMs !== undefined) reply.header('retry-after', Math.ceil(error.retryAfterMs / 1000));
  if (code === 'unauthenticated') reply.header('www-authenticate', 'Bearer');
  const faults = error.faults.length > 0 ? [...error.faults] : undefined;
  const requestId = error.requestId ?? request.id;
  const body: z.output<typeof ErrorBody> = { code, message, hint, field, faults, requestId };
  return reply.code(HTTP_STATUS[code]).type('application/json').serializer(JSON.stringify).send(body);
}

function noRoute(request: FastifyRequest, routes: ReadonlyMap<string, ReadonlySet<string>>): SalternError {
  const path = request.url.split('?', 1)[0] ?? '';
  const error = (hint: string) => new SalternError('not_found', `there is no ${request.method} ${path}`, { hint });
  for (const [url, methods] of routes) {
    if (matches(url, path)) return error(`This path answers to ${[...methods].join(', ')}.`);
  }
  const near = nearest(path, routes.keys());
  return error(near === null ? 'GET /openapi.json lists all that there is.' : `Did you mean ${near}?`);
}

function matches(url: string, path: string): boolean {
  const [wanted, given] = [url.split('/'), path.split('/')];
  return wanted.length === given.length && wanted.every((part, i) => part.startsWith(':') || part === given[i]);
}
