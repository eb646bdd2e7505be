import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

/** Seals values with AES-256-GCM. The name is bound in: a sealed value moved to another name does not open. */
export interface Cipher {
  /** `v1.nonce.tag.ciphertext`, base64url. The nonce is random for each call (96 bits, NIST SP 800-38D 8.2.2). */
  seal(name: string, value: string): string;
  /** Null when the key, the name or the text is not the one it was sealed with. */
  open(name: string, sealed: string): string | null;
}

const ALGORITHM = 'aes-256-gcm';

export function createCipher(key: Buffer): Cipher {
  return {
    seal(name, value) {
      const nonce = randomBytes(12);
      const cipher = createCipheriv(ALGORITHM, key, nonce).setAAD(Buffer.from(name));
      const text = Buffer.concat([cipher.update(value, 'utf8'), cipher.final()]);
      return ['v1', ...[nonce, cipher.getAuthTag(), text].map((part) => part.toString('base64url'))].join('.');
    },

    open(name, sealed) {
      const [version, nonce, tag, text] = sealed.split('.');
      if (version !== 'v1' || !nonce || !tag || text === undefined) return null;
      try {
        const decipher = createDecipheriv(ALGORITHM, key, Buffer.from(nonce, 'base64url'), { authTagLength: 16 })
          .setAAD(Buffer.from(name))
          .setAuthTag(Buffer.from(tag, 'base64url'));
        return decipher.update(text, 'base64url', 'utf8') + decipher.final('utf8');
      } catch {
        return null;
      }
    },
  };
}
