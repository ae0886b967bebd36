/**
 * The confirmer: polls the provider about payments that wait for something only it can say. The answer is sent to the
 * notifications queue, and the transition worker applies it like any other message; nothing is decided here. While the
 * API is down, the payment stays visibly waiting, and is polled with growing pauses.
 */

import { randomUUID } from 'node:crypto';
import { parsePaymentKey, paymentKey } from '../../payment/index.ts';
import type { PaymentKey } from '../../payment/types.ts';
import { normalizeAnswer, providerApis, referencesOf } from '../../providers/apis.ts';
import type { Account } from '../../providers/index.ts';
import { findAccount } from '../platform/config.ts';
import { notificationContext } from '../platform/message.ts';
import type { ConfirmationEnvelope } from '../platform/message-schema.ts';
import { type ReadEnvelopeKeys, seal } from '../platform/seal.ts';
import type { Telemetry } from '../platform/telemetry.ts';
import { type Item, type Key, OPEN_SHARDS, type Queue, type Store } from '../ports.ts';
import { hashText, openShards, paymentIn, scopeOf } from '../table/keys.ts';
import { oldestFirst, openKeys } from '../table/open-index.ts';
import { readPayment } from '../table/read.ts';
import { type ConfirmRow, confirmItem, confirmOf, pollAnswerItem } from '../table/rows.ts';
import { needsConfirmation } from '../transition/follow-ups.ts';
import { type CallOutcome, outcomeName, type ProviderClient } from './provider-client.ts';

export interface ConfirmDeps extends Telemetry {
  readonly store: Store;
  readonly notifications: Queue;
  readonly client: ProviderClient;
  readonly accounts: readonly Account[];
  readonly envelopeKeys: ReadEnvelopeKeys;
}

export interface Confirmed {
  /** Payments whose poll was due. */
  readonly due: number;
  readonly polled: number;
  /** Answers that were queued. */
  readonly answers: number;
}

/**
 * The most keys that one run reads per shard, so that many keys of one account do not hide those of others. The rest is
 * left to the next run.
 */
const MAX_PER_SHARD = 1_000;
/** After this number of consecutive failures, the account is not polled in the rest of the run. */
const MAX_FAILURES = 3;
/**
 * The most rows per account and run that are written without a poll: of an API that is unavailable, or answered in
 * between.
 */
const MAX_NOT_POLLED = 800;
/** The most polls about one payment at a time: the payment itself, and two of the transactions that belong to it. */
const MAX_POLLS = 3;
const RESERVED_MS = 15_000;
const MINUTE_MS = 60_000;
/** The longest pause after an answer that changes nothing: 1, 2, 4… minutes up to six hours, since a bank takes days. */
const MAX_PAUSE_MS = 6 * 60 * MINUTE_MS;
/** The longest pause after a failure: no answer, or a refusal that lasts until the configuration changes. */
const MAX_FAILURE_PAUSE_MS = 15 * MINUTE_MS;
/** The pause of a payment that was not polled because its account's API failed. */
const SKIPPED_PAUSE_MS = 5 * MINUTE_MS;

/** The pause before the next poll, in milliseconds. @param attempts the number of polls so far, from 1 */
export function pollPauseMs(attempts: number, { type }: Pick<CallOutcome, 'type'>): number {
  const most = isAnswer({ type }) ? MAX_PAUSE_MS : MAX_FAILURE_PAUSE_MS;
  return Math.min(most, MINUTE_MS * 2 ** Math.min(attempts - 1, 20));
}

/** "No such payment" is an answer of the provider as well. */
const isAnswer = ({ type }: Pick<CallOutcome, 'type'>): boolean => type === 'found' || type === 'unknown';

/**
 * Metrics of a poll or a shipping report. Both values are sent each time, so that the alarm detects an API that never
 * answers.
 */
export const countAnswer = (answered: CallOutcome) => ({
  ProviderAnswers: isAnswer(answered) ? 1 : 0,
  ProviderFailures: isAnswer(answered) ? 0 : 1,
});

/**
 * Polls the payments that are due. The longest due are polled first, whichever shard of the index they are in, so that
 * none waits for hours while others are polled again. Accounts are polled in parallel: a slow API delays only its own
 * account.
 * @param remainingMs time left in this invocation
 */
