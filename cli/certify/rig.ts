/** What a proof may do to a stack, and what it may look at. The real one is connected.ts; tests bring flawed ones. */
import type { Account } from '../../shared/providers/index.ts';

export interface Message {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface Answer {
  /** 0: no answer. */
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

/** What the stack knows of one payment. */
export interface Known {
  readonly status: string;
  readonly holds: readonly string[];
  /** What the merchant is told, oldest first: `fulfil`, `revoke`, `payment.paid`… and whether it was delivered. */
  readonly effects: readonly ListedEffect[];
  readonly order?: string;
  /** The provider's API is asked about it. */
  readonly asked: boolean;
}

/** What is on file under a transactionId of Trustly Americas. */
export interface OnFile {
  readonly wayBack: boolean;
  readonly bankAccount: boolean;
  /** "sealed", "expired", "invalid". */
  readonly splitToken?: string;
}

export interface Tls {
  readonly protocol: string;
  /** Whether TLS 1.1 is taken too; undefined: this computer can't offer it. */
  readonly acceptsOld: boolean | undefined;
}

export interface Rig {
  send(message: Message): Promise<Answer>;
  /** Sends it all, and hangs up before the answer is read. */
  drop(message: Message): Promise<void>;
  /** Registers an order, as the shop does. */
  register(order: object): Promise<void>;
  /** POST /checkout/orders. */
  checkout(body: object): Promise<{ readonly status: number; readonly body: string }>;
  payment(id: string): Promise<Known | undefined>;
  onFile(id: string): Promise<OnFile>;
  /** Whether the notification of this message is in the ledger. */
  isRecorded(message: Message): Promise<boolean>;
  /** Everything that is stored about a payment, as text. */
  stored(id: string): Promise<string>;
  /** Until the queue of notifications is empty. False: it never was, for as long as we looked. */
  workedOff(): Promise<boolean>;
  /** Looks until it is so; gives up after a number of looks. */
  until(look: () => Promise<boolean>): Promise<boolean>;
  tls(url: URL): Promise<Tls>;
  /** What is wrong with the keys' being apart by environment; empty: nothing, undefined: it can't be seen from here. */
  keysApart(): Promise<readonly string[] | undefined>;
}

export interface Bench<A extends Account = Account> {
  readonly account: A;
  /** What is registered with the provider. */
  readonly url: string;
  readonly rig: Rig;
  /** The `current` key of the account's secret. */
  readonly key: Readonly<Record<string, unknown>>;
  /** Signs as Trustly Europe; undefined: no such key is at hand. */
  readonly trustlyKey?: string;
  /** A new id of digits. */
  newId(): string;
  /** Prefix of this run's order references. */
  readonly run: string;
  readonly isLocal: boolean;
}

/** `none`: the account has no such thing. `untried`: it can't be tried from here. */
type Verdict = 'pass' | 'fail' | 'none' | 'untried';

export interface Outcome {
  readonly verdict: Verdict;
  readonly did: string;
  readonly saw: string;
}

export type Proof<A extends Account = Account> = (bench: Bench<A>) => Promise<Outcome>;

export const none = (why: string): Outcome => ({ verdict: 'none', did: 'nothing', saw: why });
export const untried = (why: string): Outcome => ({ verdict: 'untried', did: 'nothing', saw: why });

/** Collects what is wrong while a proof goes on. */
export class Findings {
  readonly #wrong: string[] = [];

  /** @param sentence what is wrong if it is not so */
  expect(isSo: boolean, sentence: string): void {
    if (!isSo) this.#wrong.push(sentence);
  }

  get isClean(): boolean {
    return this.#wrong.length === 0;
  }

  /** @param saw what was seen where nothing is wrong */
  outcome(did: string, saw: string): Outcome {
    const [first, ...more] = [...new Set(this.#wrong)];
    if (first === undefined) return { verdict: 'pass', did, saw };
    return { verdict: 'fail', did, saw: [first, ...more].join('; ') };
  }
}

const countOf = (known: Known | undefined, type: string): number =>
  known?.effects.filter((effect) => effect.type === type).length ?? 0;

export const fulfils = (known: Known | undefined): number => countOf(known, 'fulfil');
export const revokes = (known: Known | undefined): number => countOf(known, 'revoke');

/** Where a completed payment may stand: an account that confirms amounts asks an API that knows no made-up payment. */
const COMPLETED = new Set(['paid', 'awaiting_confirmation']);

/** Waits until the payment is paid and its fulfil delivered, or until it waits for the provider's API alone. */
export async function completed(rig: Rig, id: string, found: Findings): Promise<Known | undefined> {
  await rig.until(async () => {
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

const isDeliveredFulfil = ({ type, state }: ListedEffect): boolean =>
  type === 'fulfil' && state === 'delivered';

/** How it ended, in words for the report. */
export const ended = (known: Known | undefined): string =>
  known?.status === 'awaiting_confirmation'
    ? 'recorded; waits for the amount from the provider’s API, which knows no made-up payment'
    : `${known?.status ?? 'nothing'}, ${fulfils(known)} fulfil, ${revokes(known)} revoke`;

/** Nothing came of copies: the same events, told the same number of times. */
export async function unchanged(rig: Rig, id: string, before: Known | undefined, found: Findings) {
  found.expect(await rig.workedOff(), 'the queue did not become empty');
  const after = await rig.payment(id);
  const ids = (known: Known | undefined) => (known?.effects ?? []).map((effect) => effect.id).join(' ');
  // A payment that waited for its amount may have been confirmed meanwhile: that is no copy's doing.
  if (before?.status === after?.status)
    found.expect(ids(before) === ids(after), 'a copy caused another event to the merchant');
  found.expect(fulfils(after) <= 1, `${fulfils(after)} fulfil instead of 1`);
  return after;
}

export const refused = (answer: Answer): boolean => answer.status >= 400 && answer.status < 500;
