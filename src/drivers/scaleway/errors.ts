import { type ErrorCode, type ErrorDetails, SalternError } from '../../core/error.ts';
import { Refusal } from './schema.ts';

type Rule = { readonly code: ErrorCode } & Pick<ErrorDetails, 'retry' | 'hint'>;

/** Read first: answers whose status or type says something else than their words. All were seen in the wild. */
const BY_WORDS: readonly (readonly [RegExp, Rule])[] = [
  [/quota exceeded for this resource/i, { code: 'quota' }],
  [/is not supported on this offer|not supported$/i, { code: 'unsupported', retry: false }],
  [/is not delivered/i, { code: 'conflict', retry: true }],
  [/should be (running|stopped)/i, { code: 'conflict' }],
];

/** The types of Scaleway's standard errors. */
const BY_TYPE: Readonly<Record<string, Rule>> = {
  invalid_arguments: { code: 'invalid' },
  invalid_request_error: { code: 'invalid' },
  denied_authentication: { code: 'unauthenticated' },
  permissions_denied: { code: 'forbidden' },
  quotas_exceeded: { code: 'quota' },
  out_of_stock: { code: 'out_of_stock' },
  not_found: { code: 'not_found' },
  unknown_resource: { code: 'not_found' },
  transient_state: { code: 'conflict', retry: true },
  precondition_failed: { code: 'conflict' },
  already_exists: { code: 'conflict' },
  locked: { code: 'conflict', hint: 'Scaleway has locked it: ask its support.' },
  expired: { code: 'conflict' },
  too_many_requests: { code: 'rate_limited' },
};

const BY_STATUS: Readonly<Record<number, Rule>> = {
  401: { code: 'unauthenticated' },
  403: { code: 'forbidden' },
  404: { code: 'not_found' },
  408: { code: 'timeout' },
  409: { code: 'conflict' },
  410: { code: 'not_found' },
  412: { code: 'conflict' },
  423: { code: 'conflict' },
  429: { code: 'rate_limited' },
};

const HINTS: Partial<Record<ErrorCode, string>> = {
  unauthenticated: 'Check `access_key` and `token` of the provider: the key may be expired, deleted or mistyped.',
  forbidden: "Give the API key's IAM policy this permission on the project, or use another key.",
  quota: 'Destroy what is no longer used, or ask Scaleway for a higher quota.',
  out_of_stock: 'Choose another size or location: `saltern size list` shows what is in stock.',
  unavailable: 'See https://status.scaleway.com, and `api_url` of the provider.',
};

export interface Sent {
  readonly method: string;
  readonly path: string;
}

/** Kept as the `cause`: what a 404 was about, so that "this very thing is gone" can be told from any other 404. */
export interface RefusalFacts {
  readonly status: number;
  readonly resourceId: string | null;
}

/** An answer that is not 2xx, as one of our errors. Message: method, path and the backend's own words. */
export function refused(sent: Sent, status: number, body: string, requestId: string | null): SalternError {
  const refusal = parse(body);
  const said = words(refusal, body, status);
  const rule = ruleFor(status, refusal, said);
  const argument = refusal.details?.[0]?.argument_name ?? Object.keys(refusal.fields ?? {})[0];
  // Under load Scaleway answers 403 where it means 429; a GET may be asked again before that is believed.
  const flapping = rule.code === 'forbidden' && sent.method === 'GET' ? true : undefined;
  const passing = rule.code === 'unavailable' || rule.code === 'timeout';
  const facts: RefusalFacts = { status, resourceId: refusal.resource_id ?? null };
  return new SalternError(rule.code, `${sent.method} ${sent.path}: ${status} ${said}`, {
    hint: rule.hint ?? hintFor(rule.code, refusal),
    field: rule.code === 'invalid' ? argument : undefined,
    requestId: requestId ?? undefined,
    retryAfterMs: refusal.reset_seconds === undefined ? undefined : refusal.reset_seconds * 1000,
    ambiguous: passing && sent.method !== 'GET',
    retry: rule.retry ?? flapping,
    cause: facts,
  });
}

/** True when the backend said of this very thing that it does not exist; a stray 404 (a proxy, a wrong zone) is not that. */
export function saysGone(error: unknown, id: string): boolean {
  if (!(error instanceof SalternError) || error.code !== 'not_found') return false;
  const { cause } = error;
  return typeof cause === 'object' && cause !== null && 'resourceId' in cause && cause.resourceId === id;
}

/** The promise's value, or null when the backend says that this very thing does not exist. */
export async function orNull<T>(id: string, asked: Promise<T>): Promise<T | null> {
  try {
    return await asked;
  } catch (error) {
    if (saysGone(error, id)) return null;
    throw error;
  }
}

/** What was made a moment ago may still be unknown to the next request: that passes, and is no absence. */
export async function unlessUnseen<T>(made: readonly string[], asked: Promise<T>): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    if (!(error instanceof SalternError) || !made.some((id) => saysGone(error, id))) throw error;
    const { message, requestId } = error;
    // What was made stays to be found: whoever tries again must look first, and long enough.
    throw new SalternError('unavailable', `${message} (just made, not visible yet)`, {
      requestId,
      ambiguous: true,
      cause: error,
    });
  }
}

function ruleFor(status: number, refusal: Refusal, said: string): Rule {
  const byWords = BY_WORDS.find(([pattern]) => pattern.test(refusal.message ?? said));
  const byType = refusal.type === undefined ? undefined : BY_TYPE[refusal.type];
  return (
    byWords?.[1] ?? byType ?? BY_STATUS[status] ?? { code: status >= 400 && status < 500 ? 'invalid' : 'unavailable' }
  );
}

function hintFor(code: ErrorCode, refusal: Refusal): string | undefined {
  const first = refusal.details?.[0];
  if (code === 'forbidden' && first?.action && first.resource) {
    return `Give the API key's IAM policy the permission to ${first.action} ${first.resource} in this project.`;
  }
  return HINTS[code];
}

function parse(body: string): Refusal {
  try {
    return Refusal.parse(JSON.parse(body));
  } catch {
    return {};
  }
}

/** The backend's own words on one line. */
function words(refusal: Refusal, body: string, status: number): string {
  if (Object.keys(refusal).length === 0) return body.trim() === '' ? '(no words)' : `(not JSON) ${oneLine(body, 80)}`;
  const details = (refusal.details ?? []).map((detail) => {
    if (detail.argument_name)
      return `${detail.argument_name}: ${innermost(detail.help_message ?? '') || detail.reason}`;
    if (detail.quota !== undefined) return `${detail.resource}: ${detail.current} of ${detail.quota} used`;
    return [detail.action, detail.resource].filter(Boolean).join(' ');
  });
  const fields = Object.entries(refusal.fields ?? {}).map(([name, said]) => `${name}: ${said.join(', ')}`);
  const subject = refusal.resource && `${refusal.resource} ${refusal.resource_id ?? ''}`.trim();
  const rest = [subject, refusal.current_state, refusal.precondition, refusal.help_message, ...details, ...fields];
  const known = rest.filter(Boolean).join('; ');
  return oneLine([refusal.message ?? refusal.type ?? `status ${status}`, known].filter(Boolean).join(': '), 500);
}

/** The public gateway API puts another API's whole error, escaped twice, into a help message: only its core is for people. */
function innermost(help: string): string {
  return /"help_message":\s*"([^"]*)"/.exec(help.replaceAll('\\', ''))?.[1] ?? help;
}

function oneLine(text: string, limit: number): string {
  const flat = text.replace(/\s+/g, ' ').trim();
  return flat.length > limit ? `${flat.slice(0, limit)}…` : flat;
}
