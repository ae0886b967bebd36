/**
 * Decline and error codes of Trustly Americas as data: what each means, and which stable code the merchant
 * translates for the shopper. Meanings are ours in short; the provider's free text is never passed on, since it
 * may carry personal data.
 */

/** What the merchant may tell the shopper; a closed set, part of the event's contract. */
export type ShopperMessage =
  | 'not_enough_funds'
  | 'sign_in_again'
  | 'try_another_account'
  | 'try_another_bank'
  | 'try_again'
  | 'try_again_later'
  | 'declined_for_security'
  | 'contact_support'
  | 'canceled_by_shopper';

export interface CodeRow {
  readonly meaning: string;
  readonly shopperMessage?: ShopperMessage;
}

const code = (meaning: string, shopperMessage?: ShopperMessage): CodeRow =>
  shopperMessage === undefined ? { meaning } : { meaning, shopperMessage };

/** `paymentProviderTransaction.status`, numbered families expanded. */
export const AMERICAS_PROVIDER_CODES: Readonly<Record<string, CodeRow>> = {
  // The number-to-meaning order of AC100 to AC118 is not published: none says anything beyond the status.
  ...family(
    'AC',
    100,
    118,
    'acknowledged communication (pending, declined, processed, settled…: not numbered)',
  ),
  // ACH returns: NACHA's numbering; only those with a clear word for the shopper are spelled out.
  ...family('R', 1, 84, 'ACH return', 'contact_support', 2),
  R01: code('ACH return: insufficient funds', 'not_enough_funds'),
  R02: code('ACH return: account closed', 'try_another_account'),
  R03: code('ACH return: no account found', 'try_another_account'),
  R04: code('ACH return: invalid account number', 'try_another_account'),
  R09: code('ACH return: uncollected funds', 'not_enough_funds'),
  R16: code('ACH return: account frozen', 'try_another_account'),
  R20: code('ACH return: not a transaction account', 'try_another_account'),
  ...family('', 900, 922, 'Canadian EFT return', 'contact_support'),
  901: code('Canadian EFT return: not sufficient funds', 'not_enough_funds'),
  990: code('Canadian EFT return', 'contact_support'),
  996: code('Canadian EFT return', 'contact_support'),
  SE01: code('maintenance', 'try_again_later'),
  SE02: code('API services unavailable', 'try_again_later'),
  SE03: code('bank gateway unavailable', 'try_again_later'),
  SW010: code('established'),
  SW013: code('canceled by the shopper', 'canceled_by_shopper'),
  SW020: code('authorization received'),
  SW021: code('not enough funds', 'not_enough_funds'),
  SW030: code('completed'),
  SW051: code('merchant error or invalid splitToken', 'sign_in_again'),
  SW052: code('bank error', 'try_again_later'),
  SW053: code('network error', 'try_again_later'),
  SW054: code('suspicious activity', 'declined_for_security'),
  SW055: code('negative data', 'declined_for_security'),
  SW056: code('invalid account', 'try_another_account'),
  SW057: code('expired splitToken', 'sign_in_again'),
  SW059: code('instant payment refused for risk', 'declined_for_security'),
  SW060: code('bank or processor down', 'try_again_later'),
  // Where the shopper left the Lightbox. UC24 to UC37 exist without a published meaning.
  ...family('UC', 24, 37, 'left the bank dialogue (page not published)', 'try_again'),
  UC01: code('left at bank selection', 'canceled_by_shopper'),
  UC02: code('left at login', 'canceled_by_shopper'),
  UC03: code('wrong login', 'sign_in_again'),
  UC04: code('left at a challenge question', 'canceled_by_shopper'),
  UC05: code('wrong answers', 'sign_in_again'),
  UC06: code('left at the second factor', 'canceled_by_shopper'),
  UC07: code('wrong second factor', 'sign_in_again'),
  UC08: code('left at account selection', 'canceled_by_shopper'),
  UC09: code('left at an error page', 'try_again'),
  UC10: code('left at partial account number', 'canceled_by_shopper'),
  UC11: code('left at account location', 'canceled_by_shopper'),
  UC12: code('bank not in the list', 'try_another_bank'),
  UC13: code('left at the login captcha', 'canceled_by_shopper'),
  UC14: code('captcha failed', 'try_again'),
  UC15: code('left at manual account input', 'canceled_by_shopper'),
  UC16: code('left at manual confirmation', 'canceled_by_shopper'),
  UC17: code('left at micro deposit confirmation', 'canceled_by_shopper'),
  UC18: code('micro deposit not validated', 'try_again'),
  UC19: code('left at account profile input', 'canceled_by_shopper'),
  UC20: code('no balance available', 'try_another_account'),
  UC21: code('partial account not supported', 'try_another_account'),
  UC22: code('security script', 'try_again'),
  UC23: code('account not supported', 'try_another_account'),
};

