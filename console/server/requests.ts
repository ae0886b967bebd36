/** Requests with their answers and reasons, as `payhooks requests` reads them, and the distribution of answer times. */
import { sinceOf } from '../../cli/commands/requests.ts';
import { EXIT, Problem } from '../../cli/problem.ts';
import type { Answered } from '../../cli/requests/answers.ts';
import { SecretStates } from '../../cli/requests/show-answers.ts';
import { whyText } from '../../local/why.ts';
import { meaningOf } from '../../shared/app/http/answers-explained.ts';
import { isSelfTest, OWN_PROBE } from '../../shared/app/http/request-log.ts';
import { findPayments } from '../../shared/app/operator/find-payments.ts';
import { EVIDENCE_PREFIX, evidencePartition, orderKey } from '../../shared/app/table/keys.ts';
import { evidenceOf } from '../../shared/app/table/rows.ts';
import { defined } from '../../shared/payment/defined.ts';
import type { Payment, PaymentKey } from '../../shared/payment/types.ts';
import type { LatencyView, RequestDetail, RequestShown, RequestsView } from '../contract.ts';
import type { Backend } from './backend.ts';
import { type Order, pageOf } from './paging.ts';
import type { Query } from './query.ts';
import { describer } from './summary.ts';
import { unlessDenied } from './unless-denied.ts';

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 1_000;
const DEFAULT_SINCE = '24h';
/** How long a provider waits for an answer (docs/protocols/trustly-americas.md#delivery). */
export const ANSWER_BUDGET_MS = 3_000;

const ORDER: Order<Answered> = {
  at: ({ at }) => new Date(at).toISOString(),
  id: ({ requestId }) => requestId,
};

/** The order of `ORDER`, by numbers: a text of the time of every row at every comparison is most of the work of a long list. */
const byNewest = (a: Answered, b: Answered): number =>
  b.at - a.at || (a.requestId < b.requestId ? -1 : a.requestId > b.requestId ? 1 : 0);

export async function requestsView(backend: Backend, query: Query): Promise<RequestsView> {
  const since = sinceOf(query.text('since') ?? DEFAULT_SINCE, backend.now(), 'since');
  const page = { cursor: query.text('cursor'), limit: query.limit(DEFAULT_LIMIT, MAX_LIMIT) };
  const status = query.status();
  const [provider, account, reason, q] = ['provider', 'account', 'reason', 'q'].map((name) =>
    query.text(name),
  );
  const all = await backend.answers(since);
  const isWanted = query.is('self-tests') || reason === OWN_PROBE;
  const isFound = q === undefined ? () => true : await finder(backend, q, since);
  const matching = all.filter(
    (answered) =>
      answered.at >= since &&
      (provider === undefined || answered.explained?.provider === provider) &&
      (account === undefined || answered.explained?.account === account) &&
      (reason === undefined || answered.explained?.reason === reason) &&
      isFound(answered),
  );
  const kept = isWanted ? matching : matching.filter(isReal);
  const fitting = kept.filter((answered) => hasStatus(answered, status));
  const selfTests = matching.filter((answered) => hasStatus(answered, status) && !isReal(answered)).length;
  const { rows, ...paged } = pageOf(fitting.sort(byNewest), ORDER, page);
  const present = await presenter(backend, rows.at(-1)?.at ?? backend.now());
  return {
    requests: await Promise.all(rows.map(present)),
    ...paged,
    ...{ more: false, selfTests },
    since: new Date(since).toISOString(),
    statuses: Object.fromEntries(
      [...Map.groupBy(kept, ({ status: word }) => word)].map(([word, some]) => [word, some.length]),
    ),
  };
}

/** Finds requests by the name of a payment or an order, or by a part of the text that the list shows. */
async function finder(backend: Backend, q: string, since: number): Promise<(answered: Answered) => boolean> {
  const { store, config } = backend.connection;
  const [describe, named] = await Promise.all([
    describer(backend, since),
    findPayments(store, config.accounts, q).then(({ payments }) => new Set<string>(payments)),
  ]);
  const part = q.toLowerCase();
  return (answered) => {
    const { summary, settledAs, payment } = describe(answered);
    if (payment !== undefined && named.has(payment)) return true;
    const { requestId, status, route, explained } = answered;
    const texts = [
      ...[requestId, status, route, explained?.provider, explained?.account],
      ...[explained?.reason, explained?.sentence, payment, settledAs],
      ...[summary?.event, summary?.amount, summary?.id, summary?.order],
    ];
    return texts.some((text) => text?.toLowerCase().includes(part));
  };
}

/** Whether a provider or a stranger sent it. */
export const isReal = ({ explained }: Answered): boolean => !isSelfTest(explained);

/** What its reason means, for the many that the log has no sentence about. */
const meaningIn = ({ status, explained }: Answered): string | undefined =>
  status.startsWith('2') || explained?.reason === undefined
    ? undefined
    : meaningOf(explained.reason, explained.provider);

const hasStatus = ({ status }: Answered, wanted: string | undefined): boolean =>
  wanted === undefined || (wanted.endsWith('xx') ? status[0] === wanted[0] : status === wanted);

