import { stringify } from 'yaml';
import type { DeployStep } from '../core/deploy.ts';
import type { Bundle, Overrides, ProfileInput, ProviderInput } from './bundle.ts';
import { defined } from './readers.ts';

/** A file of ours, with what it needs beside it. */
export interface Written {
  readonly text: string;
  /** What the file names instead of holding it. */
  readonly variables: readonly Variable[];
  /** Texts too secret to stand in it: each to be written to its path, for its owner alone. */
  readonly files: readonly { readonly path: string; readonly content: string }[];
}

export interface Variable {
  readonly name: string;
  /** What it stands for, and where that is written now. */
  readonly means: string;
}

export interface WriteOptions {
  /** How a path is written in the file. */
  readonly display: (path: string) => string;
  /** Where texts too secret for the file are put: a directory beside it. */
  readonly secrets: string;
}

type Plain = Readonly<Record<string, unknown>>;

const SECRET_KEY = /token|secret|passw|passphrase|api_?key|private|credential/i;
const SECRET_TEXT = /PRIVATE KEY-----|^[^\n]*(?:passw(?:or)?d|secret|token|api_?key)[\w-]*["']?\s*[:=]\s*\S/im;

/** The whole bundle in our own format. No secret stands in it: variables and files of their own take their place. */
export function writeOurs(bundle: Bundle, options: WriteOptions): Written {
  const writer = new Writer(bundle, options);
  const body = defined({
    providers: mapping(bundle.providers, (it) => writer.provider(it)),
    profiles: mapping(bundle.profiles, (it) => writer.profile(it, `profiles.${it.name}`)),
    machines: mapping(
      bundle.maps.flatMap(({ machines }) => machines),
      (it) => {
        const { profile, requires, overrides } = it;
        return { ...defined({ profile, requires }), ...writer.profile(overrides ?? {}, `machines.${it.name}`) };
      },
    ),
  });
  const sections = Object.entries(body).map(([key, value]) => stringify({ [key]: value }, { lineWidth: 0 }));
  const text = [comments(bundle), ...sections].filter((it) => it !== '').join('\n');
  return { text, variables: writer.variables, files: writer.files };
}

function mapping<T extends { readonly name: string }>(
  items: readonly T[],
  write: (item: T) => Plain,
): Plain | undefined {
  return items.length === 0 ? undefined : Object.fromEntries(items.map((item) => [item.name, write(item)]));
}

/** Where it comes from, and what did not come along. */
function comments({ files, problems, maps }: Bundle): string {
  const lost = new Set(
    problems.map(({ file, line, message, hint }) => `${file}:${line}: ${message}${hint ? ` (${hint})` : ''}`),
  );
  const lines = [`Written by \`saltern config import\` from ${files.join(', ')}.`];
  if (maps.length > 0)
    lines.push('What `--prune` ends is only what this very file wanted before: not what was made from the Salt map.');
  if (lost.size > 0) lines.push('', 'Not carried over:', ...[...lost].map((it) => `- ${it}`));
  return `${lines.map((line) => `# ${line}`.replace(/[\x00-\x1f]/g, ' ').trimEnd()).join('\n')}\n`;
}

class Writer {
  readonly variables: Variable[] = [];
  readonly files: { path: string; content: string }[] = [];
  readonly #values = new Map<string, string>();
  readonly #bundle: Bundle;
  readonly #options: WriteOptions;

  constructor(bundle: Bundle, options: WriteOptions) {
    this.#bundle = bundle;
    this.#options = options;
  }

  provider({ name, driver, settings, limits, from }: ProviderInput): Plain {
    const own = Object.entries(settings).filter(([key]) => !Object.hasOwn(from, key));
    return defined({
      driver,
      ...Object.fromEntries(own.map(([key, value]) => [key, this.#value(key, value, `providers.${name}.${key}`)])),
      limits:
        limits &&
        defined({
          concurrency: limits.concurrency,
          requests_per_second: limits.requestsPerSecond,
          burst: limits.burst,
        }),
    });
  }

  profile(it: Overrides | ProfileInput, pointer: string): Plain {
    const { userData, options, deploy, ssh, login } = it;
    return defined({
      provider: 'provider' in it ? it.provider : undefined,
      image: escaped(it.image),
      size: escaped(it.size),
      location: escaped(it.location),
      tags: it.tags?.map(escaped),
      ssh: ssh && this.#ssh(ssh),
      ...(typeof userData === 'string' &&
        this.#content('user_data', 'user_data_file', userData, `${pointer}.user_data`)),
      deploy: deploy && (deploy.length > 0 || !('provider' in it)) ? this.#steps(deploy, pointer) : undefined,
      on_failure: it.onFailure,
      protect: it.protected,
      login: login && this.#login(login, pointer),
      options: options && Object.keys(options).length > 0 ? this.#value('', options, `${pointer}.options`) : undefined,
    });
  }

  #ssh({ users, port, reach, timeoutMs, authorizedKeys, jump }: NonNullable<Overrides['ssh']>): Plain {
    return defined({
      users: users?.map(escaped),
      port,
      reach,
      timeout: durationText(timeoutMs),
      authorized_keys: authorizedKeys?.map(escaped),
      jump: jump
        ? defined({
            ...jump,
            host: escaped(jump.host),
            user: escaped(jump.user),
            hostKey: undefined,
            host_key: jump.hostKey ?? undefined,
          })
        : undefined,
    });
  }

  #login({ password, privateKey, passphrase }: NonNullable<Overrides['login']>, pointer: string): Plain {
    const variable = (key: string, value: string | undefined) => {
      return value === undefined ? undefined : this.#variable(`${pointer}.${key}`, value);
    };
    return defined({
      password: variable('password', password),
      private_key_file: privateKey === undefined ? undefined : this.#path(privateKey, `${pointer}.private_key`),
      passphrase: variable('passphrase', passphrase),
    });
  }

  #steps(steps: readonly DeployStep[], pointer: string): Plain[] {
    return steps.map((step, i) => {
      const at = `${pointer}.${i}`;
      switch (step.kind) {
        case 'file': {
          const { kind, path, content, perMachine: per_machine, ...rest } = step;
          const text = this.#content('content', 'source', content, at);
          return { file: defined({ path: escaped(path), ...text, ...rest, per_machine }) };
        }
        case 'script': {
          const { name, content, args, env, timeoutMs, onInterrupted, sudo } = step;
          return {
            script: defined({
              name: escaped(name),
              ...this.#content('content', 'source', content, at),
              args: args?.map(escaped),
              env: env && this.#value('', env, pointer),
              sudo,
              timeout: durationText(timeoutMs),
              on_interrupted: onInterrupted,
            }),
          };
        }
        case 'ssh-key':
          return { ssh_key: defined({ key: escaped(step.publicKey), user: escaped(step.user) }) };
        default:
          return step satisfies never;
      }
    });
  }

  /** The file it was read from, else the text itself unless that seems to hold a secret. */
  #content(inline: string, file: string, content: string, pointer: string): Plain {
    const isFile = this.#bundle.pathOf(content) !== null || SECRET_TEXT.test(content);
    return isFile ? { [file]: this.#path(content, pointer) } : { [inline]: content };
  }

  #path(content: string, pointer: string): string {
    const known = this.#bundle.pathOf(content);
    if (known !== null) return escapedText(this.#options.display(known));
    const path = `${this.#options.secrets}/${pointer.replace(/[^\w.-]+/g, '-')}`;
    this.files.push({ path, content });
    return escapedText(this.#options.display(path));
  }

  /** Data with its texts as they must be written, and what is secret by its key taken out. */
  #value(key: string, value: unknown, pointer: string): unknown {
    if (typeof value === 'string')
      return SECRET_KEY.test(key) && value !== '' ? this.#variable(pointer, value) : escapedText(value);
    if (Array.isArray(value)) return value.map((it, i) => this.#value(key, it, `${pointer}.${i}`));
    if (value === null || typeof value !== 'object') return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, it]) => [name, this.#value(name, it, `${pointer}.${name}`)]),
    );
  }

  /** A reference to a variable; one for what is the same under the same key. */
  #variable(pointer: string, value: string): string {
    const [, name = '', key = ''] = /^\w+\.(.+)\.([^.]+)$/.exec(pointer) ?? [];
    const known = this.#values.get(`${key}=${value}`);
    if (known !== undefined) return `\${${known}}`;
    const base = `${name}_${key}`
      .toUpperCase()
      .replace(/[^A-Z0-9]+/g, '_')
      .replace(/^(?=\d)/, '_');
    const taken = this.variables.filter((it) => it.name === base || it.name.startsWith(`${base}_`)).length;
    const variable = taken === 0 ? base : `${base}_${taken + 1}`;
    const at = this.#bundle.locate(pointer);
    this.variables.push({ name: variable, means: `${key} of "${name}"${at ? `, now at ${at.file}:${at.line}` : ''}` });
    this.#values.set(`${key}=${value}`, variable);
    return `\${${variable}}`;
  }
}

function durationText(ms: number | undefined): string | undefined {
  if (ms === undefined) return undefined;
  return ms % 1000 === 0 ? `${ms / 1000}s` : `${ms}ms`;
}

/** A plain `${` is doubled: it would name a variable. */
function escapedText(text: string): string {
  return text.replaceAll('${', () => '$${');
}

function escaped(text: string | undefined): string | undefined {
  return text === undefined ? undefined : escapedText(text);
}
