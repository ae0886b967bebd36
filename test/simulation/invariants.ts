/** What must be true of every world, checked from its recorded history. Each failure names the invariant. */
import { aliasKeyOf, conflictKey, eventKey } from '../../shared/aws/keys.ts';
import { aliasTarget, eventOf, orderOf } from '../../shared/aws/rows.ts';
import {
  addDecimals,
  compareDecimals,
  conflictName,
  isNegative,
  joinFacts,
  materialHash,
  orderToLoad,
  parsePaymentKey,
  subtractDecimals,
  transition,
} from '../../shared/payment/index.ts';
import type { Effect, Facts, MerchantEvent, Order, Payment, Told } from '../../shared/payment/types.ts';
import { providers } from '../../shared/providers/index.ts';
import type { PlannedPayment } from './plans.ts';
import { isForged, type Planned } from './wire.ts';
import type { World } from './world.ts';

/** A delivery that had begun when the revoke was decided may still arrive: its lease is at most this long. */
const LONGEST_DELIVERY_MS = 60_000;

const FINAL = new Set(['delivered', 'superseded', 'failed']);

/** Invariant and what broke it, as "<invariant>: <detail>". */
export function violations(world: World): string[] {
  const found: string[] = [];
  for (const planned of world.payments) {
    const about: About = (name, detail) => found.push(`${name}: ${planned.provider} ${planned.id} ${detail}`);
    const heard = heardOf(world, planned);
    nothingAcknowledgedIsLost(world, planned, heard, about);
    nothingForgedIsAccepted(world, planned, about);
    const payment = world.payment(planned);
    factsAreTheJoin(heard, payment, about);
    if (payment === undefined) continue;
    const effects = world.effects(planned);
    conflictsAreHeld(heard, payment, about);
    balancesAreConserved(heard, payment, about);
    nothingIsLeftToDerive(world, payment, about);
    everyEffectIsFinal(world, effects, about);
    grantAndShopAgree(world, payment, effects, about);
    noneWithoutMoney(world, planned, payment, about);
    theAmountIsRight(world, planned, payment, about);
    statusSupportsTheGrant(payment, about);
    goodsGoOutWhenTheyMay(world, payment, about);
  }
  atMostOnePerOrder(world, found);
  nothingIsLeftOver(world, found);
  if (world.shop.altered.length > 0) found.push(`same key, other content: ${world.shop.altered.join(', ')}`);
  return found;
}

type About = (name: string, detail: string) => void;

/** A signed and readable message with what it tells, and what became of it. */
interface Heard {
  readonly message: Planned;
  readonly told: Told;
  /** applied: its facts count · beside: other content was first, it is kept next to it · lost: no row knows it. */
  readonly fate: 'applied' | 'beside' | 'lost';
}

function heardOf(world: World, planned: PlannedPayment): readonly Heard[] {
  const provider = providers[planned.provider];
  const account = world.account(planned.provider);
  return planned.history
    .filter(({ kind }) => kind === 'genuine' || kind === 'conflicting')
    .map((message) => {
      const { method, rawQuery, body } = message.request;
      const told = provider.told(provider.parse(method === 'GET' ? rawQuery : body, account), account);
      const hash = materialHash(told);
      const event = world.row(eventKey(planned, told.key));
      const beside = world.row(conflictKey(planned, told.key, hash));
      const first = event !== undefined && eventOf(event).materialHash === hash;
      return { message, told, fate: first ? 'applied' : beside === undefined ? 'lost' : 'beside' };
    });
}

function nothingAcknowledgedIsLost(
  world: World,
  planned: PlannedPayment,
  heard: readonly Heard[],
  about: About,
): void {
  for (const { message, fate } of heard) {
    if (fate === 'lost' && world.acknowledged.has(message.name)) about('acknowledged but lost', message.name);
  }
  const ambiguous = planned.history.filter(
    ({ kind, name }) => kind === 'ambiguous' && world.acknowledged.has(name),
  );
  const kept = world.rowsOf(`quarantine#${planned.provider}#${planned.account}`);
  if (kept.length < ambiguous.length) about('acknowledged but lost', 'a quarantined message');
}

