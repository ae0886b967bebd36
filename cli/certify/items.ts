/**
 * What the providers' go-live documents require of a merchant, as data: one row per item, in our own short words. auto:
 * a proof of this command shows it. shown: the stack has recorded what is needed, a person confirms. merchant: outside
 * this software.
 */
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
  /** The proof only reads, so it is allowed in live. */
  readonly readOnly?: true;
}

type Row = Omit<Item, 'provider' | 'kind' | 'source'> & { readonly heading: string };

/** Adds the provider's name to each item of its list. */
const of =
  (provider: ProviderName, kind: Kind) =>
  ({ heading, ...row }: Row): Item => ({
    ...row,
    ...{ provider, kind, source: `docs/protocols/${provider}.md#${heading}` },
  });

const americas = (kind: Kind, ...rows: readonly Row[]) => rows.map(of('trustly-americas', kind));
const europe = (kind: Kind, ...rows: readonly Row[]) => rows.map(of('trustly-europe', kind));
const paymentwall = (kind: Kind, ...rows: readonly Row[]) => rows.map(of('paymentwall', kind));

export const items: readonly Item[] = [
  ...americas(
    'auto',
    { id: 'A1', asks: 'cancel leads back to the checkout selection', heading: 'redirect-signature' },
    { id: 'A2', asks: 'declined: the shopper reads what to do next', heading: 'codes' },
    {
      id: 'A4',
      asks: 'a new requestSignature per Establish, made on the server',
      heading: 'establish-requestsignature',
    },
    { id: 'A5', asks: 'the signature of every notification is checked', heading: 'webhook-signature' },
    {
      id: 'A6',
      asks: 'personal data in customer only, never in description',
      heading: 'establish-requestsignature',
    },
    { id: 'A8', asks: 'establishData has every required field', heading: 'establish-requestsignature' },
    {
      id: 'A9',
      asks: 'transactionId kept from the redirect and from the webhook',
      heading: 'ids-and-amounts',
    },
    {
      id: 'A10',
      asks: 'goods on the completion webhook, not on the redirect',
      heading: 'redirect-signature',
    },
    { id: 'A11', asks: 'splitToken is kept', heading: 'splittoken' },
    { id: 'A12', asks: 'a repeated notification has no second effect', heading: 'delivery' },
    {
      id: 'A15',
      asks: 'live keys apart from sandbox ones; public HTTPS, TLS 1.2 or newer',
      heading: 'delivery',
      readOnly: true,
    },
    {
      id: 'R1',
      asks: 'the redirect’s merchantReference is the one of this session',
      heading: 'redirect-signature',
    },
    {
      id: 'R2',
      asks: 'the redirect’s signature is checked before its data is used',
      heading: 'redirect-signature',
    },
    { id: 'R3', asks: 'or: Get Transaction confirms what the redirect said', heading: 'get-transaction' },
    {
      id: 'R4',
      asks: 'account on file under the transactionId after the return',
      heading: 'ids-and-amounts',
    },
    { id: 'R5', asks: 'the Authorize event is verified too, and its splitToken kept', heading: 'splittoken' },
    { id: 'N1', asks: 'HTTP 200 within 3 s, else every 5 minutes for 12 hours', heading: 'delivery' },
    { id: 'N2', asks: 'altered or unsigned notifications are refused', heading: 'webhook-signature' },
    { id: 'N3', asks: 'every event type is accepted, unknown ones too', heading: 'event-names' },
    { id: 'N3a', asks: 'notificationUrl per transaction and the default one; batches', heading: 'delivery' },
    { id: 'N4', asks: 'conditional properties are handled', heading: 'payloads' },
  ),
  ...americas('shown', {
    id: 'A13',
    asks: 'success and error paths were tested in the sandbox',
    heading: 'delivery',
    todo: 'pay once and let one payment fail in Trustly’s sandbox, then look here',
    readOnly: true,
  }),
  ...americas(
    'merchant',
    {
      id: 'A3',
      asks: 'the Lightbox covers no navigation on a phone',
      heading: 'sources',
      todo: 'open the checkout on a phone',
    },
    {
      id: 'A7',
      asks: 'the SDK’s script comes from trustly.one',
      heading: 'delivery',
      todo: 'look at the script tag of your page',
    },
    {
      id: 'A14',
      asks: 'the certification review is booked',
      heading: 'sources',
      todo: 'ask your integration manager; attach this report',
    },
    {
      id: 'A15b',
      asks: 'Trustly has your live keys in use and your live URL registered',
      heading: 'delivery',
      todo: 'send the address of this report to Trustly support',
    },
  ),
  ...europe(
    'auto',
    {
      id: 'E1',
      asks: 'NotificationURL is HTTPS and has no question mark',
      heading: 'envelope',
      readOnly: true,
    },
    {
      id: 'E2',
      asks: 'UTF-8 JSON-RPC is taken; the answer is signed, with uuid and method',
      heading: 'response',
    },
    { id: 'E3', asks: 'the same notificationid again: same answer, no second effect', heading: 'response' },
    { id: 'E4', asks: 'the whole retry schedule (87 attempts) has one effect', heading: 'delivery' },
    { id: 'E5', asks: 'all undelivered notifications at once are survived', heading: 'delivery' },
  ),
  ...paymentwall(
    'auto',
    { id: 'P1', asks: 'types 0 and 2 are answered OK', heading: 'response' },
    { id: 'P2', asks: 'Brick: types 200, 201 and 202 are answered OK', heading: 'response' },
    {
      id: 'P3',
      asks: 'a repeated ref delivers nothing again; type 2 on it takes effect',
      heading: 'duplicates',
    },
    { id: 'P4', asks: 'a wrong signature is refused', heading: 'signature' },
    { id: 'P5', asks: 'pingbacks are kept and the product is delivered', heading: 'types' },
    {
      id: 'P8a',
      asks: 'nothing that looks like a card number is kept in clear',
      heading: 'custom-parameters',
    },
  ),
  ...paymentwall('shown', {
    id: 'P6',
    asks: 'uid is persistent and unique; a payment was made with the Test Payment Method',
    heading: 'test-payments',
    todo: 'pay with the Test Payment Method, then look here; that one uid is one user is yours to say',
    readOnly: true,
  }),
  ...paymentwall(
    'merchant',
    {
      id: 'P6a',
      asks: 'widget URL and a test account given to Paymentwall; compliance approval',
      heading: 'test-payments',
      todo: 'send both, and wait for the approval',
    },
    {
      id: 'P7',
      asks: 'widget reachable; terms of subscription, cancellation and refund visible',
      heading: 'not-these-products',
      todo: 'look at your page as a shopper',
    },
    {
      id: 'P8',
      asks: 'Brick: HTTPS, tokenization in the browser, fingerprint, 3-D Secure, no card data on the server',
      heading: 'brick-and-subscriptions',
      todo: 'look at your page and at your server’s logs',
    },
  ),
];
