import { posix } from 'node:path';
import { fingerprint, newKeyPair, publicKeyOf, writeHostKey } from '../host-keys.ts';
import { absolute, type Body, type Commands, fail, type Io, ok, parseOptions, reason } from './command.ts';

/** `SHA256:… comment (ED25519)`, of a public key line. */
function describe(publicKey: string): string {
  const [type = '', , ...comment] = publicKey.split(' ');
  const kind = type.replace(/^ssh-|^ecdsa-sha2-/, '').toUpperCase();
  return `256 ${fingerprint(publicKey)} ${comment.join(' ') || 'no comment'} (${kind})\n`;
}

function publicOf(io: Io, path: string): string | null {
  const { files } = io.machine;
  const side = files.find(`${path}.pub`) === null ? path : `${path}.pub`;
  const text = files.text(side, io.process.who).trim();
  return text.startsWith('-----') ? publicKeyOf(text) : text;
}

/** Makes real keys, ed25519 whatever kind is asked for: OpenSSH must be able to read them. */
const sshKeygen: Body = (args, io) => {
  const { given } = parseOptions(args, ['t', 'f', 'N', 'C', 'b', 'E', 'P', 'O', 'R', 'F']);
  const { files } = io.machine;
  if (given.has('A')) {
    const pair = newKeyPair(`root@${io.machine.spec.hostname}`);
    if (files.find('/etc/ssh/ssh_host_ed25519_key') === null)
      writeHostKey(files, 'ed25519', pair.privateKey, pair.publicKey);
    return ok();
  }
  const name = given.get('f') ?? posix.join(io.process.user.home, '.ssh/id_ed25519');
  const path = absolute(io, name);
  try {
    if (given.has('l')) {
      const key = publicOf(io, path);
      return key === null ? fail(`${name} is not a public key file.`, 255) : ok(describe(key));
    }
    if (given.has('y')) {
      const key = publicKeyOf(files.text(path, io.process.who));
      return key === null ? fail(`Load key "${name}": invalid format`, 255) : ok(`${key}\n`);
    }
    const type = given.get('t') ?? 'ed25519';
    if (type !== 'ed25519') return fail(`unknown key type ${type}`, 255);
    // OpenSSH asks whether to overwrite; with nobody to answer that is a no.
    if (files.find(path, io.process.who) !== null)
      return { ...fail('', 1), stdout: `${name} already exists.\nOverwrite (y/n)? ` };
    const pair = newKeyPair(given.get('C') ?? `${io.process.user.name}@${io.machine.spec.hostname}`);
    files.write(path, pair.privateKey, { ...io.process.who, umask: 0o077 });
    files.write(`${path}.pub`, `${pair.publicKey}\n`, io.process.who);
    return ok(
      given.has('q')
        ? ''
        : `Generating public/private ed25519 key pair.\nYour public key has been saved in ${name}.pub\n`,
    );
  } catch (error) {
    return fail(`${name}: ${reason(error)}`, 255);
  }
};

const sshd: Body = (args) =>
  args.includes('-t') || args.includes('-T') ? ok() : fail('sshd re-exec requires execution with an absolute path');

export const sshKeys: Commands = { 'ssh-keygen': sshKeygen, sshd };