function nothingForgedIsAccepted(world: World, planned: PlannedPayment, about: About): void {
  for (const { kind, name } of planned.history) {
    if (isForged(kind) && world.acknowledged.has(name)) about('forgery accepted', name);
  }
}

/** Facts of everything that came through, joined here once more, in the order of the plan. */
function factsAreTheJoin(heard: readonly Heard[], payment: Payment | undefined, about: About): void {
  const expected = heard
    .filter(({ told, fate }) => fate === 'applied' && told.subject !== undefined)
    .reduce<Facts>((facts, { told }) => joinFacts(facts, told.facts), {});
  const actual = payment?.facts ?? {};
  if (stable(expected) !== stable(actual)) {
    about('facts are not the join', `${stable(actual)} instead of ${stable(expected)}`);
  }
}

const stable = (facts: Facts): string =>
  JSON.stringify(Object.entries(facts).sort(([a], [b]) => (a < b ? -1 : 1)));

function conflictsAreHeld(heard: readonly Heard[], payment: Payment, about: About): void {
  for (const { told, fate } of heard) {
    if (fate !== 'beside') continue;
    if (!payment.conflicts.includes(conflictName(told))) about('conflict not remembered', told.key);
    const seen = [...payment.holds, ...payment.decisions].some(
      ({ reason }) => reason === 'conflicting_duplicate',
    );
    if (!seen) about('conflict not held', told.key);
  }
}

/** Europe: what the reading makes of it is what the accepted messages add up to, counted here in cents. */
function balancesAreConserved(heard: readonly Heard[], payment: Payment, about: About): void {
  if (payment.provider !== 'trustly-europe') return;
  const applied = heard.filter(({ fate }) => fate === 'applied');
  const sign = payment.reading.direction === 'out' ? -1 : 1;
  const cents = sign * applied.reduce((sum, { message }) => sum + (message.cents ?? 0), 0);
  const sum = (parts: Payment['reading']['moved']) =>
    parts.reduce((total, { amount }) => addDecimals(total, amount), '0');
  const net = subtractDecimals(sum(payment.reading.moved), sum(payment.reading.returned));
  const expected = `${cents < 0 ? '-' : ''}${Math.floor(Math.abs(cents) / 100)}.${String(Math.abs(cents) % 100).padStart(2, '0')}`;
  if (compareDecimals(net, expected) !== 0) about('balance not conserved', `${net} instead of ${expected}`);
}

/** At rest: deriving the payment once more from its facts and the order that is there changes nothing. */
function nothingIsLeftToDerive(world: World, payment: Payment, about: About): void {
  const account = world.account(payment.provider);
  const { payment: again } = transition(
    { payment, order: orderFor(world, payment) },
    { type: 'reevaluate', cause: 'check' },
    {
      policy: account.policy,
      read: providers[payment.provider].readFacts,
      at: payment.updatedAt,
      key: parsePaymentKey(payment.key),
      cause: 'check',
    },
  );
  if (again.status !== payment.status) {
    about('status is not what the evidence says', `${payment.status} instead of ${again.status}`);
  }
  if (again.grant.state !== payment.grant.state) {
    about('grant is not what the evidence says', `${payment.grant.state} instead of ${again.grant.state}`);
  }
  const waits = (each: Payment) => each.holds.some(({ reason }) => reason === 'unknown_order');
  if (waits(payment) && !waits(again)) about('waits for an order that is there', payment.key);
}

