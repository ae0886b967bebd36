/** How long evidence may stay. */

/**
 * Who somebody is, as kyc asks: personal data that nothing is derived from, kept only as long as the question may be
 * asked about.
 */
export const KYC_EVIDENCE_DAYS = 30;

/** A text, or one character that is no blank. */
const TOKEN = /"(?:[^"\\]|\\.)*"|[^\s"]/gsu;

/**
 * Of every member "method" of the message, however its letters are written ("k\u0079c"), at whatever place and however
 * often: what cannot be read as a notification must not rest longer either.
 */
export function evidenceDays(message: string): number | undefined {
  const tokens = message.match(TOKEN) ?? [];
  const isKyc = tokens.some(
    (token, at) => textOf(token) === 'method' && tokens[at + 1] === ':' && textOf(tokens[at + 2]) === 'kyc',
  );
  return isKyc ? KYC_EVIDENCE_DAYS : undefined;
}

/** Undefined: no text of JSON. */
function textOf(token = ''): unknown {
  if (!token.startsWith('"') || token.length > MAX_TOKEN) return undefined;
  try {
    return JSON.parse(token);
  } catch {
    return undefined;
  }
}

/** "method" with every letter escaped is 38 characters. */
const MAX_TOKEN = 40;
