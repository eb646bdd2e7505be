import { SalternError } from '../../core/error.ts';
import type { Sent } from './errors.ts';

/** Failures before a byte was sent: the request cannot have taken effect. */
const NOT_SENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** No whole answer came: which error that is, and whether the request may have taken effect all the same. */
export function unanswered(
  sent: Sent,
  thrown: unknown,
  caller: AbortSignal | undefined,
  deadline: AbortSignal,
): SalternError {
  const where = `${sent.method} ${sent.path}`;
  const changes = sent.method !== 'GET';
  if (caller?.aborted) {
    return new SalternError('cancelled', `${where}: given up by the caller`, { ambiguous: changes, cause: thrown });
  }
  if (deadline.aborted) {
    return new SalternError('timeout', `${where}: no whole answer in time`, {
      hint: 'The backend is slow or hangs; `timeout` of the provider says how many seconds to wait.',
      ambiguous: changes,
      cause: thrown,
    });
  }
  if (thrown instanceof SalternError) return thrown;
  const { code, message } = reason(thrown);
  const tls = /^(CERT_|ERR_TLS|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_)/.test(code ?? '');
  return new SalternError('unavailable', `${where}: ${code ?? 'connection failed'}: ${message}`, {
    hint: tls
      ? 'The certificate of `api_url` is not trusted here: NODE_EXTRA_CA_CERTS names your own authority.'
      : 'Check the network and `api_url` of the provider.',
    ambiguous: changes && !tls && !NOT_SENT.has(code ?? ''),
    cause: thrown,
  });
}

/** `fetch` hides the socket's error, one or two causes deep. */
function reason(thrown: unknown): { code: string | null; message: string } {
  let message = String(thrown);
  for (let error = thrown; error instanceof Error; error = error.cause) {
    message = error.message || message;
    if ('code' in error && typeof error.code === 'string') return { code: error.code, message };
  }
  return { code: null, message };
}
