/** All invariants, checked on the recorded history of a world. Each violation names its invariant. */
import { arrivedOf, type Report } from './arrived.ts';
import {
  balancesAreConserved,
  conflictsAreHeld,
  factsAreTheJoin,
  noMoneyWithoutCredit,
  nothingAcknowledgedIsLost,
  nothingForgedIsAccepted,
  nothingIsLeftToDerive,
  nothingIsLeftToRederive,
  waitingPaymentsArePolled,
} from './invariants-evidence.ts';
import {
  claimsAreWithGrantedPayments,
  duplicateHoldsFitTheClaimant,
  effectsAreAttemptedForTwoDays,
  everyEffectIsFinal,
  fulfilledAmountsFitTheOrder,
  grantAndShopAgree,
  noFulfilWithoutMoney,
  noOutdatedGoodNotice,
  onceOrdersHaveOneFulfilment,
  paidPaymentsAreGranted,
  statusSupportsTheGrant,
} from './invariants-goods.ts';
import {
  capturesFitTheOrder,
  capturesPayOnce,
  changesAreLedgered,
  closedOrdersGrantNothing,
  duplicateEventsNameTheClaimant,
  eventsShowTheTrueOrderState,
} from './invariants-orders.ts';
import {
  decisionsComeFromOperators,
  everythingIsAnswered,
  questionsHaveOneAnswer,
  withdrawalsAreTakenOnce,
} from './invariants-people.ts';
import {
  detailsDoNotDependOnArrivalOrder,
  eachRefundIsAnnouncedOnce,
  failedRefundsAreAnnounced,
  refundEventsFollowReturnedMoney,
  refundsAreCounted,
  registeredRefundsAreFollowed,
} from './invariants-refunds.ts';
import type { World } from './world.ts';

/** Violations, each as "<invariant>: <detail>". */
export async function violations(world: World): Promise<string[]> {
  const found: string[] = [];
  for (const planned of world.payments) {
    const report: Report = (name, detail) =>
      found.push(`${name}: ${planned.provider} ${planned.id} ${detail}`);
    const arrived = arrivedOf(world, planned);
    nothingAcknowledgedIsLost(world, planned, arrived, report);
    nothingForgedIsAccepted(world, planned, report);
    const payment = world.payment(planned);
    factsAreTheJoin(world, planned, arrived, payment, report);
    questionsHaveOneAnswer(world, planned, arrived, report);
    withdrawalsAreTakenOnce(world, planned, arrived, report);
    conflictsAreHeld(world, planned, arrived, report);
    if (payment === undefined) continue;
    const effects = world.effects(planned);
    balancesAreConserved(world, planned, arrived, payment, report);
    noMoneyWithoutCredit(world, arrived, payment, report);
    decisionsComeFromOperators(world, payment, report);
    everythingIsAnswered(world, payment, report);
    waitingPaymentsArePolled(world, planned, payment, report);
    nothingIsLeftToDerive(world, payment, report);
    everyEffectIsFinal(world, effects, report);
    grantAndShopAgree(world, payment, effects, report);
    noOutdatedGoodNotice(world, payment, effects, report);
    noFulfilWithoutMoney(world, planned, payment, report);
    fulfilledAmountsFitTheOrder(world, planned, payment, report);
    statusSupportsTheGrant(payment, report);
    paidPaymentsAreGranted(world, payment, report);
    duplicateHoldsFitTheClaimant(world, payment, report);
    eventsShowTheTrueOrderState(world, effects, report);
    duplicateEventsNameTheClaimant(effects, report);
    closedOrdersGrantNothing(world, payment, effects, report);
    eachRefundIsAnnouncedOnce(planned, arrived, effects, report);
    refundsAreCounted(planned, arrived, { effects, payment }, report);
    refundEventsFollowReturnedMoney(effects, report);
    failedRefundsAreAnnounced(planned, arrived, { effects, payment }, report);
    registeredRefundsAreFollowed(world, planned, arrived, payment, report);
    detailsDoNotDependOnArrivalOrder(world, planned, arrived, effects, report);
  }
  changesAreLedgered(world, found);
  capturesFitTheOrder(world, found);
  capturesPayOnce(world, found);
  onceOrdersHaveOneFulfilment(world, found);
  claimsAreWithGrantedPayments(world, found);
  effectsAreAttemptedForTwoDays(world, found);
  nothingIsLeftBehind(world, found);
  await nothingIsLeftToRederive(world, found);
  if (world.shop.altered.length > 0)
    found.push(`idempotency key with two contents: ${world.shop.altered.join(', ')}`);
  return found;
}

function nothingIsLeftBehind(world: World, found: string[]): void {
  for (const queue of [world.notifications, world.fulfilment]) {
    // Each postponement uses one receive. The deployed number of receives is never used up by postponements alone.
    if (queue.deadLetterCount > 0 && !world.hasFewReceives)
      found.push('received too often: a message became a dead letter');
    if (queue.messages.size > 0)
      found.push(`messages left on a queue: ${[...queue.messages.keys()].join(', ')}`);
    if (queue.deadLetters.length > 0)
      found.push(`dead letters: ${queue.deadLetters.map(({ id }) => id).join(', ')}`);
  }
  const ambiguous = world.payments.flatMap(({ history }) =>
    history.filter(({ kind }) => kind === 'ambiguous'),
  );
  const kept = world.payments.flatMap(({ provider, account }) =>
    world.rowsOf(`quarantine#${provider}#${account}`),
  );
  // A message that is signed again with the rotated key has another signature, and so another row.
  const rows = ambiguous.length * (world.environments.phase === 'old' ? 1 : 2);
  if (new Set(kept.map(({ sk }) => sk)).size > rows)
    found.push('quarantined: more rows than ambiguous messages');
  for (const row of world.table.rows.values()) {
    if (row.pk.startsWith('parked#')) found.push(`parked: ${JSON.stringify(row.data).slice(0, 120)}`);
  }
  for (const { history } of world.payments) {
    for (const { name, kind } of history) {
      const isRefused = kind === 'genuine' && world.senders.sent.has(name);
      if (isRefused && !world.senders.acknowledged.has(name))
        found.push(`genuine notification never acknowledged: ${name}`);
    }
  }
  for (const problem of world.senders.unreadable)
    found.push(`answer that Trustly does not accept: ${problem}`);
  const kind = new Set(world.senders.refusals.filter((status) => status !== 401 && status !== 503));
  if (kind.size > 0) found.push(`forgery answered with another status: ${[...kind].join(', ')}`);
}
