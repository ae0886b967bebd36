/** Invariants of refunds: each is announced once, each failure is announced, and each registered refund is followed. */

import { eventKey } from '../../shared/app/table/keys.ts';
import { detailsFor, joinDetails } from '../../shared/payment/details.ts';
import { compareDecimals, followRefunds, sameMoney, subtractMoney } from '../../shared/payment/index.ts';
import type { Effect, NormalizedEvent, Payment } from '../../shared/payment/types.ts';
import { providers } from '../../shared/providers/index.ts';
import { type About, type Arrived, answersOn } from './arrived.ts';
import type { PlannedPayment } from './plans.ts';
import type { RefundStory } from './stories.ts';
import type { World } from './world.ts';

/** Whether one of these messages was applied, or other content under its id instead. */
const hasArrived = (arrived: readonly Arrived[], names: readonly string[]): boolean =>
  arrived.some(
    ({ message, fate }) => fate === 'applied' && names.some((name) => idOf(name) === idOf(message.name)),
  );
const idOf = (name: string): string => name.split(' ')[0] ?? name;

const isRefunded = ({ type }: Effect): boolean => /^(payment|payout)\.refunded$/.test(type);

/** Each refund that its provider names by an id is announced under that id, once. */
export function eachRefundIsAnnouncedOnce(
  planned: PlannedPayment,
  arrived: readonly Arrived[],
  effects: readonly Effect[],
  about: About,
): void {
  if (planned.kind !== 'payment' || planned.provider === 'trustly-europe') return;
  const notices = effects.filter(
    ({ type, event }) => event.refund !== undefined && /\.refund(ed|_updated)$/.test(type),
  );
  const announced = notices.flatMap(({ event }) => event.refund?.id ?? []);
  for (const { id, sent, failed } of planned.refunds) {
    // A refund whose failure arrived first was never announced as sent.
    if (id === undefined || !hasArrived(arrived, sent) || hasArrived(arrived, failed)) continue;
    if (!announced.includes(id)) about('a refund that nobody was told of', id);
  }
  const first = notices.filter(isRefunded).flatMap(({ event }) => event.refund?.id ?? []);
  if (new Set(first).size !== first.length) about('one refund, two notices', first.join());
}

/** Without naming a refund, an event may announce that more money went back than before, never less. */
export function refundsAreSaidOfMoneyThatWent(effects: readonly Effect[], about: About): void {
  const inOrder = effects.toSorted((a, b) => a.sequence - b.sequence);
  for (const [index, { id, event, ...effect }] of inOrder.entries()) {
    if (!/^(payment|payout)\.refunded$/.test(effect.type) || event.refund !== undefined) continue;
    const before = inOrder[index - 1]?.event;
    const [was, is] = [before?.returned ?? [], event.returned];
    const isLess = subtractMoney(is, was).every(({ amount }) => compareDecimals(amount, '0') <= 0);
    if (isLess && !sameMoney(is, was)) about('told as a refund that less went back', id);
  }
}

/** Conflicting content that came first under its id, and is held: its amount is none of the story's refunds. */
const straysOf = (arrived: readonly Arrived[]): number =>
  arrived.filter(({ message, fate }) => message.kind === 'conflicting' && fate === 'applied').length;

/** Europe: no id names a refund, so refunds are counted. */
export function refundsAreCounted(
  planned: PlannedPayment,
  arrived: readonly Arrived[],
  { effects, payment }: { readonly effects: readonly Effect[]; readonly payment: Payment },
  about: About,
): void {
  if (planned.provider !== 'trustly-europe' || planned.refunds.length === 0) return;
  // For an order of kind payout, the notices have another meaning.
  if (payment.reading.direction !== 'in') return;
  const sent = planned.refunds.filter((refund) => hasArrived(arrived, refund.sent)).length;
  const notices = effects.filter((effect) => isRefunded(effect) && effect.event.refund !== undefined).length;
  if (notices > sent + straysOf(arrived)) about('more notices than refunds', `${notices} of ${sent}`);
}

