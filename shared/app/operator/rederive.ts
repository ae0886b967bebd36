/**
 * Derives payments anew after an update or a change of policy: applies the present tables to stored facts and stored
 * evidence.
 *
 * rederive({ dryRun: true }) lists what would change, and writes nothing
 * rederive({ dryRun: false }) carries it out: one re-evaluation with a ledger entry per payment that changes
 *
 * It uses the same function as every change (transition.ts), so it emits only what differs from what was announced:
 * effects are named by epoch and sequence, and no delivered effect is sent again.
 *
 * Evidence only adds to the facts. Stored facts that the present code no longer reads in the evidence are listed
 * (`noLongerSupported`) and stay: evidence expires, and a payment must not lose facts whose evidence is gone.
 */

import { randomUUID } from 'node:crypto';
import { defined } from '../../payment/defined.ts';
import { hashCanonical, joinFacts } from '../../payment/index.ts';
import type {
  Facts,
  Hold,
  HoldReason,
  Payment,
  PaymentKey,
  Status,
  Transition,
} from '../../payment/types.ts';
import { ledgerItem, NewerRowError, paymentItem } from '../table/rows.ts';
import { publishPending } from '../transition/outbox.ts';
import { type DerivedChange, isEachPolled } from '../transition/state-writes.ts';
import { type Change, changePayment, deriveChange } from '../transition/transact.ts';
import {
  accountOf,
  checkOperatorNote,
  newOperatorId,
  type OperateDeps,
  OperatorError,
  type OperatorNote,
} from './holds.ts';
import type { PaymentPages } from './payment-pages.ts';
import {
  type EvidenceDeps,
  type EvidenceResult,
  evidenceOfPayment,
  keysOfAddedEntries,
  type Unusable,
  type UsableEvidence,
  withEvidence,
} from './rederive-evidence.ts';

export type RederiveDeps = OperateDeps & EvidenceDeps;

export interface RederiveOptions extends OperatorNote {
  readonly dryRun: boolean;
  /** The most payments that this call examines, up to 1,000. Absent: 100. */
  readonly limit?: number;
  /** `next` of the previous call. Absent: from the start. */
  readonly after?: string;
}

interface FromTo<T> {
  readonly from: T;
  readonly to: T;
}

/** What changes, or would change. A part that stays the same is absent. */
export interface RederivedPayment {
  readonly payment: PaymentKey;
  readonly status?: FromTo<Status>;
  /** "none", "granted 1", "revoked 1" */
  readonly grant?: FromTo<string>;
  readonly holds?: FromTo<readonly HoldReason[]>;
  /** Keys of the fact entries that the evidence adds to. */
  readonly factsAdded?: readonly string[];
  /** The reading differs in another way (sums, doubts, announcements). */
  readonly reading?: true;
  /** The reconciler polls it from now on: its account got `confirm` after it was granted. */
  readonly polled?: true;
  /** Types of the events that follow. */
  readonly events: readonly string[];
}

/** Evidence that cannot be used at present, and facts that the present code no longer reads in complete evidence. */
interface Notable {
  readonly payment: PaymentKey;
  readonly unusable: Readonly<Partial<Record<Unusable, number>>>;
  readonly noLongerSupported: readonly string[];
}

export interface Rederived {
  readonly examined: number;
  readonly changed: readonly RederivedPayment[];
  readonly notable: readonly Notable[];
  /** Payments that could not be examined, with the reason: the account is gone, the row is of a newer version… */
  readonly skipped: readonly { readonly payment: PaymentKey; readonly why: string }[];
  /** Position for the next call. Absent: this was the last page. */
  readonly next?: string;
}

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1_000;

/** The size of one page. */
export const limitOf = ({ limit = DEFAULT_LIMIT }: Pick<RederiveOptions, 'limit'>): number =>
  Math.min(limit, MAX_LIMIT);

/**
 * Processes one page of payments. Call it again with `after: next` until `next` is absent. An interrupted page can be
 * repeated: a payment that was derived anew has nothing left to change.
 */
export async function rederive(
  pages: PaymentPages,
  options: RederiveOptions,
  deps: RederiveDeps,
): Promise<Rederived> {
  const operatorNote = checkOperatorNote(options);
  const { payments, next } = await pages(options.after, limitOf(options));
  const changed: RederivedPayment[] = [];
  const notable: Notable[] = [];
  const skipped: { payment: PaymentKey; why: string }[] = [];
  for (const payment of payments) {
    try {
      const found = await rederiveOne(payment, options.dryRun ? undefined : operatorNote, deps);
      if (found.changed !== undefined) changed.push(found.changed);
      if (found.notable !== undefined) notable.push(found.notable);
    } catch (error) {
      skipped.push({ payment, why: sentenceOf(error) });
    }
  }
  return { examined: payments.length, changed, notable, skipped, ...defined({ next }) };
}

/** Errors for operators are complete sentences; for other errors the name is added. */
const sentenceOf = (error: unknown): string =>
  !(error instanceof Error)
    ? 'unknown'
    : error instanceof OperatorError || error instanceof NewerRowError
      ? error.message
      : `${error.name}: ${error.message}`;

