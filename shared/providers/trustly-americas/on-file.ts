/**
 * The content of an event beside the payment: the bank account that was authorized, and whether the splitToken of an
 * authorization was given or has become unusable (docs/protocols/trustly-americas.md#splittoken).
 */
import { defined } from '../../payment/defined.ts';
import type { BankAccount, OnFile } from '../../payment/types.ts';
import type { AmericasNotification } from './notification.ts';

/** Undefined: the event contains neither. */
export function onFile(notification: AmericasNotification): OnFile | undefined {
  const { fields, event } = notification;
  const rank = rankOf(notification);
  const own = fields.objectId;
  // A capture is accepted by an Authorize event too (type 3): only the one of the authorization itself brings a token.
  if (event === 'Authorize' && fields.transactionType === '1' && fields.status === '2' && own !== undefined) {
    return { transactionId: own, rank, account: accountOf(fields), splitToken: 'given' };
  }
  const reason = uselessBecause(fields);
  const isAuthorization = fields.transactionType === '1' || fields.transactionType === '10';
  const transactionId = isAuthorization ? own : fields.parentObjectId;
  return reason === undefined || transactionId === undefined
    ? undefined
    : { transactionId, rank, splitToken: reason };
}

function uselessBecause(fields: AmericasNotification['fields']): 'expired' | 'invalid' | undefined {
  const { errorCode } = fields;
  const code = fields['paymentProviderTransaction.status'];
  if (code === 'SW057' || errorCode === '326') return 'expired';
  // SW051 may also be another mistake of the merchant; the accompanying error code decides.
  const invalid = errorCode === undefined ? code === 'SW051' : errorCode === '380' || errorCode === '397';
  return invalid ? 'invalid' : undefined;
}

function accountOf(fields: AmericasNotification['fields']): BankAccount {
  const { fiCode, fiName, paymentProviderType, accountVerified } = fields;
  return defined({
    bankCode: fiCode?.slice(0, MAX_CHARS),
    bankName: fiName?.slice(0, MAX_CHARS),
    provider: paymentProviderType?.slice(0, MAX_CHARS),
    verified: accountVerified === undefined ? undefined : accountVerified.toLowerCase() === 'true',
  });
}

/** These are free text in the provider's messages. */
const MAX_CHARS = 128;
const MILLISECONDS = /^\d{1,16}$/;

/**
 * createdAt, then eventId: in the documented examples both rise together, and a late retry keeps both. Padded, so that
 * the text sorts like numbers.
 */
function rankOf({ eventId, fields: { createdAt = '' } }: AmericasNotification): string {
  const time = MILLISECONDS.test(createdAt) ? createdAt : String(Math.max(0, Date.parse(createdAt) || 0));
  return `${time.padStart(16, '0')}.${eventId.padStart(32, '0')}`;
}
