import { z } from 'zod';
import type { ApiContext } from './context.ts';
import type { Api } from './route.ts';

/** For those who watch the controller from outside. */
export function healthRoutes(api: Api, context: ApiContext): void {
  const { store } = context.world.ports;
  const tags = ['health'];

  api.get(
    '/healthz',
    {
      schema: {
        tags,
        summary: 'Answers when the controller and its store do',
        response: { 200: z.object({ ok: z.literal(true) }) },
      },
      config: { role: 'open' },
    },
    async () => {
      await store.events.lastId();
      return { ok: true as const };
    },
  );

  api.get(
    '/metrics',
    {
      schema: {
        tags,
        summary: 'Figures for Prometheus',
        response: { 200: { description: 'Prometheus text format', content: { 'text/plain': { schema: z.string() } } } },
      },
    },
    async (_request, reply) => {
      reply.type('text/plain; version=0.0.4; charset=utf-8').serializer((text: string) => text);
      return context.metrics.scrape(store);
    },
  );

  api.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'unknown';
    const isStream = String(reply.getHeader('content-type')).startsWith('text/event-stream');
    if (!isStream) context.metrics.request(request.method, route, reply.statusCode, reply.elapsedTime);
  });
}
