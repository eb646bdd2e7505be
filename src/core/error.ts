/**
 * The closed list of errors. What to do again, which HTTP status and which exit code follow from the code alone, in one
 * table each. Absence is not an error: look-ups answer null.
 */
export const ERROR_CODES = [
  'invalid', // the request is wrong; the same request can never work
  'unauthenticated', // the credentials are unknown, expired or missing
  'forbidden', // the credentials are known and may not do this
  'not_found', // something the request names does not exist
  'conflict', // the present status forbids it, or somebody else is at it
  'quota', // a limit of the account is reached
  'out_of_stock', // the backend has none of that size now
  'unsupported', // the backend cannot do this at all
  'unavailable', // the backend does not answer, or answers that it cannot now
  'rate_limited', // too many requests
  'timeout', // no answer, or no result, within the time allowed
  'cancelled', // a person or the controller ended it
  'internal', // our own mistake
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

/** Whether the engine tries again by itself, and how patiently. */
export const RETRY = {
  invalid: 'never',
  unauthenticated: 'never',
  forbidden: 'never',
  not_found: 'never',
  conflict: 'never',
  quota: 'never',
  out_of_stock: 'never',
  unsupported: 'never',
  unavailable: 'back-off',
  rate_limited: 'back-off',
  timeout: 'back-off',
  cancelled: 'never',
  internal: 'never',
} as const satisfies Record<ErrorCode, 'never' | 'back-off'>;

export const HTTP_STATUS = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  quota: 422,
  out_of_stock: 422,
  unsupported: 422,
  unavailable: 503,
  rate_limited: 429,
  timeout: 504,
  cancelled: 409,
  internal: 500,
} as const satisfies Record<ErrorCode, number>;

/**
 * Exit codes of the CLI. 0 is success, 1 is left to the shell, 2 is a plan with something to do, 130 is Ctrl-C. A wrong request
 * ends as a wrong command line does: EX_USAGE of sysexits.h.
 */
export const EXIT_CODE = {
  invalid: 64,
  internal: 3,
  unauthenticated: 4,
  forbidden: 5,
  not_found: 6,
  conflict: 7,
  quota: 8,
  out_of_stock: 9,
  unsupported: 10,
  unavailable: 11,
  rate_limited: 12,
  timeout: 13,
  cancelled: 14,
} as const satisfies Record<ErrorCode, number>;

/** One of several mistakes in one request. */
export interface Fault {
  /** The part of the request at fault, as a dotted path. */
  readonly field: string;
  readonly message: string;
  readonly hint?: string;
}

export interface ErrorDetails {
  /** What to do next, one sentence for a person. */
  readonly hint?: string;
  /** The part of the request at fault, as a dotted path. */
  readonly field?: string;
  /** All that is wrong with the request, where that is more than one thing. */
  readonly faults?: readonly Fault[];
  /** The backend's own id of the request, to show to its support. */
  readonly requestId?: string;
  /** The backend told how long to wait, in milliseconds. */
  readonly retryAfterMs?: number;
  /** True when the request may have taken effect although no good answer came (a 5xx, a cut, a timeout). */
  readonly ambiguous?: boolean;
  /** True when an error with a transient code is known to be permanent, or a permanent one to pass (a 409 "transient state"). */
  readonly retry?: boolean;
  readonly cause?: unknown;
}

/** The one error class. `message` says what failed and where; `hint` what to do next; `cause` keeps the inside. */
export class SalternError extends Error {
  readonly code: ErrorCode;
  readonly hint?: string;
  readonly field?: string;
  readonly faults: readonly Fault[];
  readonly requestId?: string;
  readonly retryAfterMs?: number;
  readonly ambiguous: boolean;
  readonly retryable: boolean;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'SalternError';
    this.code = code;
    this.hint = details.hint;
    this.field = details.field;
    this.faults = details.faults ?? [];
    this.requestId = details.requestId;
    this.retryAfterMs = details.retryAfterMs;
    this.ambiguous = details.ambiguous ?? false;
    this.retryable = details.retry ?? RETRY[code] === 'back-off';
  }
}

/** What is kept of an error in the journal and sent over the API. */
export interface ErrorRecord {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint?: string;
  readonly field?: string;
  readonly requestId?: string;
}

/** Any thrown value as one of ours; what is not is our own mistake. */
export function toSalternError(thrown: unknown): SalternError {
  if (thrown instanceof SalternError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new SalternError('internal', message, {
    cause: thrown,
    hint: 'This is a defect: please report it with the log.',
  });
}

export function toRecord(error: SalternError): ErrorRecord {
  const { code, message, hint, field, requestId } = error;
  return { code, message, ...(hint && { hint }), ...(field && { field }), ...(requestId && { requestId }) };
}

export function fromRecord(record: ErrorRecord): SalternError {
  return new SalternError(record.code, record.message, record);
}
