import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, expect, test } from 'vitest';
import { connect } from './client.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

/** A server of bytes: what a controller never says, somebody in between does. */
async function listen(handle: RequestListener): Promise<{ socket: string }> {
  const dir = await mkdtemp(join(tmpdir(), 'saltern-client-'));
  const socket = join(dir, 's');
  const server = createServer(handle);
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  closers.push(() => {
    server.closeAllConnections();
    server.close();
    return rm(dir, { recursive: true });
  });
  return { socket };
}

test('where nobody listens the error says so, and what to do', async () => {
  const asking = connect({ socket: '/nonexistent/saltern.sock' }).request('GET', '/v1/machines');
  await expect(asking).rejects.toMatchObject({ code: 'unavailable', status: null, hint: /saltern serve/ });
});

test('an answer that never comes ends in time', async () => {
  const { socket } = await listen(() => {});
  const asking = connect({ socket, timeoutMs: 60 }).request('GET', '/v1/machines');
  await expect(asking).rejects.toMatchObject({ code: 'timeout', status: null });
});

test('an answer that is cut in the middle is an error, not half an answer', async () => {
  const { socket } = await listen((_request, response) => {
    response.writeHead(200, { 'content-length': 100 }).write('{"items":[]');
    setTimeout(() => response.destroy(), 10);
  });
  await expect(connect({ socket }).request('GET', '/v1/machines')).rejects.toMatchObject({ code: 'unavailable' });
});

test('the words of a proxy are not taken for the controller’s', async () => {
  const { socket } = await listen((_request, response) => response.writeHead(502).end('<h1>Bad Gateway</h1>'));
  await expect(connect({ socket }).request('GET', '/v1/machines')).rejects.toMatchObject({
    code: 'unavailable',
    status: 502,
  });
});

test('paths, queries and bodies arrive as they were meant', async () => {
  const seen: unknown[] = [];
  const { socket } = await listen(async (request, response) => {
    seen.push([request.method, request.url, request.headers['saltern-client-version'], await text(request)]);
    response.end('{"items":[]}');
  });
  const client = connect({ socket, version: '9.9.9' });
  await client.request('GET', '/v1/machines', {
    query: { name: 'a&b', status: ['ready', 'failed'], after: undefined },
  });
  await client.request('POST', '/v1/providers/{provider}/reconcile', {
    params: { provider: 'a/b ü' },
    body: { fix: true },
  });
  expect(seen).toEqual([
    ['GET', '/v1/machines?name=a%26b&status=ready&status=failed', '9.9.9', ''],
    ['POST', '/v1/providers/a%2Fb%20%C3%BC/reconcile', '9.9.9', '{"fix":true}'],
  ]);
});

test('a follower is told at once when it may not follow', async () => {
  const { socket } = await listen((_request, response) =>
    response.writeHead(401).end('{"code":"unauthenticated","message":"no","requestId":"1"}'),
  );
  await expect(connect({ socket }).events().next()).rejects.toMatchObject({ code: 'unauthenticated', status: 401 });
});