function orderFor(world: World, payment: Payment): Order | undefined {
  const where = orderToLoad(payment, undefined);
  const load = (reference: string): Order | undefined => {
    const row = world.row({ pk: `order#${reference}`, sk: 'order' });
    return row === undefined ? undefined : orderOf(row);
  };
  if ('reference' in where) return load(where.reference);
  for (const alias of where.aliases) {
    const row = world.row(aliasKeyOf(payment, alias));
    const order = row === undefined ? undefined : load(aliasTarget(row));
    if (order === undefined) continue;
    if ((order.provider ?? payment.provider) !== payment.provider) continue;
    if ((order.account ?? payment.account) === payment.account) return order;
  }
  return undefined;
}

function everyEffectIsFinal(world: World, effects: readonly Effect[], about: About): void {
  for (const { name, state } of effects) {
    if (!FINAL.has(state)) about('effect not final', `${name} is ${state}`);
    if (state === 'failed' && world.shop.mood === 'well') about('gave up on a willing shop', name);
  }
}

/** The shop heard exactly what the final grant says: no fulfil outstanding against a revoke, none missing. */
function grantAndShopAgree(world: World, payment: Payment, effects: readonly Effect[], about: About): void {
  const { received } = world.shop;
  const find = (type: string, epoch: number) =>
    received.flatMap(({ event }, index) =>
      event.payment === payment.key && event.type === type && event.epoch === epoch ? [index] : [],
    );
  for (let epoch = 1; epoch <= payment.grant.epoch; epoch += 1) {
    const fulfils = find('fulfil', epoch);
    const revokes = find('revoke', epoch);
    const failed = (type: string) =>
      effects.some(({ name, state }) => name === `${epoch}#${type}` && state === 'failed');
    const current = epoch === payment.grant.epoch && payment.grant.state === 'granted';
    if (fulfils.length > 1) about('more than one fulfil per epoch', `epoch ${epoch}`);
    if (revokes.length > 1) about('more than one revoke per epoch', `epoch ${epoch}`);
    if (current && fulfils.length !== 1 && !failed('fulfil'))
      about('granted but not fulfilled', `epoch ${epoch}`);
    if (!current && fulfils.length > revokes.length && !failed('revoke')) {
      about('fulfil outstanding against a revoke', `epoch ${epoch}`);
    }
    // An attempt whose outcome nobody knows is revoked too: the shop may get a revoke it knows no fulfil of.
    const tried = effects.some(({ name, attempts }) => name === `${epoch}#fulfil` && attempts > 0);
    if (revokes.length > fulfils.length && !tried) about('revoke without a fulfil', `epoch ${epoch}`);
    const [fulfil] = fulfils;
    const [revoke] = revokes;
    const decided = world.table.createdAt({ pk: `payment#${payment.key}`, sk: `effect#${epoch}#revoke` });
    const arrived = fulfil === undefined ? 0 : (world.shop.received[fulfil]?.at ?? 0);
    if (decided !== undefined && arrived > decided + LONGEST_DELIVERY_MS) {
      about('fulfilled though a revoke was owed', `epoch ${epoch}`);
    }
    if (fulfil !== undefined && revoke !== undefined && fulfil > revoke) {
      about('fulfilled after it was revoked', `epoch ${epoch}`);
    }
  }
  const beyond = fulfilsOf(world, payment).some(({ event }) => event.epoch > payment.grant.epoch);
  if (beyond) about('fulfil without a grant', '');
}

const fulfilsOf = (world: World, payment: Payment) =>
  world.shop.received.filter(({ event }) => event.type === 'fulfil' && event.payment === payment.key);

const released = ({ decisions }: Payment, reason: string) =>
  decisions.some((made) => made.reason === reason && made.verdict === 'release');

function noneWithoutMoney(world: World, planned: PlannedPayment, payment: Payment, about: About): void {
  if (world.account(planned.provider).policy.grantOn !== 'paid') return;
  for (const { at, event } of fulfilsOf(world, payment)) {
    if (!cameBy(world, planned, at).some(({ money }) => money)) about('fulfilled without money', event.id);
  }
}

