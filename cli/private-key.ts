/** An RSA key pair: read from a PEM file as other tools write it, or generated; its public half is for the provider. */
import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { Problem } from './problem.ts';

/** The length of Trustly's own keys. */
const MODULUS_BITS = 2_048;

const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----[\s\S]*?-----END \1-----/g;

/**
 * The only private key in a PEM file, PKCS#1 or PKCS#8, with its block unchanged; the file's other content (attributes,
 * a certificate) is left out.
 * @param file for the message
 * @throws Problem that says what the file contains instead
 */
export function privateKeyIn(text: string, file: string): string {
  const blocks = [...text.matchAll(BLOCK)].map(([block, label = '']) => ({ block, label }));
  const keys = blocks.filter(({ label }) => label.endsWith('PRIVATE KEY'));
  const [key, another] = keys;
  if (key === undefined) throw refused(file, ...instead(blocks.map(({ label }) => label)));
  if (another !== undefined)
    throw refused(file, 'has more than one private key', 'Name a file with one private key.');
  const { block, label } = key;
  if (label === 'ENCRYPTED PRIVATE KEY' || /^Proc-Type: 4,ENCRYPTED/m.test(block)) {
    const next = `Remove the passphrase: openssl pkey -in ${file} -out unprotected.pem (delete that file afterwards).`;
    throw refused(file, 'is protected by a passphrase, which the functions do not have', next);
  }
  if (label === 'OPENSSH PRIVATE KEY') {
    throw refused(
      file,
      'is in the format of OpenSSH',
      `Convert a copy of it to PEM: ssh-keygen -p -m PEM -f COPY-OF-${file}`,
    );
  }
  return readable(block, file);
}

function readable(block: string, file: string): string {
  try {
    const { asymmetricKeyType = 'unknown' } = createPrivateKey(block);
    if (asymmetricKeyType === 'rsa') return block;
    throw refused(file, `has a key of type ${asymmetricKeyType}, but an RSA key is needed`);
  } catch (error) {
    if (error instanceof Problem) throw error;
    // The library's message may quote its input.
    throw refused(file, 'has a private key that cannot be read: it is damaged or incomplete');
  }
}

function instead(labels: readonly string[]): readonly [what: string, next: string] {
  const needed = 'Name the file with -----BEGIN PRIVATE KEY----- or -----BEGIN RSA PRIVATE KEY-----.';
  if (labels.some((label) => label.endsWith('PUBLIC KEY')))
    return ['has a public key, but the private half is needed', needed];
  if (labels.includes('CERTIFICATE')) return ['has a certificate, but its private key is needed', needed];
  return ['has no private key in PEM form', `${needed} From a DER file: openssl pkey -inform DER -in FILE`];
}

const refused = (file: string, what: string, next?: string): Problem =>
  Problem.refused(`${file} ${what}.`, next);

/** PEM, PKCS#8. */
export const generatedPrivateKey = (): string =>
  generateKeyPairSync('rsa', { modulusLength: MODULUS_BITS })
    .privateKey.export({ type: 'pkcs8', format: 'pem' })
    .toString();

/** PEM (SubjectPublicKeyInfo), as a provider registers it. */
export const publicHalf = (privateKey: string): string =>
  createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }).toString();
