/** Verifies a pingback. Cheap refusals come first; nothing is interpreted before the signature is verified. */

import { createHash, timingSafeEqual } from 'node:crypto';
import { keyFingerprint } from '../keys.ts';
import { NOT_A_NOTIFICATION, type Verdict } from '../provider.ts';
import type { ReceivedRequest } from '../received.ts';
import type { PaymentwallAccount } from './account.ts';
import { isPaymentwallAddress } from './addresses.ts';
import type { PaymentwallKeys } from './keys.ts';
import { type PaymentwallNotification, QuarantinedError, readNotification } from './notification.ts';
import { hasOtherPurpose, namesProject } from './other-purpose.ts';
import { type Parameter, parseQuery } from './query.ts';
import { type SignatureVersion, type SignedText, signatureOf, signedTexts, versionOf } from './signature.ts';

type PaymentwallVerdict = Verdict<PaymentwallNotification>;
type Refusal = Extract<PaymentwallVerdict, { authentic: false }>;

const refuse = (status: Refusal['status'], reason: string): Refusal => ({ authentic: false, status, reason });

/** Every SDK refuses upper-case hex (docs/protocols/paymentwall-signature.md#signature). */
const HEX: Readonly<Record<SignatureVersion, RegExp>> = {
  1: /^[0-9a-f]{32}$/,
  2: /^[0-9a-f]{32}$/,
  3: /^[0-9a-f]{64}$/,
};

/**
 * Terminal3's shops send JSON with these headers, an old and a new form
 * (docs/protocols/paymentwall.md#not-these-products).
 */
const SHOP_SIGNATURES = ['x-webhook-signature', 'x-terminal3-signature'];

/**
 * The reason for a Terminal3 Shop webhook, which is no pingback: another product, with another secret and other events.
 * Undefined: it is none.
 */
export const otherProduct = (headers: Readonly<Record<string, string | undefined>>): string | undefined =>
  SHOP_SIGNATURES.some((name) => headers[name] !== undefined) ? 'terminal3_shop_webhook' : undefined;

export function verify(
  request: ReceivedRequest,
  account: PaymentwallAccount,
  keys: PaymentwallKeys,
): PaymentwallVerdict {
  // No source says how a POST pingback would be encoded or signed (docs/protocols/paymentwall.md#transport).
  if (request.method !== 'GET') return refuse(405, otherProduct(request.headers) ?? 'wrong_method');
  if (account.sourceAddresses === 'check' && !isPaymentwallAddress(request.sourceIp)) {
    return refuse(401, 'source_address');
  }
  const query = parseQuery(request.rawQuery);
  if (!query.ok) return refuse(query.reason === 'query_too_long' ? 413 : 400, query.reason);
  const { parameters } = query;

  const sigs = parameters.filter(({ root }) => root === 'sig');
  const [sig] = sigs;
  if (sig === undefined || sig.value === '') return refuse(401, 'missing_signature');
  const stated = versionOf(parameters, account.api);
  if (stated?.version !== account.signatureVersion) return refuse(401, 'version_not_pinned');
  if (sigs.length > 1 || sig.key !== undefined || !HEX[stated.version].test(sig.value)) {
    return refuse(401, 'malformed_signature');
  }
  const match = findMatch(sig.value, parameters, account, keys);
  if (match === undefined) return refuse(401, 'wrong_signature');
  if (hasOtherPurpose(parameters, account.api) || namesProject(match.signed, match.projectKey)) {
    return refuse(401, NOT_A_NOTIFICATION);
  }

  return {
    authentic: true,
    keyId: match.keyId,
    keyFingerprint: match.keyFingerprint,
    variant: match.signed.variant,
    message: request.rawQuery,
    ...read(parameters, account, { sig: sig.value, texts: match.texts }),
    remarks: [
      ...(stated.implied ? ['implied_sign_version'] : []),
      ...(match.brickTest ? ['brick_test_key'] : []),
      ...(stated.version === 1 && parameters.some(({ name }) => name === 'is_test')
        ? ['unsigned_is_test']
        : []),
    ],
  };
}

interface Match {
  readonly keyId: PaymentwallKeys['projects'][number]['keyId'];
  readonly keyFingerprint: string;
  readonly signed: SignedText;
  /** All texts that were tried. */
  readonly texts: readonly SignedText[];
  readonly projectKey: string | undefined;
  readonly brickTest: boolean;
}

function findMatch(
  sig: string,
  parameters: readonly Parameter[],
  { api, signatureVersion }: PaymentwallAccount,
  { projects, brickTest }: PaymentwallKeys,
): Match | undefined {
  const received = Buffer.from(sig);
  const texts = signedTexts(parameters, api, signatureVersion);
  const fitting = (secret: string): SignedText | undefined =>
    texts.find(({ text }) =>
      timingSafeEqual(received, Buffer.from(signatureOf(text, secret, signatureVersion))),
    );

  for (const { keyId, secret, fingerprint, projectKey } of projects) {
    const signed = fitting(secret);
    if (signed !== undefined) {
      return { keyId, keyFingerprint: fingerprint, signed, texts, projectKey, brickTest: false };
    }
  }
  const isTest = parameters.some(({ name, value }) => name === 'is_test' && value === '1');
  const signed = brickTest !== undefined && isTest ? fitting(brickTest) : undefined;
  if (brickTest === undefined || signed === undefined) return undefined;
  const fingerprint = keyFingerprint(brickTest);
  const known = { keyId: 'current', keyFingerprint: fingerprint } as const;
  return { ...known, signed, texts, projectKey: undefined, brickTest: true };
}

function read(
  parameters: readonly Parameter[],
  account: PaymentwallAccount,
  { sig, texts }: { readonly sig: string; readonly texts: readonly SignedText[] },
):
  | { readonly notification: PaymentwallNotification }
  | { readonly quarantine: string; readonly signatureDigest: string } {
  try {
    return { notification: readNotification(parameters, account, texts) };
  } catch (error) {
    if (error instanceof QuarantinedError) {
      const signatureDigest = createHash('sha256').update(sig).digest('hex');
      return { quarantine: error.message, signatureDigest };
    }
    throw error;
  }
}
