/**
 * A minimal provider: the message is "signature|key|payment|fact|note|reference", and it is authentic when the signature
 * is one of the account's keys. It implements `Provider`, so the layer under test handles it like a real provider.
 */

import type { FactEntry, Facts, NormalizedEvent, Reading } from '../../shared/payment/types.ts';
import type { PaymentwallAccount } from '../../shared/providers/paymentwall/account.ts';
import { type Provider, UnusableSecretError } from '../../shared/providers/provider.ts';
import { LENIENT, paymentwallAccount, policyOf } from './accounts.ts';

export interface ToyNotification {
  readonly key: string;
  readonly payment: string;
  readonly fact: string;
  readonly note: string;
  readonly reference: string;
}

export const policy = policyOf('paymentwall', { account: 'toy', ...LENIENT });

export const toyAccount = paymentwallAccount({ account: 'toy' }, LENIENT);

/** A message "signature|key|payment|fact|note|reference". */
export function toyMessage(fields: Partial<ToyNotification> & { readonly signature?: string } = {}): string {
  const { signature = 'good', key = 'k1', payment = 'p1', fact = 'paid', note = '', reference = '' } = fields;
  return [signature, key, payment, fact, note, reference].join('|');
}

function parse(message: string): ToyNotification {
  const [, key = '', payment = '', fact = '', note = '', reference = ''] = message.split('|');
  if (fact === 'broken') throw new Error(`cannot read ${message}`);
  return { key, payment, fact, note, reference };
}

function normalize({ key, payment, fact, reference }: ToyNotification): NormalizedEvent {
  const entry: FactEntry = { codes: [fact], amounts: fact === 'paid' ? ['5 EUR'] : [] };
  return {
    source: 'notification',
    key,
    material: { payment, fact },
    ...(payment === '' ? { remark: 'no_subject' } : { subject: { kind: 'payment', id: payment } as const }),
    facts: payment === '' ? {} : { [`${fact}/1`]: entry },
    aliases: reference === '' ? [] : [{ type: 'reference', value: reference }],
    test: false,
    details: {},
  };
}

function readFacts(facts: Facts): Reading {
  const has = (fact: string) => facts[`${fact}/1`] !== undefined;
  const paid = has('paid');
  return {
    kind: 'payment',
    direction: 'in',
    status: has('reversed') ? 'reversed' : paid ? 'paid' : has('failed') ? 'failed' : 'processing',
    moved: paid ? [{ amount: '5', currency: 'EUR' }] : [],
    returned: has('reversed') && paid ? [{ amount: '5', currency: 'EUR' }] : [],
    goodwill: false,
    doubts: [],
    announcements: [],
  };
}

export type ToyKeys = readonly string[];

export const toyProvider: Provider<ToyNotification, ToyKeys, PaymentwallAccount> = {
  name: 'paymentwall',
  method: 'GET',
  rules: {
    isSameEndUser: (a, b) => a === b,
    signsForAll: false,
    namesRefunds: true,
    takesInstalments: false,
  },
  importKey: { form: /^k/, example: 'k1' },
  parseKeys(secret) {
    const keys = (secret as { readonly keys?: unknown }).keys;
    if (!Array.isArray(keys)) throw new UnusableSecretError('"keys" must be a list');
    return keys as string[];
  },
  verify(request, _account, keys) {
    const message = request.rawQuery || Buffer.from(request.body).toString('utf8');
    const [signature = '', , , fact = ''] = message.split('|');
    if (!message.includes('|')) return { authentic: false, status: 400, reason: 'unreadable' };
    if (!keys.includes(signature)) return { authentic: false, status: 401, reason: 'wrong_signature' };
    return {
      authentic: true,
      keyId: 'current',
      variant: 'toy',
      message,
      notification: parse(message),
      remarks: [],
      ...(fact === 'ambiguous' ? { quarantine: 'ambiguous' } : {}),
    };
  },
  statedAt: ({ note }) => (/^[0-9]+$/.test(note) ? Number(note) : undefined),
  accept: () => ({ status: 200, contentType: 'text/plain', body: 'OK' }),
  parse: (message) => parse(message),
  normalize: (notification) => normalize(notification),
  readFacts: (facts) => readFacts(facts),
};
