import swagger from '@fastify/swagger';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import { ErrorBody } from './errors.ts';
import type { Api } from './route.ts';

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** The API describes itself at /openapi.json. Register before the routes. */
export async function describe(api: Api): Promise<void> {
  api.addHook('onRoute', (route) => {
    if (route.schema) route.schema.response = { ...(route.schema.response ?? {}), default: ErrorBody };
  });
  await api.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Saltern',
        version: '1',
        description: 'A cloud controller. Names and ids are both accepted everywhere; times are milliseconds.',
      },
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
      security: [{ token: [] }],
    },
    transform: jsonSchemaTransform,
    transformObject: jsonSchemaTransformObject,
  });
  api.get('/openapi.json', { schema: { hide: true }, config: { role: 'open' } }, async (_request, reply) => {
    return reply.type('application/json').serializer(JSON.stringify).send(openApiDocument(api));
  });
}

/** The OpenAPI document of an API that is ready, without what the libraries leave over. */
export function openApiDocument(api: Api): Json {
  const document = tidy(JSON.parse(JSON.stringify(api.swagger())) as Json);
  const schemas = at(at(document, 'components'), 'schemas');
  if (!isObject(schemas)) return document;
  const used = usedSchemas(at(document, 'paths'), schemas);
  for (const name of Object.keys(schemas)) if (!used.has(name)) delete schemas[name];
  return JSON.parse(plainNames(JSON.stringify(document), used)) as Json;
}

/** What is only ever sent to us is called `CreateMachinesInput` by the library; the suffix says nothing then. */
function plainNames(text: string, used: ReadonlySet<string>): string {
  const plain = (name: string) => (used.has(name.slice(0, -5)) ? name : name.slice(0, -5));
  const inputs = [...used].filter((name) => name.endsWith('Input'));
  return inputs.reduce(
    (renamed, name) =>
      renamed.replaceAll(`schemas/${name}"`, `schemas/${plain(name)}"`).replaceAll(`"${name}":`, `"${plain(name)}":`),
    text,
  );
}

/** The library describes each schema both as input and as output; only what a route names is of use. */
function usedSchemas(from: Json, schemas: { [key: string]: Json }, used = new Set<string>()): Set<string> {
  if (!isObject(from) && !Array.isArray(from)) return used;
  const name = isObject(from) && typeof from.$ref === 'string' ? (from.$ref.split('/').at(-1) ?? '') : '';
  if (name !== '' && !used.has(name)) {
    used.add(name);
    usedSchemas(schemas[name] ?? null, schemas, used);
  }
  for (const child of Object.values(from)) usedSchemas(child, schemas, used);
  return used;
}

/** Without what says nothing: `readOnly` (our arrays are so to TypeScript only) and the bounds of every safe integer. */
function tidy(value: Json): Json {
  if (Array.isArray(value)) return value.map(tidy);
  if (!isObject(value)) return value;
  const entries = Object.entries(value).filter(([key, child]) => !isNoise(key, child));
  return Object.fromEntries(entries.map(([key, child]) => [key, tidy(child)]));
}

function isNoise(key: string, value: Json): boolean {
  return (key === 'readOnly' && value === true) || Math.abs(Number(value)) === Number.MAX_SAFE_INTEGER;
}

function at(value: Json, key: string): Json {
  return isObject(value) ? (value[key] ?? null) : null;
}

function isObject(value: Json): value is { [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
