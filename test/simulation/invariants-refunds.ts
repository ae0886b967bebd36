/** Invariants of refunds: each refund and each failure is announced once, and registered refunds are matched. */

import { eventKey } from '../../shared/app/table/keys.ts';
import { detailsFor, joinDetails } from '../../shared/payment/details.ts';
import { compareDecimals, matchRefunds, sameMoney, subtractMoney } from '../../shared/payment/index.ts';
import type { Effect, NormalizedEvent, Payment } from '../../shared/payment/types.ts';
import { providers } from '../../shared/providers/index.ts';
import { type Arrived, apiAnswersOn, type Report } from './arrived.ts';
import type { PlannedPayment } from './plans.ts';
import type { RefundStory } from './stories.ts';
import type { World } from './world.ts';

/** Whether a message with one of these names was applied, or another content under the same id. */
const hasArrived = (arrived: readonly Arrived[], names: readonly string[]): boolean =>
  arrived.some(
    ({ message, fate }) => fate === 'applied' && names.some((name) => idOf(name) === idOf(message.name)),
  );
const idOf = (name: string): string => name.split(' ')[0] ?? name;

const isRefunded = ({ type }: Effect): boolean => /^(payment|payout)\.refunded$/.test(type);

/** Each refund with an id of its provider is announced once, under that id. */
export function eachRefundIsAnnouncedOnce(
  planned: PlannedPayment,
  arrived: readonly Arrived[],
  effects: readonly Effect[],
  report: Report,
): void {
  if (planned.kind !== 'payment' || planned.provider === 'trustly-europe') return;
  const notices = effects.filter(
    ({ type, event }) => event.refund !== undefined && /\.refund(ed|_updated)$/.test(type),
  );
  const announced = notices.flatMap(({ event }) => event.refund?.id ?? []);
  for (const { id, sent, failed } of planned.refunds) {
    // A refund whose failure was applied first is never announced as sent.
    if (id === undefined || !hasArrived(arrived, sent) || hasArrived(arrived, failed)) continue;
    if (!announced.includes(id)) report('refund not announced', id);
  }
  const first = notices.filter(isRefunded).flatMap(({ event }) => event.refund?.id ?? []);
  if (new Set(first).size !== first.length) report('refund announced twice', first.join());
}

/**
 * A `payment.refunded` or `payout.refunded` without a refund's id never has a smaller returned sum than the event
 * before.
 */
export function refundEventsFollowReturnedMoney(effects: readonly Effect[], report: Report): void {
  const inOrder = effects.toSorted((a, b) => a.sequence - b.sequence);
  for (const [index, { id, event, ...effect }] of inOrder.entries()) {
    if (!/^(payment|payout)\.refunded$/.test(effect.type) || event.refund !== undefined) continue;
    const before = inOrder[index - 1]?.event;
    const [was, is] = [before?.returned ?? [], event.returned];
    const isLess = subtractMoney(is, was).every(({ amount }) => compareDecimals(amount, '0') <= 0);
    if (isLess && !sameMoney(is, was)) report('smaller returned sum announced as a refund', id);
  }
}

/** Number of conflicting messages that were applied first under their ids: their amounts are no planned refund. */
const conflictsAppliedFirst = (arrived: readonly Arrived[]): number =>
  arrived.filter(({ message, fate }) => message.kind === 'conflicting' && fate === 'applied').length;

/** Trustly Europe gives no id to a refund, so the announced refunds are counted. */
export function refundsAreCounted(
  planned: PlannedPayment,
  arrived: readonly Arrived[],
  { effects, payment }: { readonly effects: readonly Effect[]; readonly payment: Payment },
  report: Report,
): void {
  if (planned.provider !== 'trustly-europe' || planned.refunds.length === 0) return;
  // For an order of kind payout, the events have another meaning.
  if (payment.reading.direction !== 'in') return;
  const sent = planned.refunds.filter((refund) => hasArrived(arrived, refund.sent)).length;
  const notices = effects.filter((effect) => isRefunded(effect) && effect.event.refund !== undefined).length;
  if (notices > sent + conflictsAppliedFirst(arrived))
    report('more refunds announced than sent', `${notices} of ${sent}`);
}

/** Each failed refund is announced once as `refund.failed`, however often its notification comes. */
export function failedRefundsAreAnnounced(
  planned: PlannedPayment,
  arrived: readonly Arrived[],
  { effects, payment }: { readonly effects: readonly Effect[]; readonly payment: Payment },
  report: Report,
): void {
  const failed = planned.refunds.filter((refund) => isKnownToFail(planned, arrived, payment, refund));
  const announced = effects.filter(({ type }) => type === 'refund.failed');
  if (announced.length < failed.length)
    report('failed refund not announced', `${announced.length} of ${failed.length}`);
  if (announced.length > planned.refunds.length + conflictsAppliedFirst(arrived))
    report('failed refund announced twice', `${announced.length}`);
}

/** Whether the messages show that the refund failed. Trustly Europe: the returned credit alone does not show that. */
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

/** A registered refund is stored, and the provider's notifications about the refund are matched to it. */
export function registeredRefundsAreFollowed(
  world: World,
  planned: PlannedPayment,
  arrived: readonly Arrived[],
  payment: Payment,
  report: Report,
): void {
  const matched = matchRefunds(payment, providers[planned.provider].rules);
  for (const { reference, story, namesId } of world.refunds.filter((each) => each.payment === payment.key)) {
    if (!world.merchant.refunds.has(reference)) continue;
    const found = matched.find((refund) => refund.reference === reference);
    if (found === undefined) {
      report('registered refund missing in the payment', reference);
      continue;
    }
    // A refund that was registered without its id may be matched to another refund.
    if (!namesId || story.id === undefined || payment.reading.direction !== 'in') continue;
    const isFailed = hasArrived(arrived, story.failed);
    if (isFailed && found.state !== 'failed')
      report('failed refund not matched to its registration', reference);
    if (!isFailed && hasArrived(arrived, story.sent) && found.state !== 'sent')
      report('sent refund not matched to its registration', `${reference} of ${planned.id}`);
  }
}

/** `fulfil` and `revoke` contain the joined details of the messages that were stored then, in any order of arrival. */
export function detailsDoNotDependOnArrivalOrder(
  world: World,
  planned: PlannedPayment,
  arrived: readonly Arrived[],
  effects: readonly Effect[],
  report: Report,
): void {
  const normalized: readonly NormalizedEvent[] = [
    ...arrived.flatMap(({ normalized, fate }) => (fate === 'applied' ? [normalized] : [])),
    ...apiAnswersOn(world, planned),
  ].filter(({ subject }) => subject?.id === planned.id);
  for (const { id, type, event } of effects) {
    if (type !== 'fulfil' && type !== 'revoke') continue;
    const decided = world.history.decided.get(id);
    if (event.details.coins?.startsWith('-') === true) report('event with a negative quantity', id);
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
        report(
          'event details differ from the messages',
          `${id}: ${sorted(event.details)} instead of ${sorted(expected)}`,
        );
    }
  }
}

const sorted = (details: object): string =>
  JSON.stringify(Object.entries(details).sort(([a], [b]) => (a < b ? -1 : 1)));
