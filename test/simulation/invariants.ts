/** What must be true of every world, checked from its recorded history. Each failure names the invariant. */
import { eventKey } from '../../shared/aws/keys.ts';
import { isNegative, joinFacts, parsePaymentKey } from '../../shared/payment/index.ts';
import type { Effect, Facts, MerchantEvent, Payment, Told } from '../../shared/payment/types.ts';
import { providers } from '../../shared/providers/index.ts';
import type { Planned, PlannedPayment } from './plans.ts';
import type { World } from './world.ts';

const FINAL = new Set(['delivered', 'superseded', 'failed']);

export function violations(world: World): string[] {
  const found: string[] = [];
  for (const planned of world.payments) {
    const about = (name: string, detail: string) =>
      found.push(`${name}: ${planned.provider} ${planned.id} ${detail}`);
    nothingAcknowledgedIsLost(world, planned, about);
    factsAreTheJoin(world, planned, about);
    const payment = world.payment(planned);
    if (payment === undefined) continue;
    const effects = world.effects(planned);
    everyEffectIsFinal(effects, about);
    grantAndShopAgree(world, payment, effects, about);
    noneWithoutMoney(world, planned, payment, about);
    statusSupportsTheGrant(payment, about);
    goodsGoOutWhenTheyMay(world, payment, about);
  }
  atMostOnePerOrder(world, found);
  nothingIsLeftOver(world, found);
  if (world.shop.altered.length > 0) found.push(`same key, other content: ${world.shop.altered.join(', ')}`);
  return found;
}

type About = (name: string, detail: string) => void;

function tell(world: World, planned: PlannedPayment, message: Planned): Told {
  const provider = providers[planned.provider];
  const account = world.accounts.find(({ provider: name }) => name === planned.provider);
  if (account === undefined) throw new Error('no account');
  const text = message.request.method === 'GET' ? message.request.rawQuery : message.request.body;
  return provider.told(provider.parse(text, account), account);
}

function nothingAcknowledgedIsLost(world: World, planned: PlannedPayment, about: About): void {
  for (const message of planned.history) {
    if (!world.acknowledged.has(message.name)) continue;
    const { pk, sk } = eventKey(planned, tell(world, planned, message).key);
    if (!world.table.rows.has(`${pk}\u0000${sk}`)) about('acknowledged but lost', message.name);
  }
}

/** Facts of everything that came through, joined here once more, in the order of the plan. */
function factsAreTheJoin(world: World, planned: PlannedPayment, about: About): void {
  const applied = planned.history
    .map((message) => tell(world, planned, message))
    .filter((told) => {
      const { pk, sk } = eventKey(planned, told.key);
      return told.subject !== undefined && world.table.rows.has(`${pk}\u0000${sk}`);
    });
  const expected = applied.reduce<Facts>((facts, told) => joinFacts(facts, told.facts), {});
  const actual = world.payment(planned)?.facts ?? {};
  if (stable(expected) !== stable(actual)) {
    about('facts are not the join', `${stable(actual)} instead of ${stable(expected)}`);
  }
}

const stable = (facts: Facts): string =>
  JSON.stringify(Object.entries(facts).sort(([a], [b]) => (a < b ? -1 : 1)));

function everyEffectIsFinal(effects: readonly Effect[], about: About): void {
  for (const { name, state } of effects)
    if (!FINAL.has(state)) about('effect not final', `${name} is ${state}`);
}

const received = (world: World, payment: Payment, type: string) =>
  world.shop.received.filter(({ event }) => event.type === type && event.payment === payment.key);

