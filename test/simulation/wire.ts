/**
 * Messages in wire format, each in several kinds: genuine, conflicting (signed, with another content under the same
 * id), ambiguous (signed, but ambiguous or outside the schema: quarantine), and forged (without a valid signature).
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
  /** Unique within the world. */
  readonly name: string;
  readonly kind: Kind;
  /** Makes the request, signed with the key of this generation. */
  readonly request: (signing: Generation) => HttpRequest;
  /** The content of the message. */
  readonly fields: Readonly<Record<string, string>>;
  /** Whether the message reports money or goodwill: without such a message, no fulfil is allowed. */
  readonly money: boolean;
  /** Trustly Europe: the cents that the message adds to the balance of an incoming payment. */
  readonly cents?: number;
  /** Trustly Europe: the credit is a returned refund and so no new money, but the message does not say so. */
  readonly returns?: true;
  /** The amount that the provider's API reports for the message; absent: the payment's amount. */
  readonly worth?: string;
  /** When the first copy is sent, as a fraction of the story; absent: by the position in the history. */
  readonly at?: number;
  /** Trustly Europe: method and uuid of a question, which its answer must repeat. */
  readonly asked?: { readonly method: string; readonly uuid: string };
  /** The message is sent only if the named message was answered with this status. */
  readonly follows?: { readonly name: string; readonly status: string };
}

/** Signs once per key, because signing is slow. */
function signedOnce(sign: (signing: Generation) => HttpRequest): Planned['request'] {
  const signed: Partial<Record<Generation, HttpRequest>> = {};
  return (signing) => {
    signed[signing] ??= sign(signing);
    return signed[signing];
  };
}

/** Makes a message in the given kind. */
export type Write = (kind: Kind) => Planned;

/** The message, first sent at this fraction of the story. */
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
    // paymentType is a material field without an effect on the payment.
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

/** Methods that the merchant must answer. */
const QUESTIONS = new Set(['debit', 'kyc']);
const SIGNS: Readonly<Record<string, number>> = { credit: 1, debit: -1, payoutconfirmation: -1 };

export function europe(method: string, fields: EuropeFields): Write {
  return (kind) => {
    const { notificationid } = fields;
    // The order 7 belongs to no story, and such a message grants nothing.
    const namesOther = fields.amount === undefined || method === 'pending';
    const other = namesOther ? { orderid: '7' } : { amount: '7.00' };
    const normalized: EuropeFields = { ...fields, ...(kind === 'conflicting' ? other : {}) };
    const { amount = '0' } = normalized;
    const uuid = `00000000-0000-4000-8000-${notificationid.padStart(12, '0').slice(-12)}`;
    const data = { ...normalized, ...(isAmbiguous(kind) ? { orderid: 'no number' } : {}), attributes: {} };
    const request = signedOnce((signing) => {
      const signed = signEurope({ method, uuid, data }, TRUSTLY_PRIVATE_KEY[signing]);
      // A forged message is changed after it was signed.
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
