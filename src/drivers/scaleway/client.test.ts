import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { type Answer, type Asked, scriptedApi } from '../../../test/support/scripted-api.ts';
import { type Client, createClient, type Listing } from './client.ts';

const TOKEN = 'canary-11111111-2222-4333-8444-555555555555';
const Thing = z.object({ id: z.string() });
const Things = z.object({ things: z.array(Thing), total_count: z.number().optional() });

function clientOf(endpoint: string, timeoutMs = 5000): Client {
  return createClient({ endpoint, token: TOKEN, timeoutMs, fetch });
}

function listing(style: 'per_page' | 'page_size'): Listing<z.infer<typeof Things>, { id: string }> {
  const page = ({ things, total_count }: z.infer<typeof Things>) => ({ items: things, total: total_count ?? null });
  return { path: '/things', style, answer: Things, page, id: ({ id }) => id };
}

/** Things `from` up to `to`. */
function things(from: number, to: number): { things: { id: string }[] } {
  return { things: Array.from({ length: to - from }, (_, i) => ({ id: `t${from + i}` })) };
}

describe('lists', () => {
  test('are read to the end by the total in the header', async () => {
    await using api = await scriptedApi(({ query }) => {
      const page = Number(query.get('page'));
      return {
        status: 200,
        json: things((page - 1) * 100, Math.min(page * 100, 230)),
        headers: { 'X-Total-Count': '230' },
      };
    });
    expect(await clientOf(api.url).all(listing('per_page'))).toHaveLength(230);
    expect(api.asked.map(({ query }) => `${query.get('page')}/${query.get('per_page')}`)).toEqual([
      '1/100',
      '2/100',
      '3/100',
    ]);
  });

  test('are read to the end by the total in the body, however small the pages', async () => {
    await using api = await scriptedApi(({ query }) => {
      const page = Number(query.get('page'));
      return { status: 200, json: { ...things((page - 1) * 2, page * 2), total_count: 4 } };
    });
    expect(await clientOf(api.url).all(listing('page_size'))).toHaveLength(4);
  });

  test('without any total are read until a page is empty', async () => {
    await using api = await scriptedApi(({ query }) => ({
      status: 200,
      json: things(0, query.get('page') === '1' ? 3 : 0),
    }));
    expect(await clientOf(api.url).all(listing('per_page'))).toHaveLength(3);
  });

  test.each([
    ['fewer than the total', (page: number) => ({ json: page === 1 ? things(0, 2) : things(0, 0), total: 20 })],
    ['a total that moves', (page: number) => ({ json: things(page - 1, page), total: page === 1 ? 3 : 2 })],
    [
      'an item twice and another never',
      (page: number) => ({ json: page === 3 ? things(0, 0) : things(0, 1), total: 2 }),
    ],
  ])('are never short in silence: %s', async (_, pageOf) => {
    await using api = await scriptedApi(({ query }) => {
      const { json, total } = pageOf(Number(query.get('page')));
      return { status: 200, json, headers: { 'X-Total-Count': String(total) } };
    });
    await expect(clientOf(api.url).all(listing('per_page'))).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('list incomplete'),
    });
  });
});

describe('silences', () => {
  const post = (endpoint: string, timeoutMs?: number, signal?: AbortSignal) =>
    clientOf(endpoint, timeoutMs).call({ method: 'POST', path: '/servers', json: {}, answer: Thing }, signal);
  const get = (endpoint: string, timeoutMs?: number) =>
    clientOf(endpoint, timeoutMs).call({ method: 'GET', path: '/servers', answer: Thing });

  test('a hanging API ends at the deadline, and a change may have happened', async () => {
    await using api = await scriptedApi(() => 'hang');
    await expect(post(api.url, 100)).rejects.toMatchObject({ code: 'timeout', ambiguous: true });
    await expect(get(api.url, 100)).rejects.toMatchObject({ code: 'timeout', ambiguous: false });
  });

  test('a connection cut in mid-answer leaves a change open', async () => {
    await using api = await scriptedApi(() => 'cut');
    await expect(post(api.url)).rejects.toMatchObject({ code: 'unavailable', ambiguous: true, retryable: true });
    await expect(get(api.url)).rejects.toMatchObject({ code: 'unavailable', ambiguous: false });
  });

  test('nobody listening: nothing can have happened', async () => {
    const api = await scriptedApi(() => 'hang');
    await api[Symbol.asyncDispose]();
    await expect(post(api.url)).rejects.toMatchObject({
      code: 'unavailable',
      ambiguous: false,
      message: expect.stringContaining('ECONNREFUSED'),
    });
  });

  test("the caller's abort is `cancelled`", async () => {
    await using api = await scriptedApi(() => 'hang');
    await expect(post(api.url, 5000, AbortSignal.timeout(50))).rejects.toMatchObject({
      code: 'cancelled',
      ambiguous: true,
    });
  });
});

describe('answers', () => {
  const ask = async (answer: Answer, check: (client: Client, asked: readonly Asked[]) => Promise<void>) => {
    await using api = await scriptedApi(() => answer);
    await check(clientOf(api.url), api.asked);
  };
  const get = { method: 'GET', path: '/things/1', answer: Thing } as const;

  test('are JSON whatever the content type says', () =>
    ask(
      { status: 200, json: { id: '1' }, headers: { 'content-type': 'application/json; charset=utf-8' } },
      async (client) => {
        expect(await client.call(get)).toEqual({ id: '1' });
      },
    ));

  test('of another shape are the backend at fault, with its request id', () =>
    ask({ status: 200, json: { hello: 'world' } }, async (client) => {
      await expect(client.call(get)).rejects.toMatchObject({ code: 'unavailable', requestId: 'req-1' });
    }));

  test('that echo the token are masked', () =>
    ask({ status: 401, json: { message: `unknown token ${TOKEN}` } }, async (client) => {
      const error = await client.call(get).catch((thrown: unknown) => thrown);
      expect(JSON.stringify(error) + String(error)).not.toContain('canary');
    }));

  test('that redirect do not carry the token away', () =>
    ask({ status: 302, headers: { location: '/elsewhere' } }, async (client, asked) => {
      await expect(client.call(get)).rejects.toMatchObject({ code: 'unavailable' });
      expect(asked).toHaveLength(1);
      expect(asked[0]?.headers['x-auth-token']).toBe(TOKEN);
    }));
});
