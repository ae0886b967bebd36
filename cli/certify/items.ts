/**
 * What the providers' go-live documents require of a merchant, as data. auto: a proof of this command shows it. shown:
 * the stack has recorded what is needed, and a person confirms it. merchant: outside this software.
 */
import { defined } from '../../shared/payment/defined.ts';
import type { ProviderName } from '../../shared/payment/types.ts';

type Kind = 'auto' | 'shown' | 'merchant';

export interface Item {
  readonly id: string;
  readonly provider: ProviderName;
  readonly kind: Kind;
  /** The requirement. */
  readonly asks: string;
  /** What a person has to do; for shown and merchant items. */
  readonly todo?: string;
  /** Source of the requirement: a heading of docs/protocols, whose sources name the provider's page. */
  readonly source: string;
}

/** Items whose proof only reads, so that it may run in live. */
export const READ_ONLY: ReadonlySet<string> = new Set(['A15', 'E1']);

type Row = readonly [id: string, heading: string, asks: string, todo?: string];

const itemsIn = (provider: ProviderName, kind: Kind, rows: readonly Row[]): readonly Item[] =>
  rows.map(([id, heading, asks, todo]) => {
    const source = `docs/protocols/${provider}.md#${heading}`;
    return { id, provider, kind, asks, source, ...defined({ todo }) };
  });

export const items: readonly Item[] = [
  ...itemsIn('trustly-americas', 'auto', [
    ['A1', 'redirect-signature', 'a cancel leads the shopper back to the selection of payment methods'],
    ['A2', 'codes', 'a decline leads to a page that tells the shopper what to do next'],
    ['A4', 'establish-requestsignature', 'the server makes a new requestSignature for each Establish'],
    ['A5', 'webhook-signature', 'the signature of each notification is verified'],
    ['A6', 'establish-requestsignature', 'personal data is in customer only, never in description'],
    ['A8', 'establish-requestsignature', 'establishData has each required field'],
    ['A9', 'ids-and-amounts', 'the transactionId of the redirect and of the notification is stored'],
    ['A10', 'redirect-signature', 'goods are granted on the Complete notification, not on the redirect'],
    ['A11', 'splittoken', 'the splitToken is stored'],
    ['A12', 'delivery', 'a repeated notification has no second effect'],
    ['A15', 'delivery', 'live keys differ from sandbox keys; public HTTPS, TLS 1.2 or newer'],
    ['R1', 'redirect-signature', 'the merchantReference of the redirect is the one of this session'],
    ['R2', 'redirect-signature', 'the signature of the redirect is verified before its data is used'],
    ['R3', 'get-transaction', 'or: Get Transaction confirms the data of the redirect'],
    ['R4', 'ids-and-amounts', 'after the return, the bank account is stored under the transactionId'],
    ['R5', 'splittoken', 'the Authorize event is verified too, and its splitToken is stored'],
    ['N1', 'delivery', 'HTTP 200 within 3 s; otherwise repeated every 5 minutes for 12 hours'],
    ['N2', 'webhook-signature', 'altered and unsigned notifications are refused'],
    ['N3', 'event-names', 'each event type is accepted, unknown types too'],
    ['N3a', 'delivery', 'notificationUrl of the transaction and the default one work; batches are accepted'],
    ['N4', 'payloads', 'conditional properties are processed'],
  ]),
  ...itemsIn('trustly-americas', 'shown', [
    [
      'A13',
      'delivery',
      'a success and an error were tested in the sandbox',
      'make one payment that succeeds and one that fails in Trustly’s sandbox, then run certify again',
    ],
  ]),
  ...itemsIn('trustly-americas', 'merchant', [
    [
      'A3',
      'sources',
      'on a phone the Lightbox does not cover the navigation',
      'open the checkout on a phone',
    ],
    ['A7', 'delivery', 'the SDK’s script comes from trustly.one', 'check the script tag of your page'],
    [
      'A14',
      'sources',
      'the certification review is booked',
      'ask your integration manager for it, and attach this report',
    ],
    [
      'A15b',
      'delivery',
      'Trustly has activated your live keys and registered your live URL',
      'send the address of this report to Trustly support',
    ],
  ]),
  ...itemsIn('trustly-europe', 'auto', [
    ['E1', 'envelope', 'NotificationURL is HTTPS and has no question mark'],
    ['E2', 'response', 'UTF-8 JSON-RPC is accepted; the answer is signed and has uuid and method'],
    ['E3', 'response', 'a repeated notificationid gets the same answer and has no second effect'],
    ['E4', 'delivery', 'the whole retry schedule (87 attempts) has one effect'],
    ['E5', 'delivery', 'all undelivered notifications at the same time are accepted'],
  ]),
  ...itemsIn('paymentwall', 'auto', [
    ['P1', 'response', 'types 0 and 2 are answered OK'],
    ['P2', 'response', 'Brick: types 200, 201 and 202 are answered OK'],
    ['P3', 'duplicates', 'a repeated ref delivers nothing again; type 2 with this ref takes effect'],
    ['P4', 'signature', 'a wrong signature is refused'],
    ['P5', 'types', 'pingbacks are stored, and the product is delivered'],
    ['P8a', 'custom-parameters', 'nothing that looks like a card number is stored in clear'],
  ]),
  ...itemsIn('paymentwall', 'shown', [
    [
      'P6',
      'test-payments',
      'uid is permanent and unique; a payment was made with the Test Payment Method',
      'pay with the Test Payment Method, then run certify again; confirm yourself that each uid is one user',
    ],
  ]),
  ...itemsIn('paymentwall', 'merchant', [
    [
      'P6a',
      'test-payments',
      'Paymentwall has the widget URL and a test account, and its compliance team has approved',
      'send both, and wait for the approval',
    ],
    [
      'P7',
      'not-these-products',
      'the widget is reachable; the terms of subscription, cancellation and refund are visible',
      'look at your page as a shopper',
    ],
    [
      'P8',
      'brick-and-subscriptions',
      'Brick: HTTPS, tokenization in the browser, fingerprint, 3-D Secure, no card data on the server',
      'check your page and the logs of your server',
    ],
  ]),
];
