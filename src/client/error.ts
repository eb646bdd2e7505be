import type { ErrorCode } from './generated.ts';

export interface Fault {
  readonly field: string;
  readonly message: string;
  readonly hint?: string;
}

export interface ApiErrorFields {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint?: string | null;
  readonly field?: string | null;
  readonly faults?: readonly Fault[];
  readonly requestId?: string | null;
  readonly status?: number | null;
}

/** What a request failed with: the controller's own words, or ours when it could not be reached (`status` null). */
export class ApiError extends Error {
  readonly code: ErrorCode;
  /** What to do next. */
  readonly hint: string | null;
  /** The part of the request at fault. */
  readonly field: string | null;
  /** All that is wrong with the request, where that is more than one thing. */
  readonly faults: readonly Fault[];
  readonly requestId: string | null;
  readonly status: number | null;

  constructor(fields: ApiErrorFields, cause?: unknown) {
    super(fields.message, cause === undefined ? undefined : { cause });
    this.name = 'ApiError';
    this.code = fields.code;
    this.hint = fields.hint ?? null;
    this.field = fields.field ?? null;
    this.faults = fields.faults ?? [];
    this.requestId = fields.requestId ?? null;
    this.status = fields.status ?? null;
  }
}
