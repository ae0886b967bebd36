/**
 * Shipping reports, for goods whose provider captures the money only once they are shipped. The merchant reports a
 * shipment; the report is stored sealed, sent, and sent again until the provider has accepted it or voided the payment
 * (day 7).
 */
import { parsePaymentKey, paymentKey } from '../../payment/index.ts';
import type { Payment, PaymentKey } from '../../payment/types.ts';
import { providerApis } from '../../providers/apis.ts';
import type { Account } from '../../providers/index.ts';
import { type ProviderShipping, type ShippingReport, ShippingReportError } from '../../providers/shipping.ts';
import { findAccount } from '../platform/config.ts';
import { open, seal } from '../platform/seal.ts';
import { type Item, type Key, StoreBusyError } from '../ports.ts';
import { repeatUntilWritten } from '../table/attempts.ts';
import { hashText, paymentIn, shippingKey } from '../table/keys.ts';
import { openRows } from '../table/open-index.ts';
import { readPayment } from '../table/read.ts';
import { type ShippingRow, shippingItem, shippingRowOf } from '../table/rows.ts';
import { needsShippingReport } from '../transition/follow-ups.ts';
import { type ConfirmDeps, countAnswer, enqueueAnswer, IndependentTasks, pollPauseMs } from './confirm.ts';
import { outcomeName } from './provider-client.ts';

const shippingContext = (payment: PaymentKey): string => `delivery/${hashText(payment)}`;

/** The longest time that a provider (Paymentwall) holds an authorization, and one day for its 203 to arrive. */
const OVER_AFTER_MS = 8 * 86_400_000;
/** The most rows that one run reads per shard. The rest is left to the next run. */
const MAX_PER_SHARD = 1_000;
const RESERVED_MS = 15_000;
/** Attempts to write one report. Concurrent writers are few; after these attempts the bus delivers the event again. */
const MAX_ATTEMPTS = 8;

/**
 * Accepts a report of the merchant: by library call, or as event `delivery.reported` on the bus.
 * @param report see ShippingReport; checked strictly
 * @returns false: a later step was reported before, and stays
 * @throws ShippingReportError in a sentence without values, StoreBusyError
 */
export async function reportShipping(
  of: { readonly account: string; readonly ref: string },
  report: unknown,
  deps: Pick<ConfirmDeps, 'store' | 'accounts' | 'envelopeKeys' | 'clock'>,
): Promise<boolean> {
  const account = deps.accounts.find((each) => each.account === of.account && shippingOf(each) !== undefined);
  const shipping = account && shippingOf(account);
  if (account === undefined || shipping === undefined)
    throw new ShippingReportError('account: no such account of a provider that takes shipping reports');
  const read = shipping.parseReport(report, account);
  const payment = paymentKey({ provider: account.provider, account: of.account, id: of.ref });
  const found = await readPayment(deps.store, payment);
  if (found === undefined) throw new ShippingReportError('ref: no payment is known under it');
  const row = {
    payment,
    state: 'reported' as const,
    authorizedAt: found.firstSeenAt,
    attempts: 0,
    status: read.status,
    sealed: seal(JSON.stringify(read), shippingContext(payment), await deps.envelopeKeys(false)),
  };
  return keepReport(row, shipping, deps);
}

const shippingOf = ({ provider }: Account): ProviderShipping | undefined => providerApis[provider]?.shipping;

/** The status in the row, which this code wrote. Undefined status: none was reported. */
function knownOf(item: Item | undefined): Parameters<ProviderShipping['isOvertaken']>[1] {
  const row = item === undefined ? undefined : shippingRowOf(item);
  return { status: row?.status, unsent: row?.state === 'reported' };
}

/**
 * Stores a report. With two reports at once, or one while another is being sent, the row's version decides, and no
 * write is lost.
 */
async function keepReport(
  row: ShippingRow & { readonly status: string },
  shipping: ProviderShipping,
  { store, clock }: Pick<ConfirmDeps, 'store' | 'clock'>,
): Promise<boolean> {
  const attempt = async (): Promise<boolean | 'changed_meanwhile'> => {
    const before = await store.get(shippingKey(row.payment));
    if (shipping.isOvertaken(row.status, knownOf(before))) return false;
    const now = clock();
    // Never a version that the row had before (follow-ups.ts begins with 1): a sender relies on the version that it
    // read.
    const version = Math.max((before?.version ?? 0) + 1, now);
    const put = shippingItem(row, version, new Date(now).toISOString());
    const when = before === undefined ? 'absent' : { versionIs: before.version ?? 1 };
    return (await store.write([{ put, when }])).ok || 'changed_meanwhile';
  };
  const isKept = await repeatUntilWritten(attempt, { most: MAX_ATTEMPTS });
  if (isKept === undefined) throw new StoreBusyError('the shipping report is contended');
  return isKept;
}

/**
 * Handles an event of the merchant's bus, `delivery.reported`: {"account", "ref", "delivery": {…}}. @throws
 * ShippingReportError
 */
