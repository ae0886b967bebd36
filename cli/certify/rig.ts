/** What a proof may do to a stack, and what it may read. connected.ts is the real one; tests use faulty ones. */
import type { Account } from '../../shared/providers/index.ts';

export interface Message {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface Answer {
  /** 0 when there was no answer. */
  readonly status: number;
  readonly body: string;
  readonly location?: string;
}

/** One event to the merchant. */
export interface ListedEffect {
  readonly id: string;
  readonly type: string;
  readonly state: string;
  readonly details: Readonly<Record<string, unknown>>;
}

/** What the stack has stored about one payment. */
export interface Known {
  readonly status: string;
  readonly holds: readonly string[];
  /** The merchant's events, oldest first: `fulfil`, `revoke`, `payment.paid`… and whether each was delivered. */
  readonly effects: readonly ListedEffect[];
  readonly order?: string;
  /** Whether the provider's API is polled about it. */
  readonly isPolled: boolean;
}

/** What is on file for a transactionId of Trustly Americas. */
export interface OnFile {
  /** Whether the shopper's redirect is stored. */
  readonly redirect: boolean;
  readonly bankAccount: boolean;
  /** "sealed", "expired", "invalid". */
  readonly splitToken?: string;
}

export interface Tls {
  readonly protocol: string;
  /** Whether TLS 1.1 is also accepted; undefined when this computer cannot offer it. */
  readonly acceptsOld: boolean | undefined;
}

export interface Rig {
  send(message: Message): Promise<Answer>;
  /** Sends the whole request, and closes the connection before it reads the answer. */
  sendAndHangUp(message: Message): Promise<void>;
  /** Registers an order, as the shop does. */
  register(order: object): Promise<void>;
  /** POST /checkout/orders. */
  checkout(body: object): Promise<{ readonly status: number; readonly body: string }>;
  payment(id: string): Promise<Known | undefined>;
  onFile(id: string): Promise<OnFile>;
  /** Whether the notification of this message is stored. */
  isRecorded(message: Message): Promise<boolean>;
  /** Everything that is stored about a payment, as text. */
  storedText(id: string): Promise<string>;
  /** Waits until the notifications queue is empty. False when it did not become empty in that time. */
  emptiesQueue(): Promise<boolean>;
  /** Repeats the check until it is true; gives up after a number of checks. */
  waitUntil(isTrue: () => Promise<boolean>): Promise<boolean>;
  tls(url: URL): Promise<Tls>;
  /**
   * Keys that are shared between environments; empty when there are none, undefined when it cannot be checked from
   * here.
   */
  sharedKeys(): Promise<readonly string[] | undefined>;
}

export interface Bench<A extends Account = Account> {
  readonly account: A;
  /** The URL that is registered with the provider. */
  readonly url: string;
  readonly rig: Rig;
  /** The `current` key of the account's secret. */
  readonly key: Readonly<Record<string, unknown>>;
  /** The key that signs as Trustly Europe; undefined when there is none. */
  readonly trustlyKey?: string;
  /** A new id of digits. */
  newId(): string;
  /** Prefix of this run's order references. */
  readonly run: string;
  readonly isLocal: boolean;
}

/** `none`: the account does not have the feature. `untried`: it cannot be tested from here. */
type Verdict = 'pass' | 'fail' | 'none' | 'untried';

export interface Outcome {
  readonly verdict: Verdict;
  readonly did: string;
  readonly saw: string;
}

/** @param found collects what is wrong; the proof's outcome is made from it */
export type Proof<A extends Account = Account> = (bench: Bench<A>, found: Findings) => Promise<Outcome>;

export const notUsed = (why: string): Outcome => ({ verdict: 'none', did: 'nothing', saw: why });
export const notTried = (why: string): Outcome => ({ verdict: 'untried', did: 'nothing', saw: why });

/** Collects what is wrong during a proof. */
export class Findings {
  readonly #wrong = new Set<string>();

  /** @param sentence what is wrong if `isSo` is false */
  expect(isSo: boolean, sentence: string): void {
    if (!isSo) this.#wrong.add(sentence);
  }

