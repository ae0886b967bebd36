/** The providers' messages in wire format, as the verified content that the intake passes to the worker. */

import { notificationContext } from '../../shared/app/platform/message.ts';
import type { NotificationEnvelope } from '../../shared/app/platform/message-schema.ts';
import { type EnvelopeKeys, parseEnvelopeKeys, seal } from '../../shared/app/platform/seal.ts';
import { hashText } from '../../shared/app/table/keys.ts';
import type { NormalizedEvent } from '../../shared/payment/types.ts';
import type { Account, ProviderName } from '../../shared/providers/index.ts';
import { providers } from '../../shared/providers/index.ts';
import { americasAccount, europeAccount, paymentwallAccount } from '../support/accounts.ts';
import { signedByTrustly } from '../support/trustly-signature.ts';

const CHECKED = { amountCheck: 'when-present' } as const;

export const ACCOUNTS: readonly Account[] = [
  americasAccount({}, CHECKED),
  europeAccount({}, CHECKED),
  paymentwallAccount({}, CHECKED),
];
export const ENVELOPE_KEYS: EnvelopeKeys = parseEnvelopeKeys({ current: 'e'.repeat(64) });

export interface Message {
  readonly provider: ProviderName;
  readonly text: string;
}

function accountOf(provider: ProviderName): Account {
  const account = ACCOUNTS.find((each) => each.provider === provider);
  if (account === undefined) throw new Error(`no account of ${provider}`);
  return account;
}

export function normalizedOf({ provider, text }: Message): NormalizedEvent {
  const account = accountOf(provider);
  return providers[provider].normalize(providers[provider].parse(text, account), account);
}

let sequence = 0;

/** The queue message of one notification. A second call makes the message of a copy, sealed anew. */
export function envelopeOf({ provider, text }: Message, receivedAt: string): string {
  const digest = hashText(text);
  const envelope: NotificationEnvelope = {
    version: 1,
    kind: 'notification',
    correlationId: `c${++sequence}`,
    provider,
    account: 'shop',
    receivedAt,
    keyId: 'current',
    variant: 'test',
    sealed: seal(text, notificationContext(provider, 'shop', digest), ENVELOPE_KEYS),
    digest,
  };
  return JSON.stringify(envelope);
}

export function americas(id: string, reference: string, event: string, status: string, n: number): Message {
  const fields = {
    eventId: `${id}${String(n).padStart(3, '0')}`,
    eventType: event,
    objectId: id,
    objectType: 'Transaction',
    transactionType: '3',
    paymentType: '2',
    merchantReference: reference,
    status,
  };
  return { provider: 'trustly-americas', text: new URLSearchParams(fields).toString() };
}

export function europe(id: string, reference: string, method: string, amount: string, n: number): Message {
  const data = {
    notificationid: `${id}${String(n).padStart(3, '0')}`,
    orderid: id,
    messageid: reference,
    amount,
    currency: 'EUR',
    timestamp: '2010-01-20 14:42:04.675645+01',
    ...(method === 'account' ? { accountid: '1', verified: '1' } : {}),
  };
  const params = { signature: 'x', uuid: '258a2184-2842-b485-25ca-293525152425', data };
  return {
    provider: 'trustly-europe',
    text: signedByTrustly(JSON.stringify({ method, params, version: '1.1' })),
  };
}

export function paymentwall(id: string, reference: string, type: string, reason?: string): Message {
  const query = new URLSearchParams({
    uid: 'u1',
    goodsid: reference,
    slength: '',
    speriod: '',
    type,
    ref: id,
    ...(reason === undefined ? {} : { reason }),
    sign_version: '3',
    sig: 'x',
  });
  return { provider: 'paymentwall', text: query.toString() };
}
