import { type Emulator, type EmulatorOptions, startEmulator } from './index.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The parsed body, as loose as the wire; an empty object when it is no JSON. */
  readonly json: ReturnType<typeof JSON.parse>;
}

export type Send = (method: string, path: string, body?: unknown) => Promise<Answer>;

/** An emulator whose clock stands still until a test moves it, with a client that is logged in. */
export async function testEmulator(
  options: Partial<EmulatorOptions> = {},
): Promise<{ emulator: Emulator; send: Send }> {
  const emulator = await startEmulator({ machines: 'none', clockSpeed: 0, ...options });
  const token = emulator.env()['SCW_SECRET_KEY'] ?? '';
  return { emulator, send: (method, path, body) => sendAs(emulator, token, method, path, body) };
}

export async function sendAs(
  emulator: Emulator,
  token: string,
  method: string,
  path: string,
  body?: unknown,
): Promise<Answer> {
  const payload = body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) };
  const response = await fetch(emulator.url + path, { method, headers: { 'X-Auth-Token': token }, ...payload });
  const text = await response.text();
  const isJson = response.headers.get('content-type') === 'application/json' && text !== '';
  return { status: response.status, headers: response.headers, text, json: isJson ? JSON.parse(text) : {} };
}

export const ZONE = '/instance/v1/zones/fr-par-1';

/** The id of a marketplace image in fr-par-1. */
export async function imageOf(send: Send, label = 'debian_bookworm', type = 'instance_sbs', arch = 'x86_64') {
  const query = `image_label=${label}&zone=fr-par-1&type=${type}&arch=${arch}`;
  const { json } = await send('GET', `/marketplace/v2/local-images?${query}`);
  return String(json.local_images[0].id);
}

export async function newServer(send: Send, body: object = {}): Promise<string> {
  const image = await imageOf(send);
  const { json } = await send('POST', `${ZONE}/servers`, { name: 'web', commercial_type: 'DEV1-S', image, ...body });
  return String(json.server.id);
}