/** @param operatorNote undefined: only examine, write nothing */
async function rederiveOne(
  key: PaymentKey,
  operatorNote: OperatorNote | undefined,
  deps: RederiveDeps,
): Promise<{ readonly changed?: RederivedPayment; readonly notable?: Notable }> {
  const { id, account } = accountOf(key, deps);
  const evidence = await evidenceOfPayment(account, key, deps);
  const usable = evidence.filter(
    (each): each is UsableEvidence => 'normalized' in each && each.normalized.subject?.id === id,
  );
  const change: Change = {
    provider: deps.providers[account.provider],
    account,
    paymentId: id,
    input: { type: 'reevaluate', cause: 'rederive' },
    at: new Date(deps.clock()).toISOString(),
    cause: 'rederive',
    amend: (payment) => withEvidence(payment, usable),
  };
  const derivedChange = await deriveChange(change, deps);
  if (derivedChange?.payment === undefined) return {};
  const notable = notableOf(key, derivedChange.payment, evidence, id);
  const changed = difference(
    derivedChange.payment,
    derivedChange.done,
    isMissingInIndex(change, derivedChange),
  );
  if (changed !== undefined && operatorNote !== undefined) await carryOut(change, key, operatorNote, deps);
  return {
    ...defined({ changed, notable }),
  };
}

async function carryOut(
  change: Change,
  payment: PaymentKey,
  operatorNote: OperatorNote,
  deps: RederiveDeps,
): Promise<void> {
  await changePayment(
    {
      ...change,
      // Versions are raised by one, so this row is new whenever the payment's own condition holds.
      once: ({ payment: after, effects }) =>
        ledgerItem(payment, `rederivation#${after.version}`, {
          what: 'rederive',
          ...operatorNote,
          at: change.at,
          effects: effects.map(({ name }) => name),
          detail: { status: after.status },
        }),
    },
    deps,
  );
  await publishPending(payment, newOperatorId(), deps);
  deps.log.info('derived anew', { payment, correlationId: `rederive-${randomUUID()}` });
}

/** Whether the reconciler should poll the payment and cannot find it: its row was written while the account was not polled. */
function isMissingInIndex(
  { account, provider }: Pick<Change, 'account' | 'provider'>,
  { isIndexed, done: { payment } }: DerivedChange,
): boolean {
  const isPolled = isEachPolled(account, provider.rules);
  return isPolled && !isIndexed && paymentItem(payment, { isPolled }).openShard !== undefined;
}

/** Undefined: nothing changes. */
function difference(
  before: Payment,
  { payment: after, effects }: Transition,
  isMissing: boolean,
): RederivedPayment | undefined {
  const differs = (read: (payment: Payment) => unknown): boolean =>
    hashCanonical([read(before)]) !== hashCanonical([read(after)]);
  const factsAdded = keysOfAddedEntries(after.facts, before.facts);
  const changed = {
    payment: before.key,
    ...(before.status === after.status ? {} : { status: { from: before.status, to: after.status } }),
    ...(grantText(before) === grantText(after)
      ? {}
      : { grant: { from: grantText(before), to: grantText(after) } }),
    ...(differs(({ holds }) => digests(holds))
      ? { holds: { from: reasons(before), to: reasons(after) } }
      : {}),
    ...(factsAdded.length === 0 ? {} : { factsAdded }),
    ...(differs(({ reading }) => reading) ? { reading: true as const } : {}),
    ...(isMissing ? { polled: true as const } : {}),
    events: effects.map(({ type }) => type),
  };
  const linked = differs(({ aliases, orderReference, test }) => [aliases, orderReference ?? '', test]);
  return Object.keys(changed).length > 2 || effects.length > 0 || linked ? changed : undefined;
}

const digests = (holds: readonly Hold[]): readonly string[] => holds.map(({ digest }) => digest);
const reasons = ({ holds }: Payment): readonly HoldReason[] => holds.map(({ reason }) => reason);
const grantText = ({ grant: { state, epoch } }: Payment): string =>
  state === 'none' ? state : `${state} ${epoch}`;

function notableOf(
  key: PaymentKey,
  payment: Payment,
  evidence: readonly EvidenceResult[],
  id: string,
): Notable | undefined {
  const unusable: Partial<Record<Unusable, number>> = {};
  let rederived: Facts = {};
  for (const each of evidence) {
    const why =
      'unusable' in each ? each.unusable : each.normalized.subject?.id === id ? undefined : 'other_subject';
    if (why !== undefined) unusable[why] = (unusable[why] ?? 0) + 1;
    else if ('normalized' in each) rederived = joinFacts(rederived, each.normalized.facts);
  }
  // The first message is still stored. Evidence expires oldest first, so all later evidence is stored too.
  const isComplete = evidence.some(({ row }) => row.receivedAt === payment.firstSeenAt);
  const noLongerSupported = isComplete ? keysOfAddedEntries(payment.facts, rederived) : [];
  const other = Object.keys(unusable).some((why) => why !== 'conflicting_copy');
  return other || noLongerSupported.length > 0 ? { payment: key, unusable, noLongerSupported } : undefined;
}
