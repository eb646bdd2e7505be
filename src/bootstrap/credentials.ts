import ssh2, { type AnyAuthMethod, type AuthHandlerMiddleware } from 'ssh2';
import { SalternError } from '../core/error.ts';
import type { SshTarget } from '../core/shell.ts';
import { privateFingerprint } from './keys.ts';

interface Credential {
  /** For people; never the secret itself. */
  readonly name: string;
  readonly method: AnyAuthMethod;
}

/**
 * How a user is let in, in this order: our own key, the key of the first login, its password (asked for outright or, as PAM
 * does, with a question). One connection tries all of them. `invalid` when a key cannot be read.
 */
export function credentialsOf({ privateKey, login }: SshTarget, username: string): readonly Credential[] {
  const own = `key ${privateFingerprint(privateKey)}`;
  const credentials: Credential[] = [{ name: own, method: { type: 'publickey', username, key: privateKey } }];
  if (login?.privateKey !== undefined) {
    const { privateKey: key, passphrase } = login;
    const parsed = ssh2.utils.parseKey(key, passphrase);
    if (parsed instanceof Error || !parsed.isPrivateKey()) throw unreadable(passphrase !== undefined);
    credentials.push({
      name: `the key given (${privateFingerprint(key, passphrase)})`,
      method: { type: 'publickey', username, key: parsed },
    });
  }
  const { password } = login ?? {};
  if (password !== undefined) {
    credentials.push({ name: 'the password given', method: { type: 'password', username, password } });
    credentials.push({
      name: 'the password given',
      method: {
        type: 'keyboard-interactive',
        username,
        // A question whose answer may be seen on the screen does not ask for the password.
        prompt: (_name, _instructions, _language, prompts, finish) =>
          finish(prompts.map(({ echo }) => (echo ? '' : password))),
      },
    });
  }
  return credentials;
}

/** Offers what the server takes, each once: what it does not take would count against its MaxAuthTries. */
export function offer(credentials: readonly Credential[]): AuthHandlerMiddleware {
  const left = [...credentials];
  return (methods, _partial, next) => {
    for (let one = left.shift(); one; one = left.shift()) {
      if (methods === null || methods.includes(one.method.type)) return next(one.method);
    }
    // ssh2 reads false as "there is nothing more"; its types leave that out.
    next(false as never);
  };
}

/** "key SHA256:…, the password given": for messages. */
export function namesOf(credentials: readonly Credential[]): string {
  return [...new Set(credentials.map(({ name }) => name))].join(', ');
}

function unreadable(withPassphrase: boolean): SalternError {
  return new SalternError('invalid', 'the SSH private key given for the first login cannot be read', {
    field: 'login.privateKey',
    hint: withPassphrase ? 'See that the passphrase is right.' : 'Give its passphrase, if it has one.',
  });
}
