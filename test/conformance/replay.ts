import { type Emulator, startEmulator } from 'saltern-emulator';
import type { Cassette, Interaction } from './cassette.ts';
import { isObject, type Json, pairStrings, shapeDifferences } from './shape.ts';

export interface Outcome {
  readonly cassette: string;
  readonly index: number;
  /** For example GET /instance/v1/zones/{zone}/servers/{id}. */
  readonly endpoint: string;
  /** Empty when the emulator answered as recorded. */
  readonly differences: readonly string[];
  /** Why it was not compared, null when it was. */
  readonly skipped: string | null;
}

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
const IPV4 = /\b\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}\b/g;
const OWNER_KEYS = /"(?:project|organization)(?:_id)?": ?"([0-9a-f-]{36})"/g;
/** Emulated time that a recorded answer may take to come true, and how finely it is looked for. */
const PATIENCE_MS = 120_000;
const STEP_MS = 500;

/** Objects whose keys are data. */
const MAPS: readonly [RegExp, readonly string[]][] = [[/\/products\/servers/, ['.servers']]];

/** The endpoint behind a recorded path. */
export const endpointOf = (method: string, path: string): string =>
  `${method} ${(path.split('?')[0] ?? '')
    .replace(/\/zones\/[a-z]{2}-[a-z]{3}-\d/, '/zones/{zone}')
    .replace(/\/regions\/[a-z]{2}-[a-z]{3}/, '/regions/{region}')
    .replace(/\/user_data\/[^/]+$/, '/user_data/{key}')
    .replace(/\/api-keys\/[^/]+$/, '/api-keys/{key}')
    .replace(UUID, '{id}')
    .replace(/\/ips\/[\d.]+$/, '/ips/{id}')}`;

/** Plays a cassette against a fresh emulator whose clock stands still unless an answer has to be awaited. */
export async function replay(cassette: Cassette): Promise<Outcome[]> {
  const owners = ownersOf(cassette);
  const [project] = owners;
  const account = project === undefined ? {} : { project, organization: project, projects: owners };
  const emulator = await startEmulator({ machines: 'none', clockSpeed: 0, ...account });
  try {
    const player = new Player(cassette, emulator);
    await player.seedImages();
    return await player.play();
  } finally {
    await emulator.close();
  }
}

const PUBLIC_OWNER = '51b656e3-4865-41e8-adbc-0c45bdd780db';

function ownersOf(cassette: Cassette): string[] {
  const found = cassette.interactions.flatMap(({ requestBody, body }) =>
    [...`${requestBody} ${body}`.matchAll(OWNER_KEYS)].map((match) => match[1] ?? ''),
  );
  return [...new Set(found)].filter((id) => id !== PUBLIC_OWNER);
}

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

class Player {
  readonly #cassette: Cassette;
  readonly #emulator: Emulator;
  /** Recorded id or address to the emulator's own. */
  readonly #known = new Map<string, string>();

  constructor(cassette: Cassette, emulator: Emulator) {
    this.#cassette = cassette;
    this.#emulator = emulator;
  }

  async play(): Promise<Outcome[]> {
    const outcomes: Outcome[] = [];
    let broken: string | null = null;
    for (const [index, recorded] of this.#cassette.interactions.entries()) {
      const endpoint = endpointOf(recorded.method, recorded.path);
      // Recorder bug of the CLI cassettes: some request bodies are copies of the answer. What depends on them is lost.
      const isOverwritten = recorded.method !== 'GET' && recorded.body !== '' && recorded.requestBody === recorded.body;
      broken ??= isOverwritten ? 'request body overwritten by the recorder' : null;
      const differences = broken ? [] : await this.#compare(recorded);
      outcomes.push({ cassette: this.#cassette.name, index, endpoint, differences, skipped: broken });
    }
    return outcomes;
  }

  /** Images that the cassette uses without having listed them: any of the same kind stands in. */
  async seedImages(): Promise<void> {
    for (const { body, path } of this.#cassette.interactions) {
      const image = findImage(parse(body));
      const zone = /zones\/([^/]+)/.exec(path)?.[1];
      if (!image || !zone || this.#known.has(image.id)) continue;
      const query = `image_label=ubuntu_focal&zone=${zone}&type=${image.type}&arch=${image.arch}`;
      const answer = await this.#send('GET', `/marketplace/v2/local-images?${query}`, '', null);
      const standIn = /"id":"([^"]+)"/.exec(answer.text)?.[1];
      if (standIn) this.#known.set(image.id, standIn);
    }
  }

  async #compare(recorded: Interaction): Promise<string[]> {
    let differences: string[] = [];
    for (let waited = 0; waited <= PATIENCE_MS; waited += STEP_MS) {
      const path = this.#translate(recorded.path);
      const answer = await this.#send(
        recorded.method,
        path,
        this.#translate(recorded.requestBody),
        recorded.requestType,
      );
      differences = compareAnswers(recorded, answer);
      const isSettled = differences.length === 0 && stateOf(recorded.body) === stateOf(answer.text);
      // A refused change has had no effect, so it can be sent again; one that was accepted cannot.
      const canRepeat = recorded.method === 'GET' || (answer.status >= 400 && recorded.status < 400);
      const canChange = waited < PATIENCE_MS && canRepeat;
      if (isSettled || !canChange || (differences.length === 0 && !this.#isMoving())) {
        this.#learn(recorded.body, answer.text);
        return differences;
      }
      this.#emulator.admin.advance(STEP_MS);
    }
    return differences;
  }

