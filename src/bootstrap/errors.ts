import { type ErrorCode, SalternError } from '../core/error.ts';
import type { SshTarget } from '../core/shell.ts';
import { formatDuration } from '../lib/duration.ts';
import { credentialsOf, namesOf } from './credentials.ts';
import { fingerprint } from './keys.ts';

interface FailureRule {
  readonly code: ErrorCode;
  /** In few words, for "port 22 of 10.0.0.5 (refused)". */
  readonly said: string;
  readonly hint: string;
}

/** How a connection can fail, told apart. */
export const FAILURES = {
  refused: {
    code: 'unavailable',
    said: 'refused',
    hint: 'The machine answers but nothing listens there: it may still boot; else see that sshd runs on that port.',
  },
  unreachable: {
    code: 'unavailable',
    said: 'no route',
    hint: 'See that the machine is on, that the address is right and that this controller has a route to it.',
  },
  unresolved: {
    code: 'unavailable',
    said: 'name not found',
    hint: 'See that the name is spelled right and that the DNS of this controller knows it.',
  },
  'timed-out': {
    code: 'timeout',
    said: 'timed out',
    hint: 'The machine may still boot; else a firewall or security group drops packets to that port.',
  },
  closed: {
    code: 'unavailable',
    said: 'closed in the handshake',
    hint: 'sshd may still start or be overloaded; if it lasts, read its log on the machine (`journalctl -u ssh`).',
  },
  'no-algorithm': {
    code: 'unsupported',
    said: 'no common algorithm',
    hint: 'Update the SSH server, or enable curve25519/ECDH, AES-CTR or AES-GCM and SHA-2 there.',
  },
  'wrong-host-key': {
    code: 'forbidden',
    said: 'wrong host key',
    hint: 'Another machine may answer at this address. If the machine was rebuilt on purpose, pin its new key.',
  },
  'login-refused': {
    code: 'unauthenticated',
    said: 'refused',
    hint: 'See that one of these users exists and has the key in authorized_keys; `ssh.users` of the profile names others to try.',
  },
  'no-shell': {
    code: 'unavailable',
    said: 'runs no commands',
    hint: 'The login must run commands and print nothing by itself: see the login shell, its rc files and forced commands.',
  },
  'forwarding-refused': {
    code: 'forbidden',
    said: 'forwarding refused',
    hint: 'Set `AllowTcpForwarding yes` in the sshd_config of the jump host.',
  },
} as const satisfies Record<string, FailureRule>;

export type Failure = keyof typeof FAILURES;

const BY_ERRNO: Readonly<Record<string, Failure>> = {
  ECONNREFUSED: 'refused',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  EHOSTDOWN: 'unreachable',
  ENETDOWN: 'unreachable',
  EADDRNOTAVAIL: 'unreachable',
  ENOTFOUND: 'unresolved',
  EAI_AGAIN: 'unresolved',
  ETIMEDOUT: 'timed-out',
};

/** A connection that did not come about: what failed, and for whom. */
export class ConnectError extends SalternError {
  readonly failure: Failure;
  readonly target: SshTarget;
  readonly detail: string;

  constructor(failure: Failure, target: SshTarget, message: string, detail: string = FAILURES[failure].said) {
    super(FAILURES[failure].code, message, { hint: FAILURES[failure].hint });
    this.failure = failure;
    this.target = target;
    this.detail = detail;
  }
}

/** `10.0.0.5:22`, `[2001:db8::1]:22`. */
export function address(target: SshTarget): string {
  return `${target.host.includes(':') ? `[${target.host}]` : target.host}:${target.port}`;
}

export function timedOut(target: SshTarget, stage: 'connect' | 'handshake'): ConnectError {
  const what = stage === 'connect' ? 'no answer' : 'connected, but the handshake did not end';
  const message = `SSH timed out at ${address(target)}: ${what} within ${formatDuration(target.connectTimeoutMs)}`;
  return new ConnectError('timed-out', target, message);
}

export function wrongHostKey(target: SshTarget, seen: string | null, expected: readonly string[]): ConnectError {
  const shown = seen === null ? 'none of a pinned type' : `${seen.split(' ')[0]} ${fingerprint(seen)}`;
  const pinned = expected.map(fingerprint).join(' or ');
  return new ConnectError(
    'wrong-host-key',
    target,
    `the host key at ${address(target)} is not the pinned one: shown ${shown}, expected ${pinned}`,
  );
}

export function loginRefused(target: SshTarget, users: readonly string[]): ConnectError {
  const names = users.join(', ');
  const tried = namesOf(credentialsOf(target, ''));
  return new ConnectError(
    'login-refused',
    target,
    `SSH login refused at ${address(target)} for ${names} with ${tried}`,
  );
}

export function noShell(target: SshTarget, user: string, said: string): ConnectError {
  const detail = said === '' ? 'no output' : said;
  return new ConnectError(
    'no-shell',
    target,
    `SSH lets ${user} in at ${address(target)} but runs no commands: ${detail}`,
    detail,
  );
}

/** An error of the socket or of the SSH library, before the login. */
export function connectError(target: SshTarget, error: Error & { code?: unknown }): ConnectError {
  const failure = BY_ERRNO[String(error.code)] ?? (error.message.includes('no matching') ? 'no-algorithm' : 'closed');
  const why = error.message.replace(/^Handshake failed: /, '') || String(error.code);
  return new ConnectError(failure, target, `SSH ${FAILURES[failure].said} at ${address(target)}: ${why}`);
}

/** A jump host that could not reach on. OpenSSH says why in words only; the reasons are those of RFC 4254, section 5.1. */
export function forwardError(target: SshTarget, jump: string, error: Error & { reason?: unknown }): ConnectError {
  const failure = forwardFailure(error);
  const message = `SSH ${FAILURES[failure].said} at ${address(target)} through ${jump}: ${error.message}`;
  return new ConnectError(failure, target, message);
}

function forwardFailure(error: Error & { reason?: unknown }): Failure {
  if (error.reason === 1) return 'forwarding-refused';
  if (/refused/i.test(error.message)) return 'refused';
  if (/timed out/i.test(error.message)) return 'timed-out';
  if (/resolve|name or service/i.test(error.message)) return 'unresolved';
  return /route|unreachable/i.test(error.message) ? 'unreachable' : 'closed';
}
