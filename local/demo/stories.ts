/**
 * The demo's stories, as data: what a provider sends, in which order, which answer it must get, and the expected result
 * for the payment. `local/demo/main.ts` runs them against a running stack; every id is new in each run.
 */

import type { HoldReason, Status } from '../../shared/payment/types.ts';
import type { ProviderName } from '../../shared/providers/index.ts';
import { type Blanks, filled, scenarios } from './scenarios/scenarios.ts';
import type { Sent } from './sent.ts';

export interface Step {
  /** The provider's name for it, as the table shows it. */
  readonly what: string;
  readonly send: Sent;
  /** A change after signing, so that the signature is no longer valid. */
  readonly tamper?: readonly [from: string, to: string];
  /** Repeats the exact bytes of an earlier step, like a retry. */
  readonly again?: boolean;
  readonly answer: number;
  /**
   * Waits, before it goes on, until the payment has this status and the shop got its events: the next step comes late.
   */
  readonly waitFor?: Status;
}

/**
 * An order with an exact amount, and the amount that the provider's API reports when the confirmer polls it after the
 * steps.
 */
export interface StoryPoll {
  readonly order: { readonly reference: string; readonly amount: string; readonly endUser?: string };
  /** In USD, like the order. */
  readonly known: string;
}

/** The demo's accounts that need a confirmed amount, in addition to those of cdk.json. */
const CONFIRMED = 'demo-confirmed';
const required = { confirm: true, policy: { amountCheck: 'required', unknownOrder: 'hold' } } as const;
export const CONFIRMED_ACCOUNTS = [
  { provider: 'trustly-americas', account: CONFIRMED, ...required },
  { provider: 'paymentwall', account: CONFIRMED, api: 'digital_goods', signatureVersion: 3, ...required },
] as const;

export interface Story {
  readonly title: string;
  /** Default: the provider's first account that can play the story. */
  readonly account?: string;
  readonly poll?: StoryPoll;
  readonly provider: ProviderName;
  /** The provider's id of the payment. */
  readonly payment: string;
  readonly steps: readonly Step[];
  /** `nothing`: no trace of a payment may exist. */
  readonly becomes: Status | 'nothing';
  /** Why an operator has to decide; absent when none has to. */
  readonly held?: HoldReason;
  /** The number of fulfil events that the shop gets; `revokes` likewise. */
  readonly fulfils: 0 | 1;
  readonly revokes: 0 | 1;
}

/** `seed` makes ids unique per run: a number below 10^8. */
export function stories(seed: number): readonly Story[] {
  return [...americas(seed), ...europe(seed), ...paymentwall(seed)];
}

type Outcome = Pick<Story, 'becomes' | 'fulfils' | 'revokes' | 'held'>;
const PAID: Outcome = { becomes: 'paid', fulfils: 1, revokes: 0 };
const TAKEN_BACK: Outcome = { becomes: 'reversed', fulfils: 1, revokes: 1 };
const NEVER_GIVEN: Outcome = { becomes: 'reversed', fulfils: 0, revokes: 0 };
const NOTHING: Outcome = { becomes: 'nothing', fulfils: 0, revokes: 0 };
const HELD: Outcome = { becomes: 'paid', fulfils: 0, revokes: 0, held: 'amount_differs' };

/** The last notification of a scenario file ("trustly-americas/Complete"); `payhooks trigger` sends the same. */
function lastOf(name: string, blanks: Omit<Blanks, 'now'>): Sent {
  const scenario = scenarios.find((each) => each.name === name);
  const fields = scenario?.send.at(-1);
  if (scenario === undefined || fields === undefined) throw new Error(`no scenario ${name}`);
  return filled(scenario.provider, fields, {}, { ...blanks, now: Date.now() });
}

/** Two stories of an account that needs a confirmed amount: the order's amount is confirmed, and another amount is. */
function confirmedStories(
  provider: ProviderName,
  firstStep: (payment: string) => Pick<Step, 'what' | 'send'>,
  [paid, known, held]: readonly [paid: string, known: string, held: string],
  order: Pick<StoryPoll['order'], 'endUser'> = {},
): readonly Story[] {
  const story = (title: string, payment: string, known: string, outcome: Outcome): Story => ({
    ...{ title, payment, provider, account: CONFIRMED, ...outcome },
    poll: { order: { reference: `order-${payment}`, amount: '25.00', ...order }, known },
    steps: [{ ...firstStep(payment), answer: 200, waitFor: 'awaiting_confirmation' }],
  });
  return [
    story('paid after the provider’s API confirms the amount', paid, known, PAID),
    story('held because the confirmed amount differs from the order’s', held, '2.50', HELD),
  ];
}

