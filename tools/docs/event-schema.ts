/**
 * The JSON Schema (draft 2020-12) of the merchant's events: one definition per event type, on one common form. Unknown
 * properties are allowed, because new ones may come; `schema` is raised when anything else changes.
 */

import { ANNOUNCED_TYPES, EVENT_TYPES, STATUS_NOTICES } from '../../shared/payment/index.ts';
import { HOLD_REASONS, STATUSES, type Status } from '../../shared/payment/types.ts';
import { PROVIDERS } from '../../shared/providers/index.ts';

export type Schema = { readonly [keyword: string]: unknown };

/** Every event type, with what it asks of the merchant. */
export const CATALOGUE: Readonly<Record<string, string>> = { ...EVENT_TYPES, ...ANNOUNCED_TYPES };

const text = (description: string, more: Schema = {}): Schema => ({
  type: 'string',
  minLength: 1,
  description,
  ...more,
});
const list = (items: Schema, description: string): Schema => ({ type: 'array', items, description });
const moneyList = (description: string): Schema => list({ $ref: '#/$defs/money' }, description);

const MONEY: Schema = {
  type: 'object',
  required: ['amount', 'currency'],
  properties: {
    amount: text('A plain decimal in whole units, at least two decimals; compare by value.', {
      pattern: '^-?(0|[1-9][0-9]*)\\.[0-9]{2,}$',
    }),
    currency: text('ISO 4217; XXX where the provider does not name it.', { pattern: '^[A-Z]{3}$' }),
  },
};

const DETAILS: Schema = {
  type: 'object',
  description: 'What the provider says besides the status, as far as it says it. Codes, never free text.',
  properties: {
    eventType: text(
      'The provider’s own name of what caused this; in fulfil and revoke of what speaks for the payment, or against it.',
    ),
    goods: list(text('A product.'), 'Paymentwall: what was bought.'),
    coins: text(
      'Paymentwall virtual currency: number of coins. Negative only in the notice of a reversal, as received.',
    ),
    subscription: {
      type: 'object',
      description: 'Paymentwall: length and period of the subscription.',
      properties: { length: text('A number.'), period: text('day, week, month or year.') },
    },
    code: text('The provider’s status code.'),
    errorCode: text('Trustly Americas: the error beside the code.'),
    reason: text('What the codes mean.'),
    reasonCode: text('The provider’s reason.'),
    extendedReasonCode: text(
      'Trustly Americas: the reason in detail (SW054, 1, 12024: too many in 24 hours). Not for the shopper.',
    ),
    suggestedRetryAmount: text('Trustly Americas: an amount that may succeed.'),
    shopperMessage: text('A stable word that you translate for the shopper.'),
    paymentType: text('Trustly Americas.'),
    transactionType: text('Trustly Americas.'),
    bankAccount: {
      type: 'object',
      description: 'Trustly Americas: the account that the shopper authorized; never its number or holder.',
      properties: {
        bankCode: text('The provider’s code of the bank.'),
        bankName: text('The bank.'),
        provider: text('Through whom it was connected.'),
        verified: { type: 'boolean', description: 'The provider has verified it.' },
      },
    },
    parentId: text('The provider’s id of the parent transaction or the first payment of a subscription.'),
  },
};

