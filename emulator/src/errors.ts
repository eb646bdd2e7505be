/** What goes back over the wire. `body` is sent as JSON, `text` as text/plain; neither means an empty body. */
export interface Reply {
  readonly status: number;
  readonly body?: unknown;
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Thrown by handlers; the server sends its reply. */
export class ApiError extends Error {
  readonly reply: Reply;

  constructor(reply: Reply) {
    super(JSON.stringify(reply.body));
    this.reply = reply;
  }
}

export interface ArgumentProblem {
  readonly argument_name: string;
  readonly reason: 'required' | 'format' | 'constraint';
  readonly help_message: string;
}

export const notFound = (resource: string, id: string): ApiError =>
  new ApiError({
    status: 404,
    body: { type: 'not_found', message: 'resource is not found', resource, resource_id: id },
  });

export const invalidArguments = (details: readonly ArgumentProblem[]): ApiError =>
  new ApiError({ status: 400, body: { type: 'invalid_arguments', message: 'invalid argument(s)', details } });

export const invalid = (
  argument_name: string,
  help_message: string,
  reason: ArgumentProblem['reason'] = 'constraint',
): ApiError => invalidArguments([{ argument_name, reason, help_message }]);

export const deniedAuthentication = (reason: 'not_found' | 'expired' | 'invalid_argument'): ApiError =>
  new ApiError({
    status: 401,
    body: { message: 'authentication is denied', method: 'api_key', reason, type: 'denied_authentication' },
  });

export const permissionsDenied = (action: string, resource: string): ApiError =>
  new ApiError({
    status: 403,
    body: { details: [{ action, resource }], message: 'insufficient permissions', type: 'permissions_denied' },
  });

export const quotasExceeded = (resource: string, quota: number, current: number, organization: string): ApiError =>
  new ApiError({
    status: 403,
    body: {
      details: [{ resource, quota, current, organization_id: organization }],
      message: 'quota(s) exceeded for this resource',
      type: 'quotas_exceeded',
    },
  });

/** No recording shows the HTTP status of this one; clients go by the type. */
export const outOfStock = (resource: string): ApiError =>
  new ApiError({ status: 503, body: { message: 'resource is out of stock', resource, type: 'out_of_stock' } });

/** The instance API says why in `message` and gives no `precondition` (scaleway-cli issue 4827). */
export const preconditionFailed = (message: string): ApiError =>
  new ApiError({ status: 412, body: { message, type: 'precondition_failed' } });

/** The same refusal in the other APIs. */
export const stillInUse = (help_message: string): ApiError =>
  new ApiError({
    status: 412,
    body: {
      help_message,
      message: 'precondition is not respected',
      precondition: 'resource_still_in_use',
      type: 'precondition_failed',
    },
  });

export const transientState = (resource: string, id: string, state: string): ApiError =>
  new ApiError({
    status: 409,
    body: {
      current_state: state,
      message: 'resource is in a transient state',
      resource,
      resource_id: id,
      type: 'transient_state',
    },
  });

/** The gateway's own limit: no body, no content type, no Retry-After. */
export const RATE_LIMITED: Reply = { status: 429, headers: { 'x-envoy-ratelimited': 'true' } };

export const INTERNAL_ERROR: Reply = { status: 500, body: { message: 'internal error', type: 'internal_error' } };
