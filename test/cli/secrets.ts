/** Keys of a merchant and of Trustly. */
import { generateKeyPairSync, randomBytes } from 'node:crypto';

const rsa = () =>
  generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
export const OURS = rsa();
export const generated = () => randomBytes(16).toString('hex');
