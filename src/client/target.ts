import type { Agent, RequestOptions } from 'node:http';
import { userInfo } from 'node:os';
import { ApiError } from './error.ts';

// Not imported, as in transport.ts.
const http = process.getBuiltinModule('node:http');

export interface ClientOptions {
  /** Path of the controller's Unix socket; wins over `url`. */
  readonly socket?: string;
  /** `http://host:port` or `https://…`. */
  readonly url?: string;
  readonly token?: string;
  /** For one request, ms; 30 s unless said. Event streams have none. */
  readonly timeoutMs?: number;
  /** The caller's own version, told to the controller. */
  readonly version?: string;
}

/** One controller, ready to be asked. */
export interface Target {
  /** For people: the socket's path or the address. */
  readonly name: string;
  readonly secure: boolean;
  readonly options: RequestOptions;
  readonly agent: Agent | null;
}

/** Where and how requests are sent. Throws `invalid` for an address that is none. */
export function targetOf({ socket, url, token, version }: ClientOptions): Target {
  const headers = {
    accept: 'application/json',
    ...(version !== undefined && { 'saltern-client-version': version }),
    ...(socket !== undefined && { 'saltern-user': userName() }),
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
  };
  if (socket !== undefined) {
    const agent = new http.Agent({ keepAlive: true });
    return { name: socket, secure: false, options: { socketPath: socket, headers, agent }, agent };
  }
  if (url === undefined || !URL.canParse(url)) {
    throw new ApiError({ code: 'invalid', message: `${url ?? 'nothing'} is not the address of a controller` });
  }
  const { protocol, hostname, port, origin } = new URL(url);
  const secure = protocol === 'https:';
  const agent = secure ? null : new http.Agent({ keepAlive: true });
  const host = hostname.replace(/^\[|\]$/g, '');
  return { name: origin, secure, options: { host, port: port || undefined, headers, ...(agent && { agent }) }, agent };
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return 'local'; // a user id without a name, as containers have it
  }
}