  /** @param saw what was seen when nothing is wrong */
  outcome(did: string, saw: string): Outcome {
    if (this.#wrong.size === 0) return { verdict: 'pass', did, saw };
    return { verdict: 'fail', did, saw: [...this.#wrong].join('; ') };
  }
}

const countOf = (known: Known | undefined, type: string): number =>
  known?.effects.filter((effect) => effect.type === type).length ?? 0;

export const fulfils = (known: Known | undefined): number => countOf(known, 'fulfil');
export const revokes = (known: Known | undefined): number => countOf(known, 'revoke');
const statusText = (known: Known | undefined): string => known?.status ?? 'not in the ledger';

/** Registers an order of this run, which the payment of this id pays. @returns the id */
export async function registerOrder(
  { rig, run, account }: Bench,
  id: string,
  terms: object,
): Promise<string> {
  await rig.register({
    ...{ reference: `${run}-${id}`, kind: 'payment', use: 'once' },
    ...{ provider: account.provider, account: account.account },
    ...terms,
  });
  return id;
}

/** Copies in flight at once. */
const AT_ONCE = 4;

export async function sendCopies(copies: number, send: () => Promise<unknown>): Promise<void> {
  for (let sent = 0; sent < copies; sent += AT_ONCE)
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, copies - sent) }, send));
}

/** Waits until the notification is stored. @param what names it in the report */
export async function expectRecorded(
  rig: Rig,
  message: Message,
  found: Findings,
  what: string,
): Promise<void> {
  found.expect(await rig.waitUntil(() => rig.isRecorded(message)), `${what} is not in the ledger`);
}

export async function expectEmptyQueue(rig: Rig, found: Findings): Promise<void> {
  found.expect(await rig.emptiesQueue(), 'the queue did not become empty');
}

/** Sends altered messages, each of which must be refused and leave no payment. @returns the outcome */
export async function expectRefusals(
  rig: Rig,
  altered: readonly (readonly [what: string, message: Message])[],
  id: string,
  found: Findings,
): Promise<Outcome> {
  for (const [what, message] of altered) {
    const answer = await rig.send(message);
    found.expect(
      isRefusal(answer) && answer.body !== 'OK',
      `${what}: answered ${answer.status} ${answer.body}`,
    );
  }
  await expectEmptyQueue(rig, found);
  found.expect((await rig.payment(id)) === undefined, 'an altered notification is in the ledger');
  const ways = altered.map(([what]) => what).join(', ');
  return found.outcome(
    `sent one notification, altered in ${altered.length} ways: ${ways}`,
    'each refused with 4xx, nothing stored',
  );
}

/**
 * Statuses of a completed payment: an account that confirms amounts polls an API that does not know invented payments.
 */
const COMPLETED = new Set(['paid', 'awaiting_confirmation']);

/** Waits until the payment is paid and its fulfil delivered, or until it only waits for the provider's API. */
export async function expectCompleted(rig: Rig, id: string, found: Findings): Promise<Known | undefined> {
  await rig.waitUntil(async () => {
    const known = await rig.payment(id);
    if (known === undefined || !COMPLETED.has(known.status)) return false;
    return known.status !== 'paid' || known.effects.some(isDeliveredFulfil);
  });
  const known = await rig.payment(id);
  found.expect(known !== undefined, `payment ${id} is not in the ledger`);
  if (known === undefined) return undefined;
  found.expect(COMPLETED.has(known.status), `the payment is ${known.status} instead of paid`);
  found.expect(known.holds.length === 0, `the payment is held: ${known.holds.join(', ')}`);
  if (known.status === 'paid') found.expect(fulfils(known) === 1, `${fulfils(known)} fulfil instead of 1`);
  return known;
}

/** Waits for another status than paid. */
export async function expectStatus(rig: Rig, id: string, status: string, found: Findings) {
  await rig.waitUntil(async () => (await rig.payment(id))?.status === status);
  const known = await rig.payment(id);
  found.expect(known?.status === status, `the payment is ${statusText(known)} instead of ${status}`);
  return known;
}

const isDeliveredFulfil = ({ type, state }: ListedEffect): boolean =>
  type === 'fulfil' && state === 'delivered';

/** The final state, in words for the report. */
export const finalState = (known: Known | undefined): string =>
  known?.status === 'awaiting_confirmation'
    ? 'recorded; waits for the amount from the provider’s API, which does not know this test payment'
    : `${known?.status ?? 'nothing'}, ${fulfils(known)} fulfil, ${revokes(known)} revoke`;

/** Checks that copies had no effect: the same events, each as often as before. */
export async function expectUnchanged(rig: Rig, id: string, before: Known | undefined, found: Findings) {
  await expectEmptyQueue(rig, found);
  const after = await rig.payment(id);
  const ids = (known: Known | undefined) => (known?.effects ?? []).map((effect) => effect.id).join(' ');
  // If the status changed, a payment was confirmed meanwhile, which is not an effect of the copy.
  if (before?.status === after?.status)
    found.expect(ids(before) === ids(after), 'a copy caused another event to the merchant');
  found.expect(fulfils(after) <= 1, `${fulfils(after)} fulfil instead of 1`);
  return after;
}

export const isRefusal = ({ status }: Pick<Answer, 'status'>): boolean => status >= 400 && status < 500;