/** The shopper has not got the money: announced once for each failed refund, however often the notification comes. */
export function failedRefundsAreSaid(
  planned: PlannedPayment,
  arrived: readonly Arrived[],
  { effects, payment }: { readonly effects: readonly Effect[]; readonly payment: Payment },
  about: About,
): void {
  const failed = planned.refunds.filter((refund) => isKnownToFail(planned, arrived, payment, refund));
  const said = effects.filter(({ type }) => type === 'refund.failed');
  if (said.length < failed.length)
    about('a refund failed and nobody was told', `${said.length} of ${failed.length}`);
  if (said.length > planned.refunds.length + straysOf(arrived))
    about('one failed refund, two notices', `${said.length}`);
}

/** Europe: a credit alone shows it only if the refund is known by its notice or its registration. */
function isKnownToFail(
  { provider }: PlannedPayment,
  arrived: readonly Arrived[],
  payment: Payment,
  refund: RefundStory,
): boolean {
  if (payment.reading.direction !== 'in' || !hasArrived(arrived, refund.failed)) return false;
  if (provider !== 'trustly-europe') return true;
  return arrived.some(
    ({ message, fate }) =>
      fate === 'applied' && refund.failed.includes(message.name) && message.returns !== true,
  );
}

/** A registered refund is stored, and the provider's notifications about it are matched. */
export function registeredRefundsAreFollowed(
  world: World,
  planned: PlannedPayment,
  arrived: readonly Arrived[],
  payment: Payment,
  about: About,
): void {
  const followed = followRefunds(payment, providers[planned.provider].rules);
  for (const { reference, story, namesId } of world.refunds.filter((each) => each.payment === payment.key)) {
    if (!world.merchant.refunds.has(reference)) continue;
    const found = followed.find((refund) => refund.reference === reference);
    if (found === undefined) {
      about('a registered refund is forgotten', reference);
      continue;
    }
    // Without its id it may be taken for another refund.
    if (!namesId || story.id === undefined || payment.reading.direction !== 'in') continue;
    const isFailed = hasArrived(arrived, story.failed);
    if (isFailed && found.state !== 'failed') about('a registered refund failed, unnoticed', reference);
    if (!isFailed && hasArrived(arrived, story.sent) && found.state !== 'sent')
      about('a registered refund was sent, unnoticed', `${reference} of ${planned.id}`);
  }
}

/** `fulfil` and `revoke` contain the details of the messages present, in whatever order these came. */
export function detailsDoNotDependOnTheOrder(
  world: World,
  planned: PlannedPayment,
  arrived: readonly Arrived[],
  effects: readonly Effect[],
  about: About,
): void {
  const normalized: readonly NormalizedEvent[] = [
    ...arrived.flatMap(({ normalized, fate }) => (fate === 'applied' ? [normalized] : [])),
    ...answersOn(world, planned),
  ].filter(({ subject }) => subject?.id === planned.id);
  for (const { id, type, event } of effects) {
    if (type !== 'fulfil' && type !== 'revoke') continue;
    const decided = world.history.decided.get(id);
    if (event.details.coins?.startsWith('-') === true) about('a negative number of goods', id);
    const known = normalized.filter(({ key }) => {
      const joined = world.history.joined.get(eventKey(planned, key).pk);
      return joined !== undefined && decided !== undefined && joined.transaction <= decided.transaction;
    });
    for (const order of [known, known.toReversed()]) {
      const kept = order.reduce<Parameters<typeof joinDetails>[0]>(joinDetails, {
        details: {},
        described: {},
      });
      const expected = detailsFor(type, kept, {});
      if (sorted(expected) !== sorted(event.details))
        about(
          'says otherwise than its messages',
          `${id}: ${sorted(event.details)} instead of ${sorted(expected)}`,
        );
    }
  }
}

const sorted = (details: object): string =>
  JSON.stringify(Object.entries(details).sort(([a], [b]) => (a < b ? -1 : 1)));
