/**
 * Messages in wire format. Besides the genuine ones: other content under a genuine id (both signed), an authentic one
 * that is ambiguous or outside the schema (quarantine), and one without a valid signature.
 */

import { signPingback } from '../../local/demo/senders/paymentwall.ts';
import { signBody } from '../../local/demo/senders/trustly-americas.ts';
import { signNotification as signEurope } from '../../local/demo/senders/trustly-europe.ts';
import { ACCESS, type Generation, PAYMENTWALL, TRUSTLY_PRIVATE_KEY } from './accounts.ts';

interface HttpRequest {
  readonly method: string;
  readonly rawQuery: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export type Kind = 'genuine' | 'conflicting' | 'ambiguous' | 'forged' | 'forged and ambiguous';

export const isForged = (kind: Kind): boolean => kind.startsWith('forged');
const isAmbiguous = (kind: Kind): boolean => kind.endsWith('ambiguous');

export interface Planned {
  /** Unique in its world. */
  readonly name: string;
  readonly kind: Kind;
  /** Makes the request, signed with the key of this generation. */
  readonly request: (signing: Generation) => HttpRequest;
  /** The message's content. */
  readonly fields: Readonly<Record<string, string>>;
  /** Whether it says that money arrived (or goodwill replaces it): nothing may be fulfilled before it. */
  readonly money: boolean;
  /** Europe: the amount that it adds to an incoming payment, in cents. */
  readonly cents?: number;
  /**
   * Europe: a credit that brings back a refund of the merchant. It is no new money, but the message does not say so.
   */
  readonly returns?: true;
  /** Amount by its provider's API; absent: the payment's. */
  readonly worth?: string;
  /** When its first copy is sent, as a fraction of the story; absent: by its place in the history. */
  readonly at?: number;
  /** Europe: the request that the answer must refer to; present when the answer matters. */
  readonly asked?: { readonly method: string; readonly uuid: string };
  /** Only sent if the named message was answered with this status. */
  readonly follows?: { readonly name: string; readonly status: string };
}

/** Signing is slow, and most messages are signed with one key only. */
function signedOnce(sign: (signing: Generation) => HttpRequest): Planned['request'] {
  const signed: Partial<Record<Generation, HttpRequest>> = {};
  return (signing) => {
    signed[signing] ??= sign(signing);
    return signed[signing];
  };
}

/** A message that can be made in each kind. */
export type Write = (kind: Kind) => Planned;

/** The same message, sent at this fraction of the story. */
export const sentAt =
  (at: number, write: Write): Write =>
  (kind) => ({ ...write(kind), at });

const post = (signed: { headers: Readonly<Record<string, string>>; body: string }): HttpRequest => ({
  method: 'POST',
  rawQuery: '',
  ...signed,
});

export function americas(fields: Readonly<Record<string, string>>, money: boolean, worth?: string): Write {
  return (kind) => {
    // Instant instead of deferred: a material field, without effect on the payment.
    const sent = kind === 'conflicting' ? { ...fields, paymentType: '1' } : fields;
    const text = new URLSearchParams(sent).toString();
    const body = isAmbiguous(kind) ? `${text}&status=4` : text;
    const request = signedOnce((signing) => {
      const key = isForged(kind) ? { ...ACCESS[signing], accessKey: 'not-the-key' } : ACCESS[signing];
      return post(signBody(body, key));
    });
    const name = `${fields.eventId} ${kind}`;
    return { name, kind, request, fields, money, ...(worth === undefined ? {} : { worth }) };
  };
}

export interface EuropeFields {
  readonly notificationid: string;
  readonly orderid: string;
  readonly amount?: string;
  readonly [name: string]: string | undefined;
}

/** Methods with an answer by the merchant. */
const QUESTIONS = new Set(['debit', 'kyc']);
const SIGNS: Readonly<Record<string, number>> = { credit: 1, debit: -1, payoutconfirmation: -1 };

export function europe(method: string, fields: EuropeFields): Write {
  return (kind) => {
    const { notificationid } = fields;
    // Another payment, in a message that grants nothing: no story has that payment.
    const namesOther = fields.amount === undefined || method === 'pending';
    const other = namesOther ? { orderid: '7' } : { amount: '7.00' };
    const normalized: EuropeFields = { ...fields, ...(kind === 'conflicting' ? other : {}) };
    const { amount = '0' } = normalized;
    const uuid = `00000000-0000-4000-8000-${notificationid.padStart(12, '0').slice(-12)}`;
    const data = { ...normalized, ...(isAmbiguous(kind) ? { orderid: 'no number' } : {}), attributes: {} };
    const request = signedOnce((signing) => {
      const signed = signEurope({ method, uuid, data }, TRUSTLY_PRIVATE_KEY[signing]);
      // Forged: the message was changed in transit.
      const { body } = signed;
      return post({
        headers: signed.headers,
        body: isForged(kind) ? body.replace('"notificationid":"', '"notificationid":"9') : body,
      });
    });
    return {
      name: `${notificationid} ${kind}`,
      kind,
      request,
      fields: {
        orderid: normalized.orderid,
        notificationid,
        ...(normalized.amount === undefined ? {} : { amount }),
      },
      money: method === 'credit',
      cents: (SIGNS[method] ?? 0) * Math.round(Number(amount) * 100),
      ...(QUESTIONS.has(method) ? { asked: { method, uuid } } : {}),
    };
  };
}

export type PaymentwallApi = 'digital_goods' | 'virtual_currency';

export function paymentwall(
  params: Readonly<Record<string, string>>,
  money: boolean,
  api: PaymentwallApi = 'digital_goods',
): Write {
  return (kind) => {
    const unreadable: Readonly<Record<string, string>> =
      api === 'digital_goods' ? { slength: 'long' } : { currency: 'many' };
    const changed = kind === 'conflicting' ? { uid: 'user-9' } : isAmbiguous(kind) ? unreadable : undefined;
    const plain = api === 'digital_goods' ? { slength: '', speriod: '' } : {};
    const sent = Object.entries({ uid: 'user-1', ...plain, ...params, ...changed });
    const request = signedOnce((signing) => {
      const secretKey = isForged(kind) ? 'not-the-secret' : PAYMENTWALL[signing].secretKey;
      const rawQuery = signPingback(sent, { secretKey, version: 3, api });
      return { method: 'GET', rawQuery, headers: {}, body: '' };
    });
    const { ref, type, reason = '', merchant_refund_id: part = '' } = params;
    const name = `${ref}/${type}/${reason}/${part} ${kind}`;
    return { name, kind, request, fields: Object.fromEntries(sent), money };
  };
}