/** `errorCode` of a notification (and of the API). */
export const AMERICAS_ERROR_CODES: Readonly<Record<string, CodeRow>> = {
  100: code('internal error', 'try_again_later'),
  150: code('remote error', 'try_again_later'),
  200: code('invalid parameter', 'sign_in_again'),
  210: code('duplicate, ignored'),
  300: code('security', 'contact_support'),
  326: code('expired splitToken', 'sign_in_again'),
  330: code('invalid account', 'try_another_account'),
  331: code('not enough funds', 'not_enough_funds'),
  375: code('access control: accessId, accessKey or requestSignature', 'contact_support'),
  378: code('internal or bank request error', 'try_again_later'),
  380: code('invalid splitToken', 'sign_in_again'),
  390: code('fraud analysis', 'declined_for_security'),
  397: code('splitToken not valid', 'sign_in_again'),
};

/** `paymentProviderTransaction.reasonCode`: why SW021, SW054, SW055, SW056 or SW057. */
export const AMERICAS_REASON_CODES: Readonly<Record<string, CodeRow>> = {
  1: code('thresholds exceeded', 'declined_for_security'),
  2: code('data mismatch', 'declined_for_security'),
  3: code('suspicious history', 'declined_for_security'),
  4: code('suspicious history elsewhere', 'declined_for_security'),
  5: code('negative data', 'declined_for_security'),
  6: code('negative data', 'declined_for_security'),
  7: code('negative data', 'declined_for_security'),
  8: code('negative data', 'declined_for_security'),
  9: code('invalid account', 'try_another_account'),
  10: code('invalid account', 'try_another_account'),
  11: code('expired splitToken', 'sign_in_again'),
  12: code('not enough funds', 'not_enough_funds'),
  15: code('suspicious activity', 'declined_for_security'),
  16: code('negative data', 'declined_for_security'),
};

/** What a notification's codes say, most specific first: reason, provider status, error. */
export function explainCodes(codes: {
  readonly reasonCode: string | undefined;
  readonly providerStatus: string | undefined;
  readonly errorCode: string | undefined;
}): CodeRow | undefined {
  const rows = [
    lookUp(AMERICAS_REASON_CODES, codes.reasonCode),
    lookUp(AMERICAS_PROVIDER_CODES, codes.providerStatus),
    lookUp(AMERICAS_ERROR_CODES, codes.errorCode),
  ];
  return rows.find((row) => row?.shopperMessage !== undefined) ?? rows.find((row) => row !== undefined);
}

/** Codes come from outside: only own rows count ("constructor" is none). */
function lookUp(table: Readonly<Record<string, CodeRow>>, key: string | undefined): CodeRow | undefined {
  return key !== undefined && Object.hasOwn(table, key) ? table[key] : undefined;
}

function family(
  prefix: string,
  from: number,
  to: number,
  meaning: string,
  shopperMessage?: ShopperMessage,
  digits = 0,
): Record<string, CodeRow> {
  const rows: Record<string, CodeRow> = {};
  for (let number = from; number <= to; number++) {
    rows[`${prefix}${String(number).padStart(digits, '0')}`] = code(meaning, shopperMessage);
  }
  return rows;
}
