import { describe, expect, test } from 'vitest';
import type { ErrorCode, SalternError } from '../../core/error.ts';
import { refused, saysGone } from './errors.ts';

interface Case {
  readonly name: string;
  readonly method?: string;
  readonly status: number;
  readonly body?: unknown;
  readonly expected: Partial<SalternError> & { readonly code: ErrorCode };
  /** Words that the message must hold. */
  readonly says?: string;
}

const CASES: readonly Case[] = [
  {
    name: 'a wrong token',
    status: 401,
    body: {
      message: 'authentication is denied',
      method: 'api_key',
      reason: 'not_found',
      type: 'denied_authentication',
    },
    expected: { code: 'unauthenticated', retryable: false, ambiguous: false },
  },
  {
    name: 'a wrong argument names itself',
    method: 'POST',
    status: 400,
    body: {
      type: 'invalid_arguments',
      message: 'invalid argument(s)',
      details: [
        { argument_name: 'image', reason: 'required', help_message: 'required key not provided' },
        { argument_name: 'volumes', reason: 'format' },
      ],
    },
    expected: { code: 'invalid', field: 'image' },
    says: 'image: required key not provided; volumes: format',
  },
  {
    name: 'an error within an error, escaped twice',
    method: 'PATCH',
    status: 400,
    body: {
      type: 'invalid_arguments',
      message: 'invalid argument(s)',
      details: [
        {
          argument_name: 'reverse',
          reason: 'constraint',
          help_message:
            'must_resolve: {"dns": "{\\"type\\": \\"invalid_arguments\\", \\"details\\": [{\\"help_message\\": \\"Your reverse must resolve.\\"}]}"}',
        },
      ],
    },
    expected: { code: 'invalid', field: 'reverse' },
    says: 'reverse: Your reverse must resolve.',
  },
  {
    name: 'no permission on a change is believed',
    method: 'POST',
    status: 403,
    body: { details: [{ action: 'write', resource: 'compute_servers' }], type: 'permissions_denied' },
    expected: { code: 'forbidden', retryable: false },
    says: 'write compute_servers',
  },
  {
    name: 'no permission on a read may be a rate limit',
    status: 403,
    body: { message: 'insufficient permissions', type: 'permissions_denied' },
    expected: { code: 'forbidden', retryable: true },
  },
  {
    name: 'which quota is reached',
    method: 'POST',
    status: 403,
    body: { type: 'quotas_exceeded', details: [{ resource: 'cp_servers_type_DEV1_S', quota: 10, current: 10 }] },
    expected: { code: 'quota', retryable: false },
    says: 'cp_servers_type_DEV1_S: 10 of 10 used',
  },
  {
    name: 'the old form of a quota',
    method: 'POST',
    status: 403,
    body: { type: 'invalid_request_error', message: 'Quota exceeded for this resource.', resource: 'compute_ips' },
    expected: { code: 'quota' },
    says: 'compute_ips',
  },
  {
    name: 'out of stock, whatever the status',
    method: 'POST',
    status: 503,
    body: { type: 'out_of_stock', resource: 'GP1-XS' },
    expected: { code: 'out_of_stock', ambiguous: false, retryable: false },
  },
  {
    name: 'a transient state passes',
    method: 'POST',
    status: 409,
    body: { type: 'transient_state', message: 'resource is in a transient state', current_state: 'configuring' },
    expected: { code: 'conflict', retryable: true },
    says: 'configuring',
  },
  {
    name: 'a precondition does not pass by itself',
    method: 'POST',
    status: 412,
    body: { type: 'precondition_failed', message: 'server should be running' },
    expected: { code: 'conflict', retryable: false },
  },
  { name: 'the empty 429', status: 429, expected: { code: 'rate_limited', retryable: true, ambiguous: false } },
  {
    name: 'how long to wait',
    status: 429,
    body: { type: 'too_many_requests', help_message: 'slow down', reset_seconds: 7 },
    expected: { code: 'rate_limited', retryAfterMs: 7000 },
  },
  {
    name: 'a 500 on a change leaves it open',
    method: 'POST',
    status: 500,
    body: { message: 'internal error', type: 'internal_error' },
    expected: { code: 'unavailable', ambiguous: true, retryable: true },
  },
  { name: 'a 500 on a read does not', status: 500, expected: { code: 'unavailable', ambiguous: false } },
  {
    name: 'a 503 that is for ever',
    method: 'POST',
    status: 503,
    body: { message: 'cloud-init is not supported on this offer' },
    expected: { code: 'unsupported', ambiguous: false, retryable: false },
  },
  {
    name: 'a 503 that passes',
    method: 'POST',
    status: 503,
    body: { message: 'service unavailable' },
    expected: { code: 'unavailable', ambiguous: true, retryable: true },
  },
  {
    name: "a proxy's page",
    method: 'DELETE',
    status: 502,
    body: '<html><title>Bad Gateway</title></html>',
    expected: { code: 'unavailable', ambiguous: true },
    says: '(not JSON) <html>',
  },
];

describe('refused', () => {
  test.each(CASES)('$name', ({ method = 'GET', status, body, expected, says }) => {
    const text = body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body);
    const error = refused({ method, path: '/instance/v1/zones/fr-par-1/servers' }, status, text, 'req-1');
    expect(error).toMatchObject({ ...expected, requestId: 'req-1' });
    expect(error.message).toContain(`${method} /instance/v1/zones/fr-par-1/servers: ${status}`);
    expect(error.message).toContain(says ?? '');
  });
});

test('only a 404 about the very thing says that it is gone', () => {
  const about = (body: string) => refused({ method: 'GET', path: '/servers/a' }, 404, body, null);
  expect(saysGone(about('{"type":"not_found","resource":"instance_server","resource_id":"a"}'), 'a')).toBe(true);
  expect(saysGone(about('{"type":"not_found","resource":"zone","resource_id":"fr-par-9"}'), 'a')).toBe(false);
  expect(saysGone(about('<html>no such page</html>'), 'a')).toBe(false);
});