  #isMoving(): boolean {
    return this.#emulator.admin.world.servers.all().some((server) => server.phases.length > 0);
  }

  #learn(recorded: string, answered: string): void {
    pairStrings(parse(recorded), parse(answered), (from, to) => {
      if (this.#known.has(from) || from === to) return;
      const isSameKind = [UUID, IPV4].some((kind) => isWhole(kind, from) && isWhole(kind, to));
      if (isSameKind) this.#known.set(from, to);
    });
  }

  #translate(text: string): string {
    return text.replace(UUID, (id) => this.#known.get(id) ?? id).replace(IPV4, (ip) => this.#known.get(ip) ?? ip);
  }

  async #send(method: string, path: string, body: string, type: string | null): Promise<Answer> {
    const { SCW_API_URL = '', SCW_SECRET_KEY = '' } = this.#emulator.env();
    const headers = { 'X-Auth-Token': SCW_SECRET_KEY, ...(type === null ? {} : { 'Content-Type': type }) };
    const hasBody = method !== 'GET' && body !== '';
    const response = await fetch(SCW_API_URL + path, { method, headers, ...(hasBody ? { body } : {}) });
    return { status: response.status, headers: response.headers, text: await response.text() };
  }
}

const isWhole = (kind: RegExp, value: string): boolean => new RegExp(`^(?:${kind.source})$`).test(value);

function compareAnswers(recorded: Interaction, answer: Answer): string[] {
  if (recorded.status !== answer.status)
    return [`status ${recorded.status} recorded, ${answer.status}: ${answer.text}`];
  const differences: string[] = [];
  const type = recorded.headers.get('content-type') ?? null;
  if (type !== answer.headers.get('content-type')) differences.push(`content type ${type} recorded`);
  const watched = ['x-total-count', 'link', ...(recorded.status === 201 ? ['location'] : [])];
  for (const name of watched) {
    if (recorded.headers.has(name) !== answer.headers.has(name)) differences.push(`header ${name} differs`);
  }
  for (const name of ['x-request-id', 'server'])
    if (!answer.headers.has(name)) differences.push(`header ${name} missing`);
  if (type !== 'application/json' || recorded.body === '') return differences;
  const maps = MAPS.find(([path]) => path.test(recorded.path))?.[1] ?? [];
  return [...differences, ...shapeDifferences(parse(recorded.body), parse(answer.text), maps)];
}

function parse(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return null;
  }
}

/** The life-cycle state in an answer, which the replay waits for. */
function stateOf(text: string): string | null {
  const body = parse(text);
  const thing = isObject(body) ? Object.values(body).find(isObject) : undefined;
  return typeof thing?.['state'] === 'string' ? thing['state'] : null;
}

function findImage(body: Json): { id: string; arch: string; type: string } | null {
  if (!isObject(body)) return null;
  const { id, arch, root_volume: root } = body;
  if (typeof id === 'string' && typeof arch === 'string' && isObject(root) && body['public'] === true) {
    return { id, arch, type: root['volume_type'] === 'sbs_snapshot' ? 'instance_sbs' : 'instance_local' };
  }
  for (const value of Object.values(body)) {
    const found = findImage(value);
    if (found) return found;
  }
  return null;
}
