/** Invariants of every world, checked on its recorded history. Each failure names the invariant. */
import { type About, arrivedOf } from './arrived.ts';
import {
  balancesAreConserved,
  conflictsAreHeld,
  factsAreTheJoin,
  noMoneyThatIsNotThere,
  nothingAcknowledgedIsLost,
  nothingForgedIsAccepted,
  nothingIsLeftToDerive,
  nothingIsLeftToRederive,
  whatCanBeConfirmedIs,
} from './invariants-evidence.ts';
import {
  atMostOnePerOrder,
  claimsAreWithStandingPayments,
  duplicatesHaveAStandingOriginal,
  everyEffectIsFinal,
  goodsGoOutWhenTheyMay,
  grantAndShopAgree,
  noneWithoutMoney,
  noStaleGoodNews,
  statusSupportsTheGrant,
  theAmountIsRight,
  triedForTwoDays,
} from './invariants-goods.ts';
import {
  capturesFitTheOrder,
  capturesPayOnce,
  changesAreLedgered,
  closedOrdersGrantNothing,
  duplicatesNameTheOther,
  eventsNameOrdersAsTheyAre,
} from './invariants-orders.ts';
import {
  answersSettleEverything,
  decisionsAreTheOperators,
  questionsHaveOneAnswer,
  withdrawalsAreTakenOnce,
} from './invariants-people.ts';
import {
  detailsDoNotDependOnTheOrder,
  eachRefundIsAnnouncedOnce,
  failedRefundsAreSaid,
  refundsAreCounted,
  refundsAreSaidOfMoneyThatWent,
  registeredRefundsAreFollowed,
} from './invariants-refunds.ts';
import type { World } from './world.ts';

/** Violations, each as "<invariant>: <detail>". */
export async function violations(world: World): Promise<string[]> {
  const found: string[] = [];
  for (const planned of world.payments) {
    const about: About = (name, detail) => found.push(`${name}: ${planned.provider} ${planned.id} ${detail}`);
    const arrived = arrivedOf(world, planned);
    nothingAcknowledgedIsLost(world, planned, arrived, about);
    nothingForgedIsAccepted(world, planned, about);
    const payment = world.payment(planned);
    factsAreTheJoin(world, planned, arrived, payment, about);
    questionsHaveOneAnswer(world, planned, arrived, about);
    withdrawalsAreTakenOnce(world, planned, arrived, about);
    conflictsAreHeld(world, planned, arrived, about);
    if (payment === undefined) continue;
    const effects = world.effects(planned);
    balancesAreConserved(world, planned, arrived, payment, about);
    noMoneyThatIsNotThere(world, arrived, payment, about);
    decisionsAreTheOperators(world, payment, about);
    answersSettleEverything(world, payment, about);
    whatCanBeConfirmedIs(world, planned, payment, about);
    nothingIsLeftToDerive(world, payment, about);
    everyEffectIsFinal(world, effects, about);
    grantAndShopAgree(world, payment, effects, about);
    noStaleGoodNews(world, payment, effects, about);
    noneWithoutMoney(world, planned, payment, about);
    theAmountIsRight(world, planned, payment, about);
    statusSupportsTheGrant(payment, about);
    goodsGoOutWhenTheyMay(world, payment, about);
    duplicatesHaveAStandingOriginal(world, payment, about);
    eventsNameOrdersAsTheyAre(world, effects, about);
    duplicatesNameTheOther(effects, about);
    closedOrdersGrantNothing(world, payment, effects, about);
    eachRefundIsAnnouncedOnce(planned, arrived, effects, about);
    refundsAreCounted(planned, arrived, { effects, payment }, about);
    refundsAreSaidOfMoneyThatWent(effects, about);
    failedRefundsAreSaid(planned, arrived, { effects, payment }, about);
    registeredRefundsAreFollowed(world, planned, arrived, payment, about);
    detailsDoNotDependOnTheOrder(world, planned, arrived, effects, about);
  }
  changesAreLedgered(world, found);
  capturesFitTheOrder(world, found);
  capturesPayOnce(world, found);
  atMostOnePerOrder(world, found);
  claimsAreWithStandingPayments(world, found);
  triedForTwoDays(world, found);
  nothingIsLeftOver(world, found);
  await nothingIsLeftToRederive(world, found);
  if (world.shop.altered.length > 0) found.push(`same key, other content: ${world.shop.altered.join(', ')}`);
  return found;
}

function nothingIsLeftOver(world: World, found: string[]): void {
  for (const queue of [world.notifications, world.fulfilment]) {
    // Waiting costs receives; with the deployed number, waiting alone never uses them up.
    if (queue.died > 0 && !world.isShortLeashed) found.push('received too often: a message died of waiting');
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
  // A message signed again with a rotated key has another signature, and so another row.
  const rows = ambiguous.length * (world.environments.phase === 'old' ? 1 : 2);
  if (new Set(kept.map(({ sk }) => sk)).size > rows) found.push('quarantined: more than was ambiguous');
  for (const row of world.table.rows.values()) {
    if (row.pk.startsWith('parked#')) found.push(`parked: ${JSON.stringify(row.data).slice(0, 120)}`);
  }
  for (const { history } of world.payments) {
    for (const { name, kind } of history) {
      const isRefused = kind === 'genuine' && world.senders.sent.has(name);
      if (isRefused && !world.senders.acknowledged.has(name))
        found.push(`genuine but refused for good: ${name}`);
    }
  }
  for (const problem of world.senders.unreadable)
    found.push(`an answer that Trustly would not take: ${problem}`);
  const kind = new Set(world.senders.refusals.filter((status) => status !== 401 && status !== 503));
  if (kind.size > 0) found.push(`forgery told apart from any other: ${[...kind].join(', ')}`);
}
