/**
 * Decline and error codes of Trustly Americas as data: the meaning of each, and the stable code that the merchant
 * translates for the shopper. Meanings are our own short texts; the provider's free text is never passed on, since it
 * may contain personal data.
 */
import { rowOf } from './tables.ts';

/** What the merchant may tell the shopper: a closed set, part of the event's contract. */
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
  // Acknowledged communication: the progress of the transfer. The status decides; these only explain it.
  AC100: code('pending'),
  AC101: code('declined'),
  AC102: code('approved'),
  AC103: code('error'),
  AC104: code('voided'),
  AC105: code('processed'),
  AC106: code('collected'),
  AC107: code('awaiting capture'),
  AC108: code('awaiting approval'),
  AC109: code('suspended'),
  AC110: code('in collection'),
  AC111: code('in research'),
  AC112: code('disputed'),
  AC113: code('uncollected: insufficient funds', 'not_enough_funds'),
  AC114: code('invalid or closed account', 'try_another_account'),
  AC115: code('returned for another reason'),
  AC116: code('none'),
  AC117: code('expired'),
  AC118: code('settled'),
  // ACH returns in NACHA's numbering; only those with a clear message for the shopper are listed singly.
  ...family({ prefix: 'R', from: 1, to: 84, digits: 2 }, code('ACH return', 'contact_support')),
  R01: code('ACH return: insufficient funds', 'not_enough_funds'),
  R02: code('ACH return: account closed', 'try_another_account'),
  R03: code('ACH return: no account found', 'try_another_account'),
  R04: code('ACH return: invalid account number', 'try_another_account'),
  R09: code('ACH return: uncollected funds', 'not_enough_funds'),
  R16: code('ACH return: account frozen', 'try_another_account'),
  R20: code('ACH return: not a transaction account', 'try_another_account'),
  ...family({ prefix: '', from: 900, to: 922 }, code('Canadian EFT return', 'contact_support')),
  901: code('Canadian EFT return: insufficient funds', 'not_enough_funds'),
  902: code('Canadian EFT return: account not found', 'try_another_account'),
  905: code('Canadian EFT return: account closed', 'try_another_account'),
  908: code('Canadian EFT return: funds not cleared', 'not_enough_funds'),
  911: code('Canadian EFT return: account frozen', 'try_another_account'),
  912: code('Canadian EFT return: invalid account number', 'try_another_account'),
  990: code('Canadian EFT return: institution in default', 'contact_support'),
  996: code('Canadian EFT return: chargeback', 'contact_support'),
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
  // The place where the shopper left the Lightbox.
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
  UC24: code('left at an error while authorizing', 'try_again'),
  UC25: code('left at a refused account', 'try_another_account'),
  UC26: code('left at the bank’s password reset', 'canceled_by_shopper'),
  UC27: code('bank unavailable', 'try_again_later'),
  UC28: code('left at an external page', 'canceled_by_shopper'),
  UC29: code('timed out', 'try_again'),
  UC30: code('left after an invalid routing or account number', 'try_again'),
  UC31: code('left after missing bank details', 'try_again'),
  UC32: code('left at maintenance', 'try_again_later'),
  UC33: code('account in an unsupported currency', 'try_another_account'),
  UC34: code('left at the bank’s own login', 'canceled_by_shopper'),
  UC35: code('left while waiting for approval', 'canceled_by_shopper'),
  UC36: code('left at virtual account information', 'canceled_by_shopper'),
  UC37: code('left at the widget', 'canceled_by_shopper'),
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

/** `paymentProviderTransaction.reasonCode`: the reason for SW021, SW054, SW055, SW056 or SW057. */
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

/**
 * `paymentProviderTransaction.extendedReason.code`: the detail of a reason. It is only for the merchant: limits, scores
 * and lists are never shown to the shopper, who gets a general message about security.
 */
