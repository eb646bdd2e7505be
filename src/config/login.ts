import type { FirstLogin } from '../core/profile.ts';
import { attached } from './attached.ts';
import { eitherOf } from './deploy.ts';
import { childOf, entriesOf, nameOf, tell, valueRange } from './place.ts';
import { defined, object, text } from './readers.ts';
import type { Reader } from './scalar.ts';

/** The text of the private key in a file that is named. */
export const privateKeyFile: Reader<string> = (place) => {
  const file = attached(place);
  if (file === undefined || /-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(file.content)) return file?.content;
  return void tell(place, `${nameOf(place)} names a file that is no private key`, {
    expected: 'the file of an OpenSSH or PEM private key',
    at: valueRange(place),
    ...(/^(ssh|ecdsa|sk)-/.test(file.content) && { hint: 'This is the public half: name the file without .pub.' }),
  });
};

const FIELDS = { password: text, password_file: attached, private_key_file: privateKeyFile, passphrase: text };
const fields = object(FIELDS);

/** `login` in a file of ours: what opens a machine before our own key is on it. */
export const login: Reader<FirstLogin> = (place) => {
  const it = fields(place);
  if (it === undefined) return undefined;
  const given = (key: string) => childOf(place, key) !== null;
  const hasPassword = given('password') || given('password_file');
  const misspelt = entriesOf(place)?.some(({ key }) => !Object.hasOwn(FIELDS, key));
  if (!hasPassword && !given('private_key_file') && !misspelt) {
    const expected = 'password: …, password_file: … or private_key_file: …';
    return void tell(place, `${nameOf(place)} says no way in`, { expected });
  }
  const content = it.password_file?.content.replace(/\r?\n$/, '');
  const password = hasPassword ? eitherOf(place, it.password, content, ['password', 'password_file']) : undefined;
  return defined({ password, privateKey: it.private_key_file, passphrase: it.passphrase });
};
