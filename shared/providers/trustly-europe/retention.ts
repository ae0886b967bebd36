/** How long evidence may be kept. */

/**
 * For kyc: a person's identity, which nothing is derived from. It is kept only as long as the question may be repeated.
 */
export const KYC_EVIDENCE_DAYS = 30;

/** A JSON string, or one character that is not white space. */
const TOKEN = /"(?:[^"\\]|\\.)*"|[^\s"]/gsu;

/**
 * The limit for the evidence of a message. It checks every member "method", however its letters are written
 * ("k\u0079c"), at any place and however often: a message that cannot be read as a notification must not be kept longer
 * either. Undefined: no limit.
 */
export function evidenceDays(message: string): number | undefined {
  const tokens = message.match(TOKEN) ?? [];
  const isKyc = tokens.some(
    (token, at) => textOf(token) === 'method' && tokens[at + 1] === ':' && textOf(tokens[at + 2]) === 'kyc',
  );
  return isKyc ? KYC_EVIDENCE_DAYS : undefined;
}

/** Undefined: not a JSON string. */
function textOf(token = ''): unknown {
  if (!token.startsWith('"') || token.length > MAX_TOKEN) return undefined;
  try {
    return JSON.parse(token);
  } catch {
    return undefined;
  }
}

/** "method" with every letter escaped has 38 characters. */
const MAX_TOKEN = 40;