export async function confirmDue(deps: ConfirmDeps, remainingMs: () => number): Promise<Confirmed> {
  const now = new Date(deps.clock()).toISOString();
  const total = { due: 0, polled: 0, answers: 0 };
  const each = new IndependentTasks();
  const { due, byAccount } = await dueByAccount(now, deps);
  total.due = due;
  const pollAccount = async (shards: readonly (readonly Key[])[]): Promise<void> => {
    const failures = new Map<Account, number>();
    let notPolled = 0;
    for await (const key of oldestFirst(deps.store, shards)) {
      if (remainingMs() < RESERVED_MS || notPolled >= MAX_NOT_POLLED) return;
      const done = await each.run(() => confirmOne(key, failures, deps));
      if (done === undefined) {
        notPolled += 1;
        continue;
      }
      total.polled += 1;
      total.answers += done;
    }
  };
  await Promise.all(byAccount.map((shards) => each.run(() => pollAccount(shards))));
  deps.metrics.emit({ ConfirmationsDue: total.due });
  each.rethrow();
  return total;
}

/** The keys that are due, grouped by account and, within it, by shard, oldest first. A key names its account. */
async function dueByAccount(
  now: string,
  { store }: ConfirmDeps,
): Promise<{ readonly due: number; readonly byAccount: readonly (readonly (readonly Key[])[])[] }> {
  const byAccount = new Map<string, Key[][]>();
  let due = 0;
  for (const [index, shard] of openShards('confirm').entries()) {
    const { keys } = await openKeys(store, { kind: 'confirm', shard, until: now }, MAX_PER_SHARD);
    due += keys.length;
    for (const key of keys) {
      const { provider, account } = parsePaymentKey(paymentIn(key));
      const name = `${provider}/${account}`;
      const shards = byAccount.get(name) ?? Array.from({ length: OPEN_SHARDS }, () => []);
      shards[index]?.push(key);
      byAccount.set(name, shards);
    }
  }
  return { due, byAccount: [...byAccount.values()] };
}

/** Runs tasks so that a failed one does not stop the others. The run itself still fails, at its end. */
export class IndependentTasks {
  #error: unknown;
  #failed = false;

  async run<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      if (!this.#failed) this.#error = error;
      this.#failed = true;
      return undefined;
    }
  }

  /** Throws the first error, if there was one. */
  rethrow(): void {
    if (this.#failed) throw this.#error;
  }
}

/** The number of answers that were queued. Undefined: the provider was not polled. */
async function confirmOne(
  key: Key,
  failures: Map<Account, number>,
  deps: ConfirmDeps,
): Promise<number | undefined> {
  const { store, clock, log } = deps;
  const item = await store.get(key);
  if (item?.openAt === undefined || item.openAt > new Date(clock()).toISOString()) return undefined;
  const row = confirmOf(item);
  const { provider, account: name, id } = parsePaymentKey(row.payment);
  const account = findAccount(deps.accounts, provider, name);
  const payment = await readPayment(store, row.payment);
  if (account === undefined || payment === undefined || !needsConfirmation(account, payment)) {
    // It was answered, or an operator decided it, in between.
    await store.write([{ remove: key, when: { versionIs: item.version ?? 1 } }]);
    return undefined;
  }
  if ((failures.get(account) ?? 0) >= MAX_FAILURES) {
    await postponePoll(item, row, deps);
    return undefined;
  }
  const ids = providerApis[account.provider]?.idsToPoll?.(payment) ?? [id];
  let answers = 0;
  let last: CallOutcome = { type: 'unknown' };
  for (const each of idsOfRound(ids, row.attempts)) {
    last = await deps.client.poll(account, { about: 'payment', id: each });
    failures.set(account, isAnswer(last) ? 0 : (failures.get(account) ?? 0) + 1);
    const outcome = outcomeName(last);
    deps.metrics.emit({ Confirmations: 1, ...countAnswer(last) }, { provider, account: name, outcome });
    if (last.type !== 'found') {
      log.warn('no confirmation yet', { provider, account: name, payment: row.payment, outcome });
      continue;
    }
    for (const message of last.messages) await enqueueAnswer(account, message, deps);
    answers += last.messages.length;
  }
  await storePollResult(item, row, last, deps);
  return answers;
}

/**
 * The ids of this round: the payment's own, and as many of the others as the limit allows, in turn. Otherwise those
 * that the provider cannot answer would be polled again and again, and the rest never.
 * @param rounds the number of rounds so far
 */
