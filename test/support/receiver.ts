import { createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly event: { readonly id: number; readonly type: string; readonly data: Readonly<Record<string, unknown>> };
}

/** A receiver of webhooks on localhost that can be slow, refuse, go away and come back at the same port. */
export interface Receiver extends AsyncDisposable {
  readonly url: string;
  /** What it took, in order. */
  readonly taken: Received[];
  /** Requests it did not take, too. */
  asked(): number;
  answer: number | ((event: Received['event']) => number);
  delayMs: number;
  down(): Promise<void>;
  up(): Promise<void>;
}

export async function startReceiver(): Promise<Receiver> {
  let server: Server | null = null;
  let port = 0;
  let asked = 0;
  const receiver: Receiver = {
    get url() {
      return `http://127.0.0.1:${port}/hook`;
    },
    taken: [],
    asked: () => asked,
    answer: 200,
    delayMs: 0,
    async down() {
      const ending = server;
      server = null;
      ending?.closeAllConnections();
      await new Promise<void>((resolve) => (ending ? ending.close(() => resolve()) : resolve()));
    },
    async up() {
      server = createServer(async (request, response) => {
        asked += 1;
        const chunks: Buffer[] = [];
        for await (const chunk of request) chunks.push(chunk);
        const body = Buffer.concat(chunks).toString();
        if (receiver.delayMs > 0) await sleep(receiver.delayMs);
        const event: Received['event'] = JSON.parse(body);
        const answer = typeof receiver.answer === 'number' ? receiver.answer : receiver.answer(event);
        if (answer < 300) receiver.taken.push({ headers: request.headers, body, event });
        response.writeHead(answer, { location: '/elsewhere' }).end('thanks');
      });
      await new Promise<void>((resolve) => server?.listen(port, '127.0.0.1', resolve));
      port = (server.address() as AddressInfo).port;
    },
    [Symbol.asyncDispose]: () => receiver.down(),
  };
  await receiver.up();
  return receiver;
}

/** The check that a receiver makes, as the help tells it. */
export function isSigned({ headers, body }: Received, secret: string): boolean {
  const signed = `${headers['x-saltern-timestamp']}.${body}`;
  return headers['x-saltern-signature'] === `sha256=${createHmac('sha256', secret).update(signed).digest('hex')}`;
}
