import { isMap, isScalar } from 'yaml';
import type { DeployStep, FileStep, ScriptStep, SshKeyStep } from '../core/deploy.ts';
import { attached } from './attached.ts';
import { childOf, entriesOf, nameOf, type Place, tell, unknownKey, valueRange, wrongType } from './place.ts';
import { bool, duration, list, object, oneOf, text, textMap } from './readers.ts';
import { type Reader, verbatim } from './scalar.ts';

const STEP = 'one of file: {…}, script: … or ssh_key: …';

/** One item of `deploy`: a mapping with one key that says what kind of step it is. */
export const deployStep: Reader<DeployStep> = (place) => {
  const entries = entriesOf(place, STEP);
  const [entry, second] = entries ?? [];
  if (entries === null) return undefined;
  if (entry === undefined) return void wrongType(place, STEP);
  if (second !== undefined) {
    return void tell(second, `${nameOf(place)} is two steps in one`, {
      expected: `${STEP}; each a list item of its own`,
    });
  }
  const read = Object.hasOwn(KINDS, entry.key) ? KINDS[entry.key] : undefined;
  if (read) return read(entry);
  unknownKey(entry, Object.keys(KINDS));
  return undefined;
};

export const deploySteps = list(deployStep, 'a list of steps');

/** Octal text. YAML reads a bare 0644 as a number: what counts is how it is written. */
const mode: Reader<string> = (place) => {
  const written = isScalar(place.node) && place.node.source !== undefined ? place.node.source : text(place);
  if (written !== undefined && /^0?[0-7]{3,4}$/.test(written)) return written;
  const at = valueRange(place);
  return void tell(place, `${nameOf(place)} is not a file mode`, { expected: 'octal digits, like "0644"', at });
};

const fileFields = object(
  { path: text, content: verbatim, source: attached, mode, owner: text, sudo: bool, per_machine: bool },
  { required: ['path'] },
);

const fileStep: Reader<FileStep> = (place) => {
  const it = fileFields(place);
  if (it === undefined) return undefined;
  const content = eitherOf(place, it.content, it.source?.content, ['content', 'source']);
  if (content === undefined || it.path === undefined) return undefined;
  if (!it.path.startsWith('/')) {
    return void tell(place, `${nameOf(place)}.path is not absolute`, { expected: 'a path from / on' });
  }
  const { path, mode, owner, sudo, per_machine: perMachine } = it;
  const rights = { ...(mode && { mode }), ...(owner && { owner }), ...(sudo && { sudo }) };
  return { kind: 'file', path, content, ...rights, ...(perMachine && { perMachine }) };
};

const scriptFields = object({
  name: text,
  content: verbatim,
  source: attached,
  args: list(text, 'a list of arguments'),
  env: textMap,
  sudo: bool,
  timeout: duration,
  on_interrupted: oneOf(['fail', 'again']),
});

const scriptStep: Reader<ScriptStep> = (place) => {
  if (!isMap(place.node)) {
    const file = attached(place);
    return file && { kind: 'script', name: file.name, content: file.content };
  }
  const it = scriptFields(place);
  if (it === undefined) return undefined;
  const content = eitherOf(place, it.content, it.source?.content, ['content', 'source']);
  if (content === undefined) return undefined;
  return {
    kind: 'script',
    name: it.name ?? it.source?.name ?? 'script',
    content,
    ...(it.args && { args: it.args }),
    ...(it.env && { env: it.env }),
    ...(it.sudo && { sudo: true }),
    ...(it.timeout && { timeoutMs: it.timeout }),
    ...(it.on_interrupted && { onInterrupted: it.on_interrupted }),
  };
};

const sshKeyFields = object({ key: text, file: attached, user: text });

const sshKeyStep: Reader<SshKeyStep> = (place) => {
  if (!isMap(place.node)) {
    const publicKey = sshPublicKey(place);
    return publicKey === undefined ? undefined : { kind: 'ssh-key', publicKey };
  }
  const it = sshKeyFields(place);
  const written = it && eitherOf(place, it.key, it.file?.content, ['key', 'file']);
  const publicKey = written && checkedKey(place, written);
  return publicKey ? { kind: 'ssh-key', publicKey, ...(it.user && { user: it.user }) } : undefined;
};

/** A public key in the form that authorized_keys has it. */
export const sshPublicKey: Reader<string> = (place) => {
  const written = text(place);
  return written === undefined ? undefined : checkedKey(place, written);
};

function checkedKey(place: Place, written: string): string | undefined {
  const key = written.trim();
  if (/^(ssh-|ecdsa-|sk-)\S+ [A-Za-z0-9+/]+=*( [^\n]*)?$/.test(key)) return key;
  const isPrivate = key.includes('PRIVATE KEY');
  return void tell(place, `${nameOf(place)} is ${isPrivate ? 'a private key' : 'not an SSH public key'}`, {
    expected: 'one line like "ssh-ed25519 AAAA… name", or {file: ~/.ssh/id_ed25519.pub}',
    ...(isPrivate && { hint: 'The public half has the same name with .pub.' }),
  });
}

const KINDS: Readonly<Record<string, Reader<DeployStep>>> = {
  file: fileStep,
  script: scriptStep,
  ssh_key: sshKeyStep,
};

/** Exactly one of two ways to give something. What was given and could not be read has been told already. */
export function eitherOf<T>(
  place: Place,
  first: T | undefined,
  second: T | undefined,
  [one, other]: readonly [string, string],
): T | undefined {
  const hasOne = childOf(place, one) !== null;
  if (hasOne !== (childOf(place, other) !== null)) return first ?? second;
  const found = hasOne ? `has both "${one}" and "${other}"` : `has neither "${one}" nor "${other}"`;
  return void tell(place, `${nameOf(place)} ${found}`, { expected: `${one}: … or ${other}: …` });
}
