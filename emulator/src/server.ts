import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type Admin, answerAdmin } from './admin.ts';
import { isRegion, isZone } from './catalogue/zones.ts';
import { ApiError, deniedAuthentication, INTERNAL_ERROR, type Reply } from './errors.ts';
import { type Drawn, replyOf } from './faults.ts';
import { ROUTER } from './routes.ts';

const GATEWAY = 'Scaleway API Gateway (fr-par-1;emulator)';

/** The HTTP side: authentication, faults, log and the house rules that all endpoints share. */
export function createHttpServer(admin: Admin): Server {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const raw = Buffer.concat(chunks).toString();
      answer(admin, request, response, raw).catch((error: unknown) => {
        process.stderr.write(`emulator: ${error instanceof Error ? error.stack : String(error)}\n`);
        response.destroy();
      });
    });
  });
  // Longer than any client keeps an idle connection: else one is closed under a request now and then.
  server.keepAliveTimeout = 120_000;
  return server;
}

async function answer(admin: Admin, request: IncomingMessage, response: ServerResponse, raw: string): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://emulator');
  const method = request.method ?? 'GET';
  if (url.pathname.startsWith('/_emulator/')) {
    if (!isLoopback(request.socket.remoteAddress)) return send(response, FORBIDDEN, randomUUID());
    return send(response, await answerAdmin(admin, method, url, raw), randomUUID());
  }
  const requestId = randomUUID();
  const path = url.pathname + url.search;
  const entry = admin.log.begin(requestId, method, path);
  const started = performance.now();
  const drawn = admin.faults.draw(method, path, admin.clock.now());
  entry.faults = drawn.kinds;
  response.on('close', () => {
    entry.durationMs = Math.round((performance.now() - started) * 10) / 10;
  });
  if (admin.latencyMs > 0) await new Promise((resolve) => setTimeout(resolve, admin.latencyMs));
  if (drawn.before === 'hang') return;
  if (drawn.before === 'cut-before') return void response.destroy();

  const faked = drawn.before && replyOf(drawn.before);
  const real = faked ?? handle(admin, request, url, raw, drawn);
  if (drawn.after === 'cut') return cut(response, real, requestId);
  const reply = (drawn.after && replyOf(drawn.after)) ?? real;
  entry.status = reply.status;
  send(response, reply, requestId);
}

function handle(admin: Admin, request: IncomingMessage, url: URL, raw: string, drawn: Drawn): Reply {
  const { world } = admin;
  world.tick();
  try {
    const isPublic = url.pathname.startsWith('/marketplace/');
    if (!isPublic) authenticate(request, world.options.secretKey);
    const match = ROUTER.find(request.method ?? 'GET', url.pathname);
    const { zone, region } = match?.params ?? {};
    if (!match || (zone && !isZone(zone)) || (region && !isRegion(region))) {
      return { status: 404, body: { message: 'Not Found' } };
    }
    return match.route.handle({ world, params: match.params, query: url.searchParams, raw, sight: drawn.sight });
  } catch (error) {
    if (error instanceof ApiError) return error.reply;
    process.stderr.write(
      `emulator: ${request.method} ${url.pathname}: ${error instanceof Error ? error.stack : error}\n`,
    );
    return INTERNAL_ERROR;
  }
}

function authenticate(request: IncomingMessage, secretKey: string): void {
  const token = request.headers['x-auth-token'];
  if (typeof token !== 'string' || token === '') throw deniedAuthentication('invalid_argument');
  if (token !== secretKey) throw deniedAuthentication('not_found');
}

const FORBIDDEN: Reply = { status: 403, body: { message: 'the admin API answers on loopback only' } };

const isLoopback = (address = ''): boolean => /^(::ffff:)?127\.|^::1$/.test(address);

const payload = (reply: Reply): string => reply.text ?? (reply.body === undefined ? '' : JSON.stringify(reply.body));

function writeHead(response: ServerResponse, reply: Reply, requestId: string, length: number): void {
  const type = reply.text !== undefined ? 'text/plain' : reply.body !== undefined ? 'application/json' : null;
  response.writeHead(reply.status, {
    Server: GATEWAY,
    'X-Request-Id': requestId,
    ...(type ? { 'Content-Type': type } : {}),
    ...(reply.status === 204 ? {} : { 'Content-Length': length }),
    ...reply.headers,
  });
}

function send(response: ServerResponse, reply: Reply, requestId: string): void {
  const body = payload(reply);
  writeHead(response, reply, requestId, Buffer.byteLength(body));
  response.end(body);
}

/** Breaks the connection in the middle of the answer; the effect has taken place. */
function cut(response: ServerResponse, reply: Reply, requestId: string): void {
  const body = payload(reply);
  if (body === '') return void response.destroy();
  writeHead(response, reply, requestId, Buffer.byteLength(body));
  response.write(body.slice(0, Math.floor(body.length / 2)), () => response.destroy());
}