/** The shop heard exactly what the final grant says: no fulfil outstanding against a revoke, none missing. */
function grantAndShopAgree(world: World, payment: Payment, effects: readonly Effect[], about: About): void {
  const fulfils = received(world, payment, 'fulfil');
  const revokes = received(world, payment, 'revoke');
  for (let epoch = 1; epoch <= payment.grant.epoch; epoch += 1) {
    const of = (list: readonly { event: MerchantEvent }[]) =>
      list.filter(({ event }) => event.epoch === epoch).length;
    const current = epoch === payment.grant.epoch && payment.grant.state === 'granted';
    if (of(fulfils) > 1) about('more than one fulfil per epoch', `epoch ${epoch}`);
    const failed = effects.some(({ epoch: its, state }) => its === epoch && state === 'failed');
    if (current && of(fulfils) !== 1 && !failed) about('granted but not fulfilled', `epoch ${epoch}`);
    if (!current && of(fulfils) > of(revokes)) about('fulfil outstanding against a revoke', `epoch ${epoch}`);
    // An attempt whose outcome nobody knows is revoked too: the shop may get a revoke it knows no fulfil of.
    const tried = effects.some(({ name, attempts }) => name === `${epoch}#fulfil` && attempts > 0);
    if (of(revokes) > of(fulfils) && !tried) about('revoke without a fulfil', `epoch ${epoch}`);
  }
  if (fulfils.some(({ event }) => event.epoch > payment.grant.epoch)) about('fulfil without a grant', '');
}

function noneWithoutMoney(world: World, planned: PlannedPayment, payment: Payment, about: About): void {
  const account = world.accounts.find(({ provider }) => provider === planned.provider);
  if (account?.policy.grantOn !== 'paid') return;
  const money = planned.history.filter((message) => message.money);
  for (const { at, event } of received(world, payment, 'fulfil')) {
    const came = money.some(({ name }) => (world.sent.get(name) ?? Number.POSITIVE_INFINITY) <= at);
    if (!came) about('fulfilled without money', event.id);
  }
}

function statusSupportsTheGrant(payment: Payment, about: About): void {
  if (payment.grant.state === 'granted' && isNegative(payment.status)) {
    about('granted against the evidence', payment.status);
  }
}

/** The other direction: a paid payment with nothing against it has been fulfilled. */
function goodsGoOutWhenTheyMay(world: World, payment: Payment, about: About): void {
  const { provider } = parsePaymentKey(payment.key);
  const policy = world.accounts.find((account) => account.provider === provider)?.policy;
  if (policy === undefined || payment.status !== 'paid' || payment.holds.length > 0) return;
  if (payment.decisions.some(({ verdict }) => verdict === 'reject')) return;
  const order = world.table.rows.get(`order#${payment.orderReference}\u0000order`)?.data as
    | { fulfilled?: string }
    | undefined;
  if (order?.fulfilled !== undefined) return;
  if (payment.grant.state !== 'granted') about('paid and free, but not granted', payment.key);
}

function atMostOnePerOrder(world: World, found: string[]): void {
  const standing = new Map<string, number>();
  for (const { event } of world.shop.received) {
    if (event.orderReference === undefined) continue;
    const by = event.type === 'fulfil' ? 1 : event.type === 'revoke' ? -1 : 0;
    standing.set(event.orderReference, (standing.get(event.orderReference) ?? 0) + by);
  }
  for (const [reference, count] of standing) {
    const order = world.table.rows.get(`order#${reference}\u0000order`)?.data as { use?: string } | undefined;
    if (order?.use !== 'once' || world.releasedTwice.has(reference)) continue;
    if (count > 1) found.push(`more than one fulfilment for a once order: ${reference} has ${count}`);
  }
}

function nothingIsLeftOver(world: World, found: string[]): void {
  for (const queue of [world.notifications, world.fulfilment]) {
    if (queue.messages.size > 0)
      found.push(`messages left on a queue: ${[...queue.messages.keys()].join(', ')}`);
    if (queue.deadLetters.length > 0)
      found.push(`dead letters: ${queue.deadLetters.map(({ id }) => id).join(', ')}`);
  }
  for (const row of world.table.rows.values()) {
    if (row.pk.startsWith('parked#')) found.push(`parked: ${JSON.stringify(row.data).slice(0, 120)}`);
    if (row.pk.startsWith('quarantine#') && !row.sk.startsWith('count')) found.push(`quarantined: ${row.sk}`);
  }
}