/** What had been sent by then and could be believed. */
function cameBy(world: World, planned: PlannedPayment, at: number): readonly Planned[] {
  return planned.history.filter(({ kind, name }) => {
    const isSigned = kind === 'genuine' || kind === 'conflicting';
    return isSigned && (world.sent.get(name) ?? Number.POSITIVE_INFINITY) <= at;
  });
}

/** Europe tells amounts: what had come by then can be put together to what the order expects. */
function theAmountIsRight(world: World, planned: PlannedPayment, payment: Payment, about: About): void {
  const { provider, history } = planned;
  if (provider !== 'trustly-europe' || world.account(provider).policy.grantOn !== 'paid') return;
  if (released(payment, 'amount_differs')) return;
  for (const { at, event } of fulfilsOf(world, payment)) {
    const order = world.orders.find(({ order: { reference } }) => reference === event.orderReference)?.order;
    const [term] = order?.amounts ?? [];
    if (term === undefined || !('exact' in term)) continue;
    const credits = cameBy(world, { ...planned, history }, at).filter(({ money }) => money);
    let sums = [0];
    for (const { cents = 0 } of credits) sums = [...sums, ...sums.map((sum) => sum + cents)];
    if (!sums.includes(Math.round(Number(term.exact) * 100))) about('fulfilled for another amount', event.id);
  }
}

function statusSupportsTheGrant(payment: Payment, about: About): void {
  if (payment.grant.state === 'granted' && isNegative(payment.status)) {
    about('granted against the evidence', payment.status);
  }
}

/** The other direction: a paid payment with nothing against it has been fulfilled. */
function goodsGoOutWhenTheyMay(world: World, payment: Payment, about: About): void {
  if (payment.status !== 'paid' || payment.holds.length > 0) return;
  if (payment.reading.kind !== 'payment' || payment.reading.direction !== 'in') return;
  if (payment.decisions.some(({ verdict }) => verdict === 'reject')) return;
  if (orderFor(world, payment)?.fulfilled !== undefined) return;
  if (payment.grant.state !== 'granted') about('paid and free, but not granted', payment.key);
}

function atMostOnePerOrder(world: World, found: string[]): void {
  const standing = new Map<string, number>();
  for (const { event } of world.shop.received) {
    if (event.orderReference === undefined) continue;
    const by = change(event, world);
    standing.set(event.orderReference, (standing.get(event.orderReference) ?? 0) + by);
  }
  for (const [reference, count] of standing) {
    const order = world.row({ pk: `order#${reference}`, sk: 'order' })?.data as Order | undefined;
    if (order?.use !== 'once' || world.releasedTwice.has(reference)) continue;
    if (count > 1) found.push(`more than one fulfilment for a once order: ${reference} has ${count}`);
  }
}

/** A revoke that answers a fulfil which never arrived takes nothing away. */
function change({ type, payment, epoch }: MerchantEvent, world: World): number {
  if (type === 'fulfil') return 1;
  if (type !== 'revoke') return 0;
  const answered = world.shop.received.some(
    ({ event }) => event.type === 'fulfil' && event.payment === payment && event.epoch === epoch,
  );
  return answered ? -1 : 0;
}

function nothingIsLeftOver(world: World, found: string[]): void {
  for (const queue of [world.notifications, world.fulfilment]) {
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
  if (new Set(kept.map(({ sk }) => sk)).size > ambiguous.length)
    found.push('quarantined: more than was ambiguous');
  for (const row of world.table.rows.values()) {
    if (row.pk.startsWith('parked#')) found.push(`parked: ${JSON.stringify(row.data).slice(0, 120)}`);
  }
  const kind = new Set(world.refusals.filter((status) => status !== 401 && status !== 503));
  if (kind.size > 0) found.push(`forgery told apart from any other: ${[...kind].join(', ')}`);
}
