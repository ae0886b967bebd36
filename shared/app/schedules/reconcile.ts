/**
 * The reconciler: compares what the providers know with what is stored, every night and on demand. What was missed is
 * sent to the notifications queue and applied as usual; what cannot be explained is listed. It decides nothing.
 *
 * Trustly Americas: everything that changed since the last run, by the listing; and every open payment on its own
 * Paymentwall: open payments, unpaid orders, and granted payments that may still be charged back
 * Trustly Europe: has no API to poll; the report says what to ask support about
 */
import { defined } from '../../payment/defined.ts';
import { joinFacts, mayBePaidOn, parsePaymentKey, paymentKey, sameMoney } from '../../payment/index.ts';
import type { NormalizedEvent, Order, Payment, PaymentKey } from '../../payment/types.ts';
import { isPolled } from '../../providers/account.ts';
import type { ProviderApi } from '../../providers/api.ts';
import { normalizeAnswer, providerApis } from '../../providers/apis.ts';
import type { Account, ProviderName, RegisteredProvider } from '../../providers/index.ts';
import type { Deliverable, Target } from '../fulfilment/targets/target.ts';
import type { Key } from '../ports.ts';
import { eventKey, hashText, type OpenKind, openShards, paymentIn, scopeOf } from '../table/keys.ts';
import { openKeys } from '../table/open-index.ts';
import { readPayment } from '../table/read.ts';
import { orderOf, SCHEMA } from '../table/rows.ts';
import { type ConfirmDeps, enqueueAnswer } from './confirm.ts';
import { type CallOutcome, outcomeName } from './provider-client.ts';

export interface ReconcileDeps extends ConfirmDeps {
  readonly providers: Readonly<Record<ProviderName, RegisteredProvider>>;
  readonly target: Target<Deliverable>;
}

export interface ReconcileRequest {
  /** ISO 8601. Default: 26 hours ago, so that nights overlap. */
  readonly since?: string;
  /** Compares and returns the report; stores, measures and announces nothing. */
  readonly dryRun?: boolean;
}

/** The report on one account. checked = agreed + mended + unexplained. */
export interface AccountReport {
  readonly provider: ProviderName;
  readonly account: string;
  readonly checked: number;
  readonly agreed: number;
  /** Facts that were missed and are stored now (or would be: dryRun). */
  readonly mended: number;
  readonly unexplained: readonly Unexplained[];
  /** For a provider without an API: order references and payments to ask its support about. */
  readonly askSupport: readonly string[];
  /** Why the report is not complete ("unavailable.network", "time", "too_many"). Absent: it is complete. */
  readonly incomplete?: string;
}

interface Unexplained {
  readonly payment: PaymentKey;
  /** The provider has no such payment, or its answer differs from all evidence together. */
  readonly why: 'unknown_to_provider' | 'still_differs';
}