/** Reads each secret in question once. @param since time of the oldest request shown */
async function presenter(
  backend: Backend,
  since: number,
): Promise<(answered: Answered) => Promise<RequestShown>> {
  const { connection, local } = backend;
  const describe = await describer(backend, since);
  const states = new SecretStates(connection);
  return async (answered) => {
    const { requestId, at, status, route, explained, ms } = answered;
    const { provider, account, outcome, reason, sentence = meaningIn(answered) } = explained ?? {};
    const why =
      explained === undefined
        ? ''
        : whyText({ ...explained, ...defined({ sentence }) }, await states.of(answered), backend.now());
    const { summary, settledAs } = describe(answered);
    const kept = local === undefined ? undefined : local.content(requestId) !== undefined;
    return {
      ...{ correlationId: requestId, at: new Date(at).toISOString(), status },
      ...defined({ route, provider, account, outcome, reason, sentence, ms, kept, summary, settledAs }),
      ...(why === '' ? {} : { why }),
      ...(isSelfTest(explained) ? { selfTest: outcome === 'refused' ? 'forged' : 'signed' } : {}),
    };
  };
}

const DAY_MS = 86_400_000;

/** @throws Problem when the last days have no such request */
export async function requestDetail(backend: Backend, correlationId: string): Promise<RequestDetail> {
  const since = backend.now() - 7 * DAY_MS;
  const answered = (await backend.answers(since)).find(({ requestId }) => requestId === correlationId);
  if (answered === undefined) {
    const message = `No request "${correlationId.slice(0, 100)}" of the last seven days in ${backend.connection.label}.`;
    throw new Problem(EXIT.notFound, message);
  }
  const present = await presenter(backend, answered.at);
  const request = await present(answered);
  return {
    request,
    payments: await paymentsOf(backend, answered),
    ...defined({ named: await namedBy(backend, request), content: backend.local?.content(correlationId) }),
  };
}

/**
 * The payments and orders of this account that a refused request's text names and that exist. The page only links to
 * them.
 */
async function namedBy(
  { connection: { store, config } }: Backend,
  { summary, provider, account }: RequestShown,
): Promise<RequestDetail['named']> {
  if (summary === undefined || summary.verified) return undefined;
  const accounts = config.accounts.filter((each) => each.provider === provider && each.account === account);
  const names = [summary.id, summary.order].filter((name) => name !== undefined);
  const payments = await Promise.all(names.map((name) => findPayments(store, accounts, name)));
  const isOrder = summary.order !== undefined && (await store.get(orderKey(summary.order))) !== undefined;
  const named = {
    payments: [...new Set(payments.flatMap((found) => found.payments))].filter((key) =>
      key.startsWith(`${provider}:${account}:`),
    ),
    orders: isOrder && summary.order !== undefined ? [summary.order] : [],
  };
  return named.payments.length + named.orders.length === 0 ? undefined : named;
}

/** Maximum number of payments whose evidence is searched: those that changed around the time of the request. */
const MOST_CANDIDATES = 25;
const MOST_EVIDENCE = 200;
/** Clocks of the log and the gateway may differ by this. */
const SLACK_MS = 60_000;

/**
 * No row names a request's payment, but the payment's evidence names its request, and a duplicate's log line its
 * payment.
 */
async function paymentsOf(backend: Backend, answered: Answered): Promise<PaymentKey[]> {
  const { requestId, at, explained } = answered;
  if (explained === undefined || !explained.status.startsWith('2')) return [];
  const describe = await describer(backend, at);
  const { payment } = describe(answered);
  if (payment !== undefined) return [payment];
  const known = await unlessDenied(backend.duplicates(), undefined);
  const duplicate = known?.absorbed.find((each) => each.requestId === requestId);
  if (duplicate?.payment !== undefined) return [duplicate.payment];
  const { payments } = await backend.tables.read();
  const distance = ({ updatedAt }: Payment): number => Math.abs(Date.parse(updatedAt) - at);
  const candidates = payments
    .filter(
      ({ provider, account, firstSeenAt, updatedAt }) =>
        provider === explained.provider &&
        account === explained.account &&
        Date.parse(firstSeenAt) <= at + SLACK_MS &&
        Date.parse(updatedAt) >= at - SLACK_MS,
    )
    .sort((a, b) => distance(a) - distance(b))
    .slice(0, MOST_CANDIDATES);
  const found = await Promise.all(
    candidates.map(async ({ key, provider, account }) => {
      const pk = evidencePartition({ provider, account }, key);
      const options = { prefix: EVIDENCE_PREFIX, limit: MOST_EVIDENCE };
      const rows = await backend.connection.store.query(pk, options);
      return rows.some((row) => evidenceOf(row).correlationId === requestId) ? [key] : [];
    }),
  );
  return found.flat();
}

const EDGES_MS = [0, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, ANSWER_BUDGET_MS];

export async function latencyView(backend: Backend, query: Query): Promise<LatencyView> {
  const since = sinceOf(query.text('since') ?? DEFAULT_SINCE, backend.now(), 'since');
  const all = await backend.answers(since);
  const times = all
    .flatMap(({ at, ms }) => (ms === undefined || at < since ? [] : [ms]))
    .sort((a, b) => a - b);
  return { since: new Date(since).toISOString(), ...distributionOf(times) };
}

/** @param times ascending, in milliseconds */
function distributionOf(times: readonly number[]): Omit<LatencyView, 'since'> {
  /** Nearest rank. */
  const percentile = (share: number) => times[Math.max(0, Math.ceil(times.length * share) - 1)];
  return {
    budgetMs: ANSWER_BUDGET_MS,
    count: times.length,
    over: times.filter((ms) => ms > ANSWER_BUDGET_MS).length,
    ...defined({
      p50: percentile(0.5),
      p95: percentile(0.95),
      p99: percentile(0.99),
      max: times.at(-1),
    }),
    buckets: EDGES_MS.map((fromMs, index) => {
      const toMs = EDGES_MS[index + 1];
      const inside = (ms: number) => ms >= fromMs && (toMs === undefined || ms < toMs);
      return { fromMs, ...defined({ toMs }), count: times.filter(inside).length };
    }),
  };
}
