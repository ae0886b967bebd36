/**
 * Documented numbers that no rule uses. Evidence, the redirect and the API contain them, and readers of those can look
 * them up (docs/protocols/trustly-americas-values.md#enumerations). No other number is documented for these fields.
 */
export const AMERICAS_ENUMERATIONS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  // Not the transaction's status: the same numbers have other meanings.
  'payment.authorizationStatus': {
    1: 'pending',
    2: 'authorized',
    3: 'finished',
    4: 'expired',
    5: 'failed',
    6: 'canceled',
    7: 'voided',
  },
  'payment.paymentProvider.type': { 1: 'online banking', 2: 'manual electronic check' },
  'payment.paymentProvider.subType': {
    1000: 'online banking',
    2000: 'manual entry',
    2001: 'manual entry and challenge deposit',
  },
  'payment.system': { '-1': 'none', 1: 'PayWithMyBank', 2: 'TrustlyAB' },
  'verification.status': { 1: 'automatic', 2: 'to verify (on hold)', 3: 'verified', 4: 'refused' },
  'verification.mode': {
    1: 'verified by the merchant',
    2: 'approved by the merchant',
    3: 'verified by Trustly',
    4: 'amount authorized by the merchant',
  },
};
