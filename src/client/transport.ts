import type { ClientRequest, IncomingMessage, RequestOptions } from 'node:http';
import { text } from 'node:stream/consumers';
import { ApiError, type ApiErrorFields } from './error.ts';
import { ERROR_CODES, type ErrorCode } from './generated.ts';
import type { Target } from './target.ts';

// Not imported: an import loads everything that node:http can give, fetch and WebSocket too, which takes 18 ms.
const http = process.getBuiltinModule('node:http');

export interface Exchange {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  note(response: IncomingMessage): void;
}

/** One request and its parsed answer (null when it has none). */
export async function exchange(target: Target, ask: Exchange): Promise<unknown> {
  const deadline = AbortSignal.timeout(ask.timeoutMs);
  const signal = ask.signal === undefined ? deadline : AbortSignal.any([ask.signal, deadline]);
  try {
    const body = ask.body === undefined ? undefined : JSON.stringify(ask.body);
    const headers = body === undefined ? {} : { 'content-type': 'application/json' };
    const response = await send(target, { method: ask.method, path: ask.path, headers, signal }, body);
    ask.note(response);
    return await answerOf(response);
  } catch (thrown) {
    if (thrown instanceof ApiError) throw thrown;
    if (deadline.aborted) {
      const message = `the controller at ${target.name} gave no answer to ${ask.method} ${ask.path} in ${ask.timeoutMs} ms`;
      throw new ApiError({ code: 'timeout', message, hint: 'It may have taken effect: look before you repeat it.' });
    }
    throw ask.signal?.aborted ? ask.signal.reason : unreachable(target, thrown);
  }
}

/** Sends, and resolves with the answer's head. */
export async function send(target: Target, options: RequestOptions, body?: string): Promise<IncomingMessage> {
  // Loaded only where it is needed: the command line starts in milliseconds.
  const ask = target.secure ? (await import('node:https')).request : http.request;
  const headers = { ...target.options.headers, ...options.headers };
  return new Promise((resolve, reject) => {
    const request: ClientRequest = ask({ ...target.options, ...options, headers }, resolve);
    request.on('error', reject);
    request.end(body);
  });
}

/** The parsed body of a good answer; throws the error of a bad one. */
export async function answerOf(response: IncomingMessage): Promise<unknown> {
  const status = response.statusCode ?? 0;
  const body = parse(await text(response));
  if (status >= 200 && status < 300) return body;
  throw errorOf(status, body);
}

function errorOf(status: number, body: unknown): ApiError {
  if (typeof body === 'object' && body !== null && 'code' in body && isErrorCode(body.code)) {
    const { message, ...said } = body as ApiErrorFields;
    return new ApiError({ ...said, message: message ?? said.code, status });
  }
  // Not the controller's own words: a proxy's, or those of a controller that is closing.
  const code = status === 503 || status === 502 ? 'unavailable' : 'internal';
  return new ApiError({ code, message: `the controller answered ${status} without a reason`, status });
}

/** Why a connection could not be made or was cut, in words. */
export function unreachable(target: Target, thrown: unknown): ApiError {
  const reason = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : String(thrown);
  if (reason === 'EACCES' || reason === 'EPERM') {
    const hint = 'Run as the user who started it, or join the group of that socket.';
    return new ApiError({ code: 'forbidden', message: `you may not open ${target.name}`, hint }, thrown);
  }
  if (/CERT|SSL|TLS/.test(reason)) {
    const hint = 'Name the file of its certificate authority in NODE_EXTRA_CA_CERTS.';
    return new ApiError({ code: 'forbidden', message: `${target.name} is not trusted (${reason})`, hint }, thrown);
  }
  const message = `no controller answers at ${target.name} (${reason})`;
  return new ApiError({ code: 'unavailable', message, hint: 'Start it with `saltern serve`.' }, thrown);
}

function parse(body: string): unknown {
  if (body === '') return null;
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}

function isErrorCode(code: unknown): code is ErrorCode {
  return ERROR_CODES.includes(code as ErrorCode);
}