function americas(seed: number): Story[] {
  const provider = 'trustly-americas';
  let event = 0;
  const capture = (id: string, eventType: string): Sent => {
    event += 1;
    const notification = `${seed}${String(event).padStart(2, '0')}`;
    return lastOf(`${provider}/${eventType}`, { id, order: `order-${id}`, notification });
  };
  const [paid, early, forged] = [`1${seed}1`, `1${seed}2`, `1${seed}3`] as const;
  const complete = capture(paid, 'Complete');
  return [
    {
      ...{ title: 'paid, repeated, reversed later', provider, payment: paid, ...TAKEN_BACK },
      steps: [
        { what: 'Authorize', send: capture(paid, 'Authorize'), answer: 200 },
        { what: 'Process', send: capture(paid, 'Process'), answer: 200 },
        { what: 'Complete', send: complete, answer: 200, waitFor: 'paid' },
        { what: 'Complete, retried', send: complete, again: true, answer: 200 },
        { what: 'Reverse', send: capture(paid, 'Reverse'), answer: 200 },
      ],
    },
    {
      ...{ title: 'Complete arrives before Process', provider, payment: early, ...PAID },
      steps: [
        { what: 'Complete', send: capture(early, 'Complete'), answer: 200 },
        { what: 'Process', send: capture(early, 'Process'), answer: 200 },
      ],
    },
    {
      ...{ title: 'Fail changed to Complete after signing', provider, payment: forged, ...NOTHING },
      steps: [
        {
          ...{ what: 'Fail → Complete', send: capture(forged, 'Fail') },
          ...{ tamper: ['status=5', 'status=4'], answer: 401 },
        },
      ],
    },
    // "25.0" is 25.00: amounts are compared as numbers.
    ...confirmedStories(provider, (payment) => ({ what: 'Complete', send: capture(payment, 'Complete') }), [
      `1${seed}4`,
      '25.0',
      `1${seed}5`,
    ]),
  ];
}

function europe(seed: number): Story[] {
  const provider = 'trustly-europe';
  let count = 0;
  const notification = (method: string, orderid: string): Sent => {
    count += 1;
    const notificationid = `${seed}${String(count).padStart(2, '0')}`;
    const blanks = { id: orderid, order: `order-${orderid}`, notification: notificationid };
    return lastOf(`${provider}/${method}`, blanks);
  };
  const [paid, swapped, forged] = [`2${seed}1`, `2${seed}2`, `2${seed}3`] as const;
  const credit = notification('credit', paid);
  return [
    {
      ...{ title: 'credited, repeated, debited later', provider, payment: paid, ...TAKEN_BACK },
      steps: [
        { what: 'pending', send: notification('pending', paid), answer: 200 },
        { what: 'credit', send: credit, answer: 200, waitFor: 'paid' },
        { what: 'credit, retried', send: credit, again: true, answer: 200 },
        { what: 'debit', send: notification('debit', paid), answer: 200 },
      ],
    },
    {
      ...{ title: 'credit arrives before pending', provider, payment: swapped, ...PAID },
      steps: [
        { what: 'credit', send: notification('credit', swapped), answer: 200 },
        { what: 'pending', send: notification('pending', swapped), answer: 200 },
      ],
    },
    {
      ...{ title: 'amount changed after signing', provider, payment: forged, ...NOTHING },
      steps: [
        {
          ...{ what: 'credit 902.50 → 9902.50', send: notification('credit', forged) },
          ...{ tamper: ['902.50', '9902.50'], answer: 401 },
        },
      ],
    },
  ];
}

function paymentwall(seed: number): Story[] {
  const provider = 'paymentwall';
  /** @param ref "b" and digits, as in the scenario file */
  const pingback = (ref: string, story: 'regular' | 'negative', order = 'gold_membership'): Sent =>
    lastOf(`${provider}/${story}`, { id: ref.slice(1), order, notification: '' });
  const [paid, refundFirst, forged] = [`b${seed}1`, `b${seed}2`, `b${seed}3`] as const;
  const delivered = pingback(paid, 'regular');
  return [
    {
      ...{ title: 'paid, repeated, reversed later', provider, payment: paid, ...TAKEN_BACK },
      steps: [
        { what: 'type 0', send: delivered, answer: 200, waitFor: 'paid' },
        { what: 'type 0, retried', send: delivered, again: true, answer: 200 },
        { what: 'type 2, reason 1', send: pingback(paid, 'negative'), answer: 200 },
      ],
    },
    {
      ...{ title: 'reversal arrives before its payment', provider, payment: refundFirst },
      ...NEVER_GIVEN,
      steps: [
        {
          ...{ what: 'type 2, reason 1', send: pingback(refundFirst, 'negative') },
          ...{ answer: 200, waitFor: 'reversed' },
        },
        { what: 'type 0', send: pingback(refundFirst, 'regular'), answer: 200 },
      ],
    },
    {
      ...{ title: 'uid changed after signing', provider, payment: forged, ...NOTHING },
      steps: [
        {
          ...{ what: 'uid changed', send: pingback(forged, 'regular') },
          ...{ tamper: ['uid=shopper-7', 'uid=shopper-8'], answer: 401 },
        },
      ],
    },
    ...confirmedStories(
      provider,
      (payment) => ({ what: 'type 0', send: pingback(payment, 'regular', `order-${payment}`) }),
      [`b${seed}4`, '25', `b${seed}5`],
      { endUser: 'shopper-7' },
    ),
  ];
}