/** The merchant's event `reconciliation.finished`. */
export interface Reconciliation extends Deliverable {
  readonly schema: 1;
  readonly type: 'reconciliation.finished';
  readonly since: string;
  readonly dryRun: boolean;
  readonly checked: number;
  readonly agreed: number;
  readonly mended: number;
  readonly unexplained: number;
  readonly accounts: readonly AccountReport[];
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const DEFAULT_SINCE_MS = 26 * HOUR_MS;
/** An order may be paid days after it was registered. */
const ORDER_DAYS = 7;
/** Card schemes let a cardholder dispute for 120 days. */
export const CHARGEBACK_WINDOW_DAYS = 120;
/** Each night a seventh of the granted payments is polled. */
const GRANTED_EVERY_DAYS = 7;
const PAGE = 100;
const MAX_PAGES = 200;
const MAX_PER_SHARD = 1_000;
/** The most entries that the event lists; a bus accepts 256 KB. */
const MAX_NAMED = 100;
const RESERVED_MS = 30_000;
const DELIVERY_TIMEOUT_MS = 10_000;

/** Runs one reconciliation and returns its report. @throws RangeError if `since` is not a time */
export async function reconcile(
  { since: given, dryRun = false }: ReconcileRequest,
  deps: ReconcileDeps,
  remainingMs: () => number,
): Promise<Reconciliation> {
  const startedMs = deps.clock();
  const sinceMs = given === undefined ? startedMs - DEFAULT_SINCE_MS : Date.parse(given);
  if (Number.isNaN(sinceMs)) throw new RangeError('since: a time, ISO 8601');
  const open = await keysOf(['held', 'waiting', 'disputed', 'payment'], deps);
  const granted = await keysOf(['granted'], deps, startedMs - CHARGEBACK_WINDOW_DAYS * DAY_MS);
  const orders = await unpaidOrders(sinceMs - ORDER_DAYS * DAY_MS, deps);
  const run: Run = {
    deps,
    dryRun,
    since: new Date(sinceMs).toISOString(),
    until: new Date(startedMs).toISOString(),
    hasTime: () => remainingMs() > RESERVED_MS,
    open: open.all,
    granted: granted.all,
    orders: orders.all,
    cut: open.cut || granted.cut || orders.cut,
  };
  const accounts: AccountReport[] = [];
  for (const account of deps.accounts) accounts.push(await reconcileAccount(account, run));
  const report = reportOf(accounts, run);
  const incomplete = accounts.find((account) => account.incomplete !== undefined);
  deps.log.info('reconciled', { count: report.checked, outcome: incomplete?.incomplete ?? 'complete' });
  if (!dryRun) await storeAndSend(report, deps);
  return report;
}

interface Run {
  readonly deps: ReconcileDeps;
  readonly dryRun: boolean;
  readonly since: string;
  readonly until: string;
  readonly hasTime: () => boolean;
  readonly open: readonly PaymentKey[];
  readonly granted: readonly PaymentKey[];
  readonly orders: readonly Order[];
  /** There are more open, granted or unpaid rows than one run reads; the accounts of the others are unknown. */
  readonly cut: boolean;
}

/** Rows of the sparse index. `cut`: there are more than one run reads. */
interface Found<T> {
  readonly all: readonly T[];
  readonly cut: boolean;
}

async function keysOfKind(kind: OpenKind, deps: ReconcileDeps, fromMs?: number): Promise<Found<Key>> {
  const until = new Date(deps.clock()).toISOString();
  const from = fromMs === undefined ? undefined : new Date(fromMs).toISOString();
  const all: Key[] = [];
  let cut = false;
  for (const shard of openShards(kind)) {
    const of = { kind, shard, until, ...defined({ from }) };
    const { keys, full } = await openKeys(deps.store, of, MAX_PER_SHARD);
    cut ||= full;
    all.push(...keys);
  }
  return { all, cut };
}

async function keysOf(
  kinds: readonly OpenKind[],
  deps: ReconcileDeps,
  fromMs?: number,
): Promise<Found<PaymentKey>> {
  const found: Found<Key>[] = [];
  for (const kind of kinds) found.push(await keysOfKind(kind, deps, fromMs));
  const payments = found.flatMap(({ all }) => all.map(paymentIn));
  return { all: [...new Set(payments)], cut: found.some(({ cut }) => cut) };
}

async function unpaidOrders(fromMs: number, deps: ReconcileDeps): Promise<Found<Order>> {
  const orders: Order[] = [];
  const { all, cut } = await keysOfKind('order', deps, fromMs);
  for (const key of all) {
    const item = await deps.store.get(key);
    const order = item === undefined ? undefined : orderOf(item);
    if (order !== undefined && order.paidBy === undefined) orders.push(order);
  }
  return { all: orders, cut };
}

/** The counts of one account while it is processed. */
interface Tally {
  readonly seen: Set<string>;
  agreed: number;
  mended: number;
  unexplained: Unexplained[];
  unexplainedCount: number;
  incomplete?: string;
}

async function reconcileAccount(account: Account, run: Run): Promise<AccountReport> {
  const { provider, account: name } = account;
  const tally: Tally = { seen: new Set(), agreed: 0, mended: 0, unexplained: [], unexplainedCount: 0 };
  if (isPolled(account)) {
    await compareListing(account, tally, run);
    await comparePayments(account, tally, run);
    await compareOrders(account, tally, run);
  }
  if (run.cut) tally.incomplete ??= 'too_many';
  const { agreed, mended, unexplainedCount, incomplete } = tally;
  const checked = agreed + mended + unexplainedCount;
  const counted = {
    ReconciliationChecked: checked,
    ReconciliationAgreed: agreed,
    ReconciliationMended: mended,
    ReconciliationUnexplained: unexplainedCount,
    ReconciliationIncomplete: incomplete === undefined ? 0 : 1,
  };
  // Alarms read these metrics: a dry run must neither raise one nor count as the night's run.
  if (!run.dryRun) run.deps.metrics.emit(counted, { provider, account: name });
  return {
    provider,
    account: name,
    checked,
    agreed,
    mended,
    unexplained: tally.unexplained,
    askSupport: isPolled(account) ? [] : askSupport(account, run),
    ...defined({ incomplete }),
  };
}

const isOf = (account: Account, key: PaymentKey): boolean => {
  const parsed = parsePaymentKey(key);
  return parsed.provider === account.provider && parsed.account === account.account;
};

/** Orders without messages, and payments that wait: what support would have to look up. */
function askSupport(account: Account, { orders, open }: Run): readonly string[] {
  return [
    ...orders.filter((order) => mayBePaidOn(order, account)).map(({ reference }) => `order ${reference}`),
    ...open.filter((key) => isOf(account, key)).map((key) => `payment ${key}`),
  ].slice(0, MAX_NAMED);
}

async function compareListing(account: Account, tally: Tally, run: Run): Promise<void> {
  const { since, until, deps } = run;
  let start = 0;
  for (let page = 0; page < MAX_PAGES; page++) {
    if (!run.hasTime()) return markIncomplete(tally, 'time');
    const answered = await deps.client.list(account, { since, until, start, count: PAGE });
    if (answered.type === 'unsupported') return;
    if (answered.type !== 'found') return markIncomplete(tally, outcomeName(answered));
    for (const message of answered.messages) await compare(account, message, tally, run);
    // An API may return smaller pages than requested: only an empty page is the end.
    if (answered.messages.length === 0) return;
    start += answered.messages.length;
  }
  tally.incomplete = 'too_many';
}

async function comparePayments(account: Account, tally: Tally, run: Run): Promise<void> {
  const day = Math.floor(Date.parse(run.until) / DAY_MS);
  const tonight = (key: PaymentKey): boolean =>
    (Number.parseInt(hashText(key).slice(0, 8), 16) + day) % GRANTED_EVERY_DAYS === 0;
  const keys = [...run.open, ...run.granted.filter(tonight)].filter((key) => isOf(account, key));
  for (const key of keys) {
    if (tally.seen.has(key)) continue;
    if (!run.hasTime()) return markIncomplete(tally, 'time');
    const { id } = parsePaymentKey(key);
    const answered = await run.deps.client.poll(account, { about: 'payment', id });
    if (answered.type === 'unknown') {
      tally.seen.add(key);
      unexplained(key, 'unknown_to_provider', tally);
    } else if (!(await compareAnswers(account, answered, tally, run))) return;
  }
}

async function compareOrders(account: Account, tally: Tally, run: Run): Promise<void> {
  // If there is a listing, it contains the payments of orders.
  if (run.deps.providers[account.provider].rules.pollsEachPayment !== true) return;
  for (const order of run.orders.filter((each) => mayBePaidOn(each, account))) {
    if (!run.hasTime()) return markIncomplete(tally, 'time');
    const { reference, endUser } = order;
    const answered = await run.deps.client.poll(account, {
      about: 'order',
      reference,
      ...defined({ endUser }),
    });
    // The shopper never paid: both sides agree, and there is no payment to count.
    if (answered.type === 'unknown' || answered.type === 'unsupported') continue;
    if (!(await compareAnswers(account, answered, tally, run))) return;
  }
}

function markIncomplete(tally: Tally, why: string): void {
  tally.incomplete = why;
}

/** False: the account cannot be polled any further. */
async function compareAnswers(
  account: Account,
  answered: CallOutcome,
  tally: Tally,
  run: Run,
): Promise<boolean> {
  if (answered.type !== 'found') {
    tally.incomplete = outcomeName(answered);
    return false;
  }
  for (const message of answered.messages) await compare(account, message, tally, run);
  return true;
}

async function compare(account: Account, message: string, tally: Tally, run: Run): Promise<void> {
  const { deps, dryRun } = run;
  const normalized = normalizeAnswer(account, message);
  const id = normalized.subject?.id;
  if (id === undefined) return;
  const key = paymentKey({ ...scopeOf(account), id });
  if (tally.seen.has(`${key}/${normalized.key}`)) return;
  tally.seen.add(key).add(`${key}/${normalized.key}`);
  const payment = await readPayment(deps.store, key);
  const known = (await deps.store.get(eventKey(account, normalized.key))) !== undefined;
  const { readFacts } = deps.providers[account.provider];
  const verdict = judge(payment, normalized, { known, readFacts, api: providerApis[account.provider] });
  if (verdict.mustQueue && !dryRun) await enqueueAnswer(account, message, deps);
  if (verdict.result === 'still_differs') unexplained(key, 'still_differs', tally);
  else tally[verdict.result] += 1;
}

interface Judgement {
  readonly result: 'agreed' | 'mended' | 'still_differs';
  /** The answer changes what is stored, and no message of the same content was applied. */
  readonly mustQueue: boolean;
}

interface Judging extends Pick<RegisteredProvider, 'readFacts'> {
  /** The answer was applied before. */
  readonly known: boolean;
  readonly api: Pick<ProviderApi, 'agreeingStatuses'> | undefined;
}

/** Whether the answer changes the payment's reading, and whether both sides agree after that. */
function judge(
  payment: Payment | undefined,
  normalized: NormalizedEvent,
  { known, readFacts, api }: Judging,
): Judgement {
  const context = { orderKind: undefined };
  const before = payment?.reading;
  const after = readFacts(joinFacts(payment?.facts ?? {}, normalized.facts), context);
  const isDifferent =
    before === undefined || before.status !== after.status || !sameMoney(before.returned, after.returned);
  // An amount that no payment waited for is stored, but nothing was missed.
  const changes = isDifferent || !sameMoney(before.moved, after.moved);
  const missed = isDifferent || (changes && payment?.status === 'awaiting_confirmation');
  const { status: theirs, doubts } = readFacts(normalized.facts, context);
  // The answer about a child transaction alone says nothing about the status of its parent.
  const isChild = doubts.some(({ reason }) => reason === 'orphan_child');
  const alike = api?.agreeingStatuses?.[after.status] ?? [];
  const agree = isChild || after.status === theirs || alike.includes(theirs);
  // A known answer is in the stored facts already. Its reading may still differ from the payment's, where an operator
  // confirmed other sums.
  if (agree) return { result: missed && !known ? 'mended' : 'agreed', mustQueue: changes && !known };
  return { result: 'still_differs', mustQueue: changes && !known };
}

function unexplained(payment: PaymentKey, why: Unexplained['why'], tally: Tally): void {
  tally.unexplainedCount += 1;
  if (tally.unexplained.length < MAX_NAMED) tally.unexplained.push({ payment, why });
}

function reportOf(accounts: readonly AccountReport[], { since, until, dryRun, deps }: Run): Reconciliation {
  const sum = (of: (report: AccountReport) => number): number =>
    accounts.reduce((total, report) => total + of(report), 0);
  const checked = sum((report) => report.checked);
  const agreed = sum((report) => report.agreed);
  const mended = sum((report) => report.mended);
  return {
    schema: 1,
    id: `reconciliation/${until}`,
    type: 'reconciliation.finished',
    occurredAt: new Date(deps.clock()).toISOString(),
    since,
    dryRun,
    checked,
    agreed,
    mended,
    unexplained: checked - agreed - mended,
    accounts,
  };
}

/** Stores the report, then sends the event. If the target is unavailable, the event is lost, but not the report. */
async function storeAndSend(report: Reconciliation, { store, target, log }: ReconcileDeps): Promise<void> {
  const row = { pk: 'reconciliation', sk: report.occurredAt, schema: SCHEMA, data: report };
  await store.write([{ put: row, when: 'always' }]);
  try {
    await target.deliver(report, AbortSignal.timeout(DELIVERY_TIMEOUT_MS));
  } catch (error) {
    log.error('the reconciliation report was not taken by the target', { error });
  }
}