function idsOfRound([own, ...others]: readonly string[], rounds: number): readonly string[] {
  const from = (rounds * (MAX_POLLS - 1)) % Math.max(1, others.length);
  const turn = [...others.slice(from), ...others.slice(0, from)].slice(0, MAX_POLLS - 1);
  return own === undefined ? [] : [own, ...turn];
}

/** Postpones a payment that was not polled, so that those of other accounts are polled in the next run. */
const postponePoll = (item: Item, row: ConfirmRow, deps: ConfirmDeps): Promise<void> =>
  schedulePoll(item, row, SKIPPED_PAUSE_MS, deps);

/** Writes the result of a poll and the time of the next one. */
function storePollResult(
  item: Item,
  { payment, attempts: before }: ConfirmRow,
  answered: CallOutcome,
  deps: ConfirmDeps,
): Promise<void> {
  const attempts = before + 1;
  const askedAt = new Date(deps.clock()).toISOString();
  const row = { payment, attempts, askedAt, outcome: outcomeName(answered) };
  return schedulePoll(item, row, pollPauseMs(attempts, answered), deps);
}

/** If the row changed in between, new evidence has arrived and has its own poll: nothing is written. */
async function schedulePoll(
  item: Item,
  row: ConfirmRow,
  pauseMs: number,
  { store, clock }: ConfirmDeps,
): Promise<void> {
  const next = new Date(clock() + pauseMs).toISOString();
  const version = item.version ?? 1;
  await store.write([{ put: confirmItem(row, version + 1, next), when: { versionIs: version } }]);
}

/**
 * Sends an answer to the worker. The row proves it: any principal that may send to the queue could claim an answer, but
 * only a function that polls may write this row.
 */
export async function enqueueAnswer(
  { provider, account }: Account,
  message: string,
  deps: Pick<ConfirmDeps, 'store' | 'notifications' | 'envelopeKeys' | 'clock'>,
): Promise<void> {
  const digest = hashText(message);
  const receivedAt = new Date(deps.clock()).toISOString();
  const row = pollAnswerItem({ provider, account }, digest, receivedAt);
  await deps.store.write([{ put: row, when: 'always' }]);
  const envelope: ConfirmationEnvelope = {
    version: 1,
    kind: 'confirmation',
    correlationId: randomUUID(),
    provider,
    account,
    receivedAt,
    sealed: seal(message, notificationContext(provider, account, digest), await deps.envelopeKeys(false)),
    digest,
  };
  await deps.notifications.send(JSON.stringify(envelope), { group: `${provider}.${account}` });
}

export type RedirectVerdict =
  /** The provider knows the transaction under this reference. */
  | { readonly type: 'confirmed'; readonly payment: PaymentKey }
  /** The provider knows it under another reference: the redirect belongs to another order. */
  | { readonly type: 'differs' }
  | { readonly type: 'unknown' }
  /** No answer: the redirect is neither proven nor disproven. */
  | { readonly type: 'unavailable'; readonly outcome: string };

/**
 * The alternative proof of a redirect (docs/protocols/trustly-americas-signatures.md#redirect-signature): Get
 * Transaction, and a comparison of the reference. The answer is applied like every other. It proves nothing about
 * money: the status of the payment is derived as usual.
 */
export async function confirmRedirect(
  account: Account,
  redirect: { readonly transactionId: string; readonly merchantReference: string },
  deps: Pick<ConfirmDeps, 'client' | 'store' | 'notifications' | 'envelopeKeys' | 'clock'>,
): Promise<RedirectVerdict> {
  const answered = await deps.client.poll(account, { about: 'payment', id: redirect.transactionId });
  if (answered.type === 'unknown') return { type: 'unknown' };
  if (answered.type !== 'found') return { type: 'unavailable', outcome: outcomeName(answered) };
  const [message] = answered.messages;
  if (message === undefined) return { type: 'unknown' };
  const normalized = normalizeAnswer(account, message);
  const own = normalized.subject?.id === redirect.transactionId;
  if (!own || !referencesOf(normalized.aliases).includes(redirect.merchantReference))
    return { type: 'differs' };
  await enqueueAnswer(account, message, deps);
  return { type: 'confirmed', payment: paymentKey({ ...scopeOf(account), id: redirect.transactionId }) };
}
