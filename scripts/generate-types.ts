/** TypeScript types of an OpenAPI 3.1 document: only what our own document uses, and an error for all else. */

export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
}

interface Media {
  readonly content?: Readonly<Record<string, { readonly schema: Schema }>>;
}

interface Route {
  readonly summary?: string;
  readonly parameters?: readonly {
    name: string;
    in: string;
    required?: boolean;
    description?: string;
    schema: Schema;
  }[];
  readonly requestBody?: Media;
  readonly responses: Readonly<Record<string, Media>>;
}

export interface Document {
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Route>>>>;
}

/** An interface for each component and `Routes`: method → path → what goes in and what comes out. */
export function typesOf(document: Document): string {
  const components = Object.entries(document.components.schemas).sort(([a], [b]) => (a < b ? -1 : 1));
  const named = components.map(
    ([name, schema]) => `${comment(schema.description, '')}export type ${name} = ${type(schema, '')};\n`,
  );
  return `${named.join('\n')}\n${routes(document)}`;
}

function routes(document: Document): string {
  const byMethod = new Map<string, string[]>();
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const [method, route] of Object.entries(methods)) {
      const lines = byMethod.get(method) ?? [];
      lines.push(`${comment(route.summary, '    ')}    '${path}': ${routeType(route)};\n`);
      byMethod.set(method, lines);
    }
  }
  const groups = [...byMethod].map(([method, lines]) => `  ${method.toUpperCase()}: {\n${lines.join('')}  };\n`);
  return `/** Method, path, and their types. */\nexport interface Routes {\n${groups.join('')}}\n`;
}

function routeType(route: Route): string {
  const { parameters = [], requestBody, responses } = route;
  const fields: [string, string][] = [];
  for (const [place, name] of [
    ['path', 'params'],
    ['query', 'query'],
  ] as const) {
    const here = parameters.filter((parameter) => parameter.in === place);
    if (here.length === 0) continue;
    const properties = Object.fromEntries(
      here.map(({ name, schema, description }) => [name, { ...schema, description }]),
    );
    const required = here.filter((parameter) => parameter.required).map((parameter) => parameter.name);
    fields.push([required.length > 0 ? name : `${name}?`, type({ type: 'object', properties, required }, '        ')]);
  }
  const body = requestBody?.content?.['application/json']?.schema;
  if (body) fields.push([(body.required ?? []).length > 0 || body.$ref ? 'body' : 'body?', type(body, '        ')]);
  const input = fields.map(([name, text]) => `        ${name}: ${text};\n`).join('');
  return `{\n      input: {\n${input}      };\n      answer: ${answerType(responses)};\n    }`;
}

function answerType(responses: Readonly<Record<string, Media>>): string {
  const good = Object.entries(responses).find(([status]) => status.startsWith('2'))?.[1];
  const schema = good?.content?.['application/json']?.schema;
  if (schema) return type(schema, '      ');
  return good?.content ? 'string' : 'null';
}

function type(schema: Schema, indent: string): string {
  if (schema.$ref) return schema.$ref.split('/').at(-1) ?? 'unknown';
  if (schema.const !== undefined) return literal(schema.const);
  if (schema.enum) return schema.enum.map(literal).join(' | ');
  const union = schema.anyOf ?? schema.oneOf;
  if (union) return [...new Set(union.map((each) => type(each, indent)))].join(' | ');
  if (Array.isArray(schema.type)) return schema.type.map((each) => type({ ...schema, type: each }, indent)).join(' | ');
  switch (schema.type) {
    case undefined:
      return 'unknown';
    case 'integer':
    case 'number':
      return 'number';
    case 'string':
    case 'boolean':
    case 'null':
      return schema.type;
    case 'array':
      return arrayType(type(schema.items ?? {}, indent));
    case 'object':
      return objectType(schema, indent);
    default:
      throw new Error(`no TypeScript for the schema type ${schema.type}`);
  }
}

function arrayType(item: string): string {
  return /^\w+$/.test(item) ? `readonly ${item}[]` : `ReadonlyArray<${item}>`;
}

function objectType(schema: Schema, indent: string): string {
  const inner = `${indent}  `;
  const entries = Object.entries(schema.properties ?? {});
  if (entries.length === 0) {
    const values = typeof schema.additionalProperties === 'object' ? schema.additionalProperties : {};
    return `Readonly<Record<string, ${type(values, indent)}>>`;
  }
  const fields = entries.map(([name, field]) => {
    const optional = schema.required?.includes(name) ? '' : '?';
    const key = /^\w+$/.test(name) ? name : `'${name}'`;
    return `${comment(field.description, inner)}${inner}readonly ${key}${optional}: ${type(field, inner)};\n`;
  });
  return `{\n${fields.join('')}${indent}}`;
}

function literal(value: unknown): string {
  return typeof value === 'string' ? `'${value.replaceAll("'", "\\'")}'` : String(value);
}

function comment(text: string | undefined, indent: string): string {
  return text ? `${indent}/** ${text} */\n` : '';
}