export async function reportShippingEvent(
  detail: unknown,
  deps: Parameters<typeof reportShipping>[2],
): Promise<void> {
  const { account, ref, delivery } = (
    typeof detail === 'object' && detail !== null ? detail : {}
  ) as Readonly<Record<string, unknown>>;
  if (typeof account !== 'string' || typeof ref !== 'string') {
    throw new ShippingReportError('delivery.reported: {"account", "ref", "delivery"}');
  }
  await reportShipping({ account, ref }, delivery, deps);
}

export interface ShippingRound {
  readonly sent: number;
  /** Reports that are not accepted yet. */
  readonly waiting: number;
  /** Payments authorized for days without any report: the provider voids them at day 7. */
  readonly overdue: number;
}

/**
 * Sends the reports that are due, longest due first and accounts in parallel; then counts the payments without a
 * report. Payments without a report may be many, so they are counted after the sending.
 */
export async function sendDueReports(deps: ConfirmDeps, remainingMs: () => number): Promise<ShippingRound> {
  const { rows } = await openRows(deps.store, ['delivery'], {
    until: new Date(deps.clock()).toISOString(),
    most: MAX_PER_SHARD,
    keep: () => true,
  });
  const total = { sent: 0, waiting: 0, overdue: 0 };
  const each = new IndependentTasks();
  const sendEach = async (those: readonly Item[]): Promise<void> => {
    for (const key of those) {
      if (remainingMs() < RESERVED_MS) return;
      const became = await each.run(() => sendReport(key, deps));
      if (became !== undefined) total[became] += 1;
    }
  };
  const reported = rows.filter(isReported);
  const byAccount = Map.groupBy(reported, (row) => parsePaymentKey(paymentIn(row)).account);
  await Promise.all([...byAccount.values()].map(sendEach));
  await sendEach(rows.filter((row) => !isReported(row)));
  deps.metrics.emit({ DeliveriesOverdue: total.overdue });
  each.rethrow();
  return total;
}

/** `sendReport` reports an unreadable row. */
const isReported = ({ data }: Item): boolean => (data as Partial<ShippingRow>).state === 'reported';

async function sendReport(key: Key, deps: ConfirmDeps): Promise<keyof ShippingRound | undefined> {
  const item = await deps.store.get(key);
  if (item === undefined) return undefined;
  const row = shippingRowOf(item);
  const { provider, account: name, id } = parsePaymentKey(row.payment);
  const account = findAccount(deps.accounts, provider, name);
  const payment = await readPayment(deps.store, row.payment);
  const shipping = account && shippingOf(account);
  if (account === undefined || shipping === undefined || payment === undefined) return undefined;
  if (row.state === 'due') return stillDue(item, row, { account, payment }, deps);
  const report = reportOf(row, await deps.envelopeKeys(false));
  if (report === undefined) return undefined;
  const answered = await deps.client.deliver(account, { ref: id, report, test: payment.test });
  const outcome = outcomeName(answered);
  const counted = { DeliveryConfirmations: 1, ...countAnswer(answered) };
  deps.metrics.emit(counted, { provider, account: name, outcome });
  const taken = answered.type === 'found';
  if (taken && shipping.captures(report.status, account)) {
    await enqueueAnswer(account, shipping.captureMessage(id, report.status), deps);
  }
  if (!taken) {
    const { log } = deps;
    log.error('a shipping report was not taken', { provider, account: name, payment: row.payment, outcome });
  }
  const attempts = row.attempts + 1;
  const { sealed: _sent, ...rest } = row;
  await write(
    item,
    taken ? { ...rest, state: 'sent', attempts, outcome } : { ...row, attempts, outcome },
    taken ? undefined : isOver(row, deps) ? undefined : deps.clock() + pollPauseMs(attempts, answered),
    deps,
  );
  return taken ? 'sent' : 'waiting';
}

const reportOf = (row: ShippingRow, keys: Parameters<typeof open>[2]): ShippingReport | undefined =>
  row.sealed === undefined
    ? undefined
    : (JSON.parse(open(row.sealed, shippingContext(row.payment), keys)) as ShippingReport);

const isOver = ({ authorizedAt }: ShippingRow, { clock }: Pick<ConfirmDeps, 'clock'>): boolean =>
  clock() - Date.parse(authorizedAt) > OVER_AFTER_MS;

/** Counts the payment in every run until it is reported, captured or voided. */
async function stillDue(
  item: Item,
  row: ShippingRow,
  { account, payment }: { readonly account: Account; readonly payment: Payment },
  deps: ConfirmDeps,
): Promise<'overdue' | undefined> {
  if (needsShippingReport(account, payment) && !isOver(row, deps)) return 'overdue';
  await write(item, { ...row, state: 'over' }, undefined, deps);
  return undefined;
}

/**
 * Writes the result. If a newer report arrived in between, it counts and is sent in the next run: nothing is written.
 */
async function write(
  item: Item,
  row: ShippingRow,
  lookAtMs: number | undefined,
  { store }: Pick<ConfirmDeps, 'store'>,
): Promise<void> {
  const version = item.version ?? 1;
  const lookAt = lookAtMs === undefined ? undefined : new Date(lookAtMs).toISOString();
  await store.write([{ put: shippingItem(row, version + 1, lookAt), when: { versionIs: version } }]);
}