export const AMERICAS_EXTENDED_REASONS: Readonly<Record<string, CodeRow>> = {
  10000: code('thresholds exceeded', 'declined_for_security'),
  10001: code('amount of one transaction exceeded', 'declined_for_security'),
  20000: code('name differs from the bank’s', 'declined_for_security'),
  20001: code('e-mail differs from the bank’s', 'declined_for_security'),
  20002: code('address differs from the bank’s', 'declined_for_security'),
  30101: code('score for insufficient funds', 'declined_for_security'),
  30201: code('rule for insufficient funds', 'declined_for_security'),
  30301: code('score for fraud', 'declined_for_security'),
  30401: code('rule for fraud', 'declined_for_security'),
  40000: code('suspicious history elsewhere', 'declined_for_security'),
  50000: code('negative data', 'declined_for_security'),
  50001: code('consumer blocked', 'declined_for_security'),
  50002: code('device blocked', 'declined_for_security'),
  50003: code('bank account blocked', 'declined_for_security'),
  50004: code('IP address blocked', 'declined_for_security'),
  50005: code('place blocked', 'declined_for_security'),
  // The shopper owes an earlier payment and settles it with Trustly.
  50006: code('debt: insufficient funds', 'contact_support'),
  50007: code('debt: administrative return', 'contact_support'),
  50008: code('debt of another kind (SUF)', 'contact_support'),
  60000: code('on a sanctions list', 'declined_for_security'),
  70000: code('IP address on a sanctions list', 'declined_for_security'),
  80000: code('blocked elsewhere', 'declined_for_security'),
  90000: code('business account not supported', 'try_another_account'),
  100000: code('only checking accounts are supported', 'try_another_account'),
  110000: code('expired or revoked splitToken', 'sign_in_again'),
  110001: code('new sign-in needed after suspicious activity', 'sign_in_again'),
  120000: code('not enough funds', 'not_enough_funds'),
  160000: code('the reason may not be shown', 'declined_for_security'),
};

/**
 * Ranges of codes, both ends included. A row of its own above has precedence. Not expanded, because there are
 * thousands.
 */
export const AMERICAS_EXTENDED_RANGES: readonly {
  readonly from: number;
  readonly to: number;
  readonly row: CodeRow;
}[] = [
  // The last three digits are the length of the window.
  {
    from: 11001,
    to: 11999,
    row: code('amount of the consumer exceeded within hours', 'declined_for_security'),
  },
  {
    from: 12001,
    to: 12999,
    row: code('count of the consumer exceeded within hours', 'declined_for_security'),
  },
  {
    from: 13001,
    to: 13999,
    row: code('amount of the merchant exceeded within hours', 'declined_for_security'),
  },
  {
    from: 14001,
    to: 14999,
    row: code('count of the merchant exceeded within days', 'declined_for_security'),
  },
  { from: 30000, to: 30401, row: code('suspicious history', 'declined_for_security') },
];

/** Undefined: the code is not documented. */
export function extendedReasonRow(value: string | undefined): CodeRow | undefined {
  const own = rowOf(AMERICAS_EXTENDED_REASONS, value);
  if (own !== undefined || value === undefined || !/^[1-9]\d{4}$/.test(value)) return own;
  const number = Number(value);
  return AMERICAS_EXTENDED_RANGES.find(({ from, to }) => from <= number && number <= to)?.row;
}

/**
 * The explanation of a notification's codes, the most specific first: detail of the reason, reason, provider status,
 * error.
 */
export function explainCodes(codes: {
  readonly extendedReasonCode?: string | undefined;
  readonly reasonCode: string | undefined;
  readonly providerStatus: string | undefined;
  readonly errorCode: string | undefined;
}): CodeRow | undefined {
  const rows = [
    extendedReasonRow(codes.extendedReasonCode),
    rowOf(AMERICAS_REASON_CODES, codes.reasonCode),
    rowOf(AMERICAS_PROVIDER_CODES, codes.providerStatus),
    rowOf(AMERICAS_ERROR_CODES, codes.errorCode),
  ];
  return rows.find((row) => row?.shopperMessage !== undefined) ?? rows.find((row) => row !== undefined);
}

function family(
  {
    prefix,
    from,
    to,
    digits = 0,
  }: { readonly prefix: string; readonly from: number; readonly to: number; readonly digits?: number },
  row: CodeRow,
): Record<string, CodeRow> {
  const rows: Record<string, CodeRow> = {};
  for (let number = from; number <= to; number++) {
    rows[`${prefix}${String(number).padStart(digits, '0')}`] = row;
  }
  return rows;
}
