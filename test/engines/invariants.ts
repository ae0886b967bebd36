/** Invariants at the end of a run, checked on the table and on the events that the shop received. */

import type { Store } from '../../shared/app/ports.ts';
import { eventKey, orderKey, paymentKeyOf } from '../../shared/app/table/keys.ts';
import { eventOf, orderOf, paymentOf } from '../../shared/app/table/rows.ts';
import { readEffects } from '../../shared/app/transition/outbox.ts';
import { hashCanonical, isNegative, joinFacts, paymentKey } from '../../shared/payment/index.ts';
import type { Facts, Payment } from '../../shared/payment/types.ts';
import type { Fleet } from './fleet.ts';
import { type Message, normalizedOf } from './messages.ts';

export interface Story {
  readonly id: string;
  readonly reference: string;
  readonly messages: readonly Message[];
}

const FINAL = new Set(['delivered', 'superseded', 'failed']);

export async function paymentOfStory({ id, messages }: Story, store: Store): Promise<Payment> {
  const [first] = messages;
  const key = paymentKey({ provider: first?.provider ?? 'paymentwall', account: 'shop', id });
  const row = await store.get(paymentKeyOf(key));
  if (row === undefined) throw new Error(`no payment ${key}`);
  return paymentOf(row);
}

/** @returns one sentence for each violation */
export async function problems(stories: readonly Story[], store: Store, fleet: Fleet): Promise<string[]> {
  const found: string[] = fleet.altered.map((id) => `${id}: idempotency key with two contents`);
  for (const { event, copies } of fleet.received.values()) {
    if (copies > 1 && !fleet.uncertain.has(event.id)) found.push(`${event.id} was delivered ${copies} times`);
  }
  for (const story of stories) found.push(...(await problemsOf(story, store, fleet)));
  for (const reference of new Set(stories.map((story) => story.reference))) {
    found.push(...(await problemsOfOrder(reference, store, fleet)));
  }
  return found;
}

async function problemsOf(story: Story, store: Store, fleet: Fleet): Promise<string[]> {
  const found: string[] = [];
  const payment = await paymentOfStory(story, store);
  const about = (sentence: string) => found.push(`${payment.key}: ${sentence}`);
  const normalizedEvents = story.messages.map(normalizedOf);
  const facts = normalizedEvents.reduce<Facts>(
    (joined, normalized) => joinFacts(joined, normalized.facts),
    {},
  );
  if (hashCanonical(facts) !== hashCanonical(payment.facts)) about('facts are not the join of the evidence');
  for (const { key } of normalizedEvents) {
    const row = await store.get(eventKey(payment, key));
    if (row === undefined) about(`notification ${key} is lost`);
    else if (eventOf(row).outcome !== 'applied') about(`notification ${key} is ${eventOf(row).outcome}`);
  }

  const effects = (await readEffects(store, payment.key)).map(({ effect }) => effect);
  const sequences = effects.map(({ sequence }) => sequence).sort((a, b) => a - b);
  if (sequences.some((sequence, index) => sequence !== index + 1)) about(`sequences ${sequences.join()}`);
  if (payment.sequence !== effects.length)
    about(`${effects.length} effects, but sequence ${payment.sequence}`);
  for (const { name, state, id } of effects) {
    if (!FINAL.has(state)) about(`${name} is ${state}`);
    if (state === 'delivered' && !fleet.received.has(id))
      about(`${name} is delivered, but the shop did not receive it`);
  }
  const has = (name: string) => fleet.received.has(`${payment.key}#${name}`);
  const { epoch, state } = payment.grant;
  if (epoch > 1) about(`epoch ${epoch}`);
  if (state === 'granted' && isNegative(payment.status)) about(`granted with status ${payment.status}`);
  if (state === 'granted' && !has('1#fulfil')) about('granted but not fulfilled');
  if (state !== 'granted' && has('1#fulfil') && !has('1#revoke'))
    about('fulfil received but its revoke is missing');
  // A worker that died with the lease of a fulfil may have delivered it, so the fulfil is revoked in any case.
  const tried = effects.some(
    ({ id, name, attempts }) => name === '1#fulfil' && attempts > 0 && fleet.interrupted.has(id),
  );
  if (has('1#revoke') && !has('1#fulfil') && !tried) about('revoke without a fulfil');
  const isGrantable = payment.status === 'paid' && payment.holds.length === 0;
  if (isGrantable && state !== 'granted') about('paid without a hold but not granted');
  return found;
}

async function problemsOfOrder(reference: string, store: Store, fleet: Fleet): Promise<string[]> {
  const row = await store.get(orderKey(reference));
  if (row === undefined) return [`order ${reference} is missing`];
  const { use, paidBy } = orderOf(row);
  const of = (type: string) =>
    [...fleet.received.values()].filter(
      ({ event }) => event.type === type && event.orderReference === reference,
    );
  const fulfils = of('fulfil');
  if (use !== 'once') return [];
  return [
    ...(fulfils.length > 1 ? [`order ${reference} was fulfilled ${fulfils.length} times`] : []),
    ...fulfils
      .filter(({ event }) => event.payment !== paidBy)
      .map(({ event }) => `order ${reference} is paid by ${paidBy}, fulfilled for ${event.payment}`),
  ];
}