const FIELDS: Readonly<Record<string, Schema>> = {
  schema: { const: 1, description: 'Raised on any incompatible change.' },
  id: text('The idempotency key: the same in every retry of this event, and never of another one.'),
  type: text('What happened; see the table of types.'),
  sequence: {
    type: 'integer',
    minimum: 1,
    description: 'Rises with each event of a payment, without gaps. Events may arrive in another order.',
  },
  epoch: {
    type: 'integer',
    minimum: 0,
    description: 'Which grant of the goods this belongs to; 0: none yet.',
  },
  environment: { enum: ['sandbox', 'live'], description: 'Of the deployment.' },
  test: { type: 'boolean', description: 'The provider called it test traffic.' },
  provider: { enum: [...PROVIDERS], description: 'The provider that sent the notification.' },
  account: text('Your name of the account.'),
  orderReference: text('Your order, once one was found.'),
  order: {
    type: 'object',
    description:
      'Your order as it is after this. While its state is claimed, a bad message about another payment than paidBy (a late failure of an earlier attempt) changes nothing for the shopper.',
    required: ['reference', 'state'],
    properties: {
      reference: text('The same as orderReference.'),
      state: {
        enum: ['open', 'claimed', 'closed'],
        description:
          'claimed: a payment has it and its goods stand, or another system fulfilled it. open: no payment has it, or the one that had it (paidBy) lost its goods again.',
      },
      paidBy: {
        type: 'object',
        description: 'The payment that has it, or had it last.',
        required: ['payment'],
        properties: {
          payment: text('Our key of that payment.'),
          status: { enum: [...STATUSES], description: 'What became of that payment.' },
        },
      },
      captured: moneyList(
        'Where several captures of one authorization pay it: what they count for together.',
      ),
    },
  },
  payment: text('Our key of the payment: <provider>:<account>:<provider’s id>.'),
  aliases: list(
    { $ref: '#/$defs/alias' },
    'Every name of the payment: own id, parent’s id, your references.',
  ),
  endUser: text('As the provider knows it, unless two notifications named different ones.'),
  status: { enum: [...STATUSES], description: 'What became of the payment.' },
  previousStatus: { enum: [...STATUSES], description: 'Before the notification that caused this.' },
  moved: moneyList('What came in (payments) or went out (payouts) so far.'),
  returned: moneyList('What went back of it so far.'),
  net: moneyList('moved less returned. Empty while the amount of a refund is not known.'),
  unexpected: moneyList(
    'Trustly Europe: credited beside moved, and no part of net: a further payment, or a refund that came back.',
  ),
  refund: {
    type: 'object',
    description:
      'The one refund that this notice is about, as far as the provider says it: its id (Paymentwall without an id: a digest of what was signed; Trustly Europe: the notification), and its own amount. With your reference, where you registered it.',
    properties: {
      reference: text('Under which you registered it.'),
      id: text('The provider’s id of the refund.'),
      amount: { $ref: '#/$defs/money' },
    },
  },
  amountSource: {
    enum: ['evidence', 'order', 'none'],
    description: 'evidence: the provider named it. order: it did not, this is what your order expects.',
  },
  goodwill: { type: 'boolean', description: 'Paymentwall gave it without money.' },
  confirmedBy: {
    const: 'operator',
    description:
      'An operator confirmed at the provider what was paid; absent: status and sums are the evidence’s own.',
  },
  early: { type: 'boolean', description: 'Granted before the money came, as configured.' },
  holds: list({ enum: [...HOLD_REASONS] }, 'Why we refuse to act; empty: nothing is held.'),
  details: { $ref: '#/$defs/details' },
  signature: {
    type: 'object',
    description: 'On the bus only: signs the other fields, see above.',
    required: ['webhook-id', 'webhook-timestamp', 'webhook-signature'],
    properties: {
      'webhook-id': text('As an endpoint would get it.'),
      'webhook-timestamp': text('When it was signed, seconds since 1970.', { pattern: '^[0-9]+$' }),
      'webhook-signature': text('One or two of "v1,<base64>", a space between them.'),
    },
  },
  causedBy: list(text('A notification’s id, an order, or an operator’s command.'), 'What led to this.'),
  occurredAt: text('When the cause reached us, ISO 8601 in UTC.', {
    pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z$',
  }),
};

const OPTIONAL = new Set([
  'orderReference',
  'order',
  'endUser',
  'previousStatus',
  'unexpected',
  'refund',
  'confirmedBy',
  'signature',
]);

/** Statuses that are announced under this word ("processing" stands for three). */
const announcedAs = (word: string): readonly Status[] =>
  STATUSES.filter((status) => STATUS_NOTICES[status] === word);

const statuses = (allowed: readonly Status[]): Schema =>
  allowed.length === 1 ? { const: allowed[0] } : { enum: [...allowed] };

/** What holds for every event of a type, in addition to the common form. */
function constraintsOf(type: string): Readonly<Record<string, Schema>> {
  const granted = { epoch: { type: 'integer', minimum: 1 } };
  if (type === 'fulfil') {
    const granting: readonly Status[] = ['authorized', 'processing', 'paid', 'partially_refunded'];
    return { ...granted, status: statuses(granting), holds: { type: 'array', maxItems: 0 } };
  }
  const late = { early: { const: false } };
  if (type === 'revoke') return { ...granted, ...late };
  if (Object.hasOwn(ANNOUNCED_TYPES, type)) return late;
  if (type === 'refund.failed') return late;
  const word = type.split('.')[1] ?? '';
  if (word === 'held') return { ...late, holds: { type: 'array', minItems: 1 } };
  if (word === 'duplicate')
    return { ...late, holds: { type: 'array', contains: { const: 'order_already_paid' } } };
  if (word === 'dispute_won') return { ...late, status: statuses(['paid', 'partially_refunded']) };
  // A refund is announced whatever status the payment then has.
  const allowed = word === 'refunded' || word === 'refund_updated' ? [] : announcedAs(word);
  return allowed.length === 0 ? late : { ...late, status: statuses(allowed) };
}

export function eventSchema(): Schema {
  const types = Object.keys(CATALOGUE);
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'A Payhooks event',
    description:
      'What your event bus (as detail) or your endpoint (as body) receives. Rendered by npm run docs.',
    oneOf: types.map((type) => ({ $ref: `#/$defs/${type}` })),
    $defs: {
      event: {
        type: 'object',
        required: Object.keys(FIELDS).filter((name) => !OPTIONAL.has(name)),
        properties: FIELDS,
      },
      money: MONEY,
      alias: {
        type: 'object',
        required: ['type', 'value'],
        properties: { type: { enum: ['id', 'parent', 'reference'] }, value: text('The name.') },
      },
      details: DETAILS,
      ...Object.fromEntries(
        types.map((type) => [
          type,
          {
            description: CATALOGUE[type],
            allOf: [{ $ref: '#/$defs/event' }],
            properties: { type: { const: type }, ...constraintsOf(type) },
          },
        ]),
      ),
    },
  };
}

/** The common fields with their descriptions, for the page. */
export const FIELD_DESCRIPTIONS: readonly (readonly [
  name: string,
  optional: boolean,
  description: string,
])[] = Object.entries(FIELDS).map(([name, schema]) => [
  name,
  OPTIONAL.has(name),
  String(schema.description ?? (name === 'details' ? DETAILS.description : '')),
]);
