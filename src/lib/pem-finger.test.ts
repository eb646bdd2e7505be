import { expect, test } from 'vitest';
import { pemFinger } from './pem-finger.ts';

const KEY = `-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAueXglcy1vPo4LkVzKp4H
yK4tVn0BwhiLwOW8c1/tcRnBmO1IGdD2oMIoePJIC1Yhw1Zyv+Sz5u8yjAp7aoa3
Q7f5LVedCx4FrDJMjV7TfG4uLe/1+in76sJAi8LOhkx4pF01SlvpL7MZyv5T/rSv
utJhBd3xdyP0Z9hdyHwoGixnz/di0+8zHXSsJBmTgp65qrA9zq8p8CE7LAs9afQI
4hvrqpvV4kjJg91vDEHplWGsypEbmGOzPFSpL5DDkIFSsyJ3jXM3x4cFTX30+h6f
7JNEpGhOpPuDR2chUozXmjxnBIpylNAjy+i+oU5OocEwF8+jFcH3ts/ge/0AWfnQ
fQIDAQAB
-----END PUBLIC KEY-----
`;
/** What salt.utils.crypt.pem_finger of Salt 3006.9 says of that key. */
const FINGER = '0f:b5:63:77:9b:39:0d:3b:bd:d1:e7:da:dc:ab:d0:11:72:37:9c:bf:fd:d2:97:30:eb:f0:04:d8:78:01:df:f1';

test('the fingerprint is the one that Salt prints, however the file ends its lines', () => {
  const forms = [KEY, KEY.trimEnd(), KEY.replaceAll('\n', '\r\n'), `\n${KEY}\n`];
  expect(forms.map(pemFinger)).toEqual(forms.map(() => FINGER));
});

test('what holds no key has no fingerprint', () => {
  expect(['', '\n', 'no key', '-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n'].map(pemFinger)).toEqual([
    null,
    null,
    null,
    null,
  ]);
});
