/**
 * Callers of the local AWS endpoint sign with a key that this start gives to each function and to the command line
 * (through a file that only this user can read). Signature Version 4, checked as the services check it.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
import { createHmac, createSecretKey, hash, type KeyObject, randomBytes, timingSafeEqual } from 'node:crypto';
import { AwsError } from './json-protocol.ts';

export interface SigningIdentity {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** The key id differs from AWS's own, which begin with AKIA or ASIA. */
export const newSigningIdentity = (): SigningIdentity => ({
  accessKeyId: `LOCAL${randomBytes(8).toString('hex').toUpperCase()}`,
  secretAccessKey: randomBytes(30).toString('base64'),
});

export interface SignedHttpRequest {
  readonly method: string;
  /** Path and query as received. */
  readonly target: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Uint8Array;
}

const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 Credential=([^/,\s]+)\/(\d{8})\/([^/,\s]+)\/([^/,\s]+)\/aws4_request, ?SignedHeaders=([a-z0-9;-]+), ?Signature=([0-9a-f]{64})$/;

/** The key id in the request's signature; empty when it has none. */
export const accessKeyOf = (headers: SignedHttpRequest['headers']): string =>
  AUTHORIZATION.exec(textOf(headers.authorization))?.[1] ?? '';

/** @throws AwsError as AWS answers: no signature, another key, or a request that differs from the signed one */
export function checkSignature(request: SignedHttpRequest, identity: SigningIdentity): void {
  const given = textOf(request.headers.authorization);
  if (given === '') {
    throw new AwsError('MissingAuthenticationTokenException', 'The request is not signed.', 403);
  }
  const parts = AUTHORIZATION.exec(given);
  if (parts === null) {
    throw new AwsError('IncompleteSignatureException', 'Authorization is no Signature Version 4.', 403);
  }
  const [, keyId = '', day = '', region = '', service = '', names = '', signature = ''] = parts;
  if (keyId !== identity.accessKeyId) {
    throw new AwsError('UnrecognizedClientException', 'This stack did not hand out the access key.', 403);
  }
  const signed = names.split(';');
  const at = textOf(request.headers['x-amz-date']);
  if (!signed.includes('host') || !signed.includes('x-amz-date') || !at.startsWith(`${day}T`)) {
    throw new AwsError('IncompleteSignatureException', 'Host and X-Amz-Date must be signed.', 403);
  }
  const scope = `${day}/${region}/${service}/aws4_request`;
  const text = `AWS4-HMAC-SHA256\n${at}\n${scope}\n${sha256(canonicalRequest(request, signed))}`;
  const expected = createHmac('sha256', signingKey(identity, scope)).update(text).digest();
  if (!timingSafeEqual(expected, Buffer.from(signature, 'hex'))) {
    throw new AwsError('InvalidSignatureException', 'The signature does not fit the request.', 403);
  }
}

const signingKeys = new WeakMap<SigningIdentity, Map<string, KeyObject>>();
/** A stack that runs for weeks gets new scopes each day. */
const MOST_SCOPES = 20;

/** Derived once for each scope ("20260101/us-east-1/sqs/aws4_request"). */
function signingKey(identity: SigningIdentity, scope: string): KeyObject {
  const known = signingKeys.get(identity) ?? new Map<string, KeyObject>();
  signingKeys.set(identity, known);
  const found = known.get(scope);
  if (found !== undefined) return found;
  const derived = scope
    .split('/')
    .reduce<string | Buffer>(
      (secret, part) => createHmac('sha256', secret).update(part).digest(),
      `AWS4${identity.secretAccessKey}`,
    );
  const key = createSecretKey(derived as Buffer);
  if (known.size >= MOST_SCOPES) known.clear();
  known.set(scope, key);
  return key;
}

function canonicalRequest(
  { method, target, headers, body }: SignedHttpRequest,
  signed: readonly string[],
): string {
  const [path = '/', query = ''] = target.split(/\?(.*)/s);
  const lines = signed.map((name) => `${name}:${textOf(headers[name]).trim().replace(/ +/g, ' ')}\n`);
  const encodedPath = path.split('/').map(encodeURIComponent).join('/');
  return [method, encodedPath, sorted(query), lines.join(''), signed.join(';'), sha256(body)].join('\n');
}

const sorted = (query: string): string =>
  query
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => (pair.includes('=') ? pair : `${pair}=`))
    .sort()
    .join('&');

const textOf = (value: string | readonly string[] | undefined): string =>
  typeof value === 'string' ? value : (value ?? []).join(',');

const sha256 = (content: string | Uint8Array): string => hash('sha256', content, 'hex');
