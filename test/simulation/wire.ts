/**
 * Messages in wire format. Besides the genuine ones: another content under a genuine id (both signed), an authentic
 * one that is ambiguous or outside the schema (quarantine), and one that nobody with the key has signed.
 */

import { signPingback } from '../../local/senders/paymentwall.ts';
import { signBody } from '../../local/senders/trustly-americas.ts';
import { signNotification as signEurope } from '../../local/senders/trustly-europe.ts';
import { ACCESS, PAYMENTWALL_SECRET, TRUSTLY_PRIVATE_KEY } from './accounts.ts';

export interface HttpRequest {
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
  readonly request: HttpRequest;
  /** Says that money came (or that goodwill stands for it): before it, nothing may be fulfilled. */
  readonly money: boolean;
  /** Europe: what it adds to the balance of an incoming payment, in cents. */
  readonly cents?: number;
}

/** One message, still to be written in one of its kinds. */
export type Write = (kind: Kind) => Planned;

const post = (signed: { headers: Readonly<Record<string, string>>; body: string }): HttpRequest => ({
  method: 'POST',
  rawQuery: '',
  ...signed,
});

export function americas(fields: Readonly<Record<string, string>>, money: boolean): Write {
  return (kind) => {
    // Instant instead of deferred: material, and the payment goes on as before.
    const sent = kind === 'conflicting' ? { ...fields, paymentType: '1' } : fields;
    const text = new URLSearchParams(sent).toString();
    const body = isAmbiguous(kind) ? `${text}&status=4` : text;
    const key = isForged(kind) ? { ...ACCESS, accessKey: 'not-the-key' } : ACCESS;
    return { name: `${fields.eventId} ${kind}`, kind, request: post(signBody(body, key)), money };
  };
}

export interface EuropeFields {
  readonly notificationid: string;
  readonly amount: string;
  readonly [name: string]: string;
}

export function europe(method: string, fields: EuropeFields): Write {
  return (kind) => {
    const amount = kind === 'conflicting' ? '7.00' : fields.amount;
    const { notificationid } = fields;
    const uuid = `00000000-0000-4000-8000-${notificationid.padStart(12, '0').slice(-12)}`;
    const signed = signEurope(
      {
        method,
        uuid,
        data: {
          ...fields,
          amount,
          ...(isAmbiguous(kind) ? { orderid: 'no number' } : {}),
          attributes: {},
        },
      },
      TRUSTLY_PRIVATE_KEY,
    );
    // Forged: the amount was changed on its way.
    const body = isForged(kind)
      ? signed.body.replace(`"amount":"${amount}"`, '"amount":"999.00"')
      : signed.body;
    const sign = method === 'credit' ? 1 : method === 'debit' || method === 'payoutconfirmation' ? -1 : 0;
    return {
      name: `${notificationid} ${kind}`,
      kind,
      request: post({ headers: signed.headers, body }),
      money: method === 'credit',
      cents: sign * Math.round(Number(amount) * 100),
    };
  };
}

export function paymentwall(params: Readonly<Record<string, string>>, money: boolean): Write {
  return (kind) => {
    const changed =
      kind === 'conflicting' ? { uid: 'user-9' } : isAmbiguous(kind) ? { slength: 'long' } : undefined;
    const sent = Object.entries({ uid: 'user-1', slength: '', speriod: '', ...params, ...changed });
    const secretKey = isForged(kind) ? 'not-the-secret' : PAYMENTWALL_SECRET;
    const rawQuery = signPingback(sent, { secretKey, version: 3, api: 'digital_goods' });
    const { ref, type, reason = '', merchant_refund_id: part = '' } = params;
    const name = `${ref}/${type}/${reason}/${part} ${kind}`;
    return { name, kind, request: { method: 'GET', rawQuery, headers: {}, body: '' }, money };
  };
}
