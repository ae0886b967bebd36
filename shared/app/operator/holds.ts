/**
 * What an operator may do to a payment: release or reject a hold. Library calls for the command line and for the
 * merchant's own tools. Each call names who acts and why, and writes a ledger row in the same transaction.
 *
 * showPayment → the hold's reason and digest → releaseHold | rejectHold
 *
 * The answer is bound to reason and digest: if either has changed since the operator saw them, the answer is refused
 * with a sentence. Repeating an answer changes nothing, so a caller that crashed tries again.
 */
import { randomUUID } from 'node:crypto';
import { DecisionError, moneyText, readPaymentKey } from '../../payment/index.ts';
import { HOLD_REASONS, type HoldDecision, type Payment, type PaymentKey } from '../../payment/types.ts';
import type { Account } from '../../providers/index.ts';
import { findAccount } from '../platform/config.ts';
import { ledgerKey } from '../table/keys.ts';
import { readPayment } from '../table/read.ts';
import { ledgerItem, ledgerOf } from '../table/rows.ts';
import type { ApplyDeps } from '../transition/apply.ts';
import { publishPending } from '../transition/outbox.ts';
import { type Change, changePayment } from '../transition/transact.ts';

export { DecisionError } from '../../payment/index.ts';

export type OperateDeps = Pick<
  ApplyDeps,
  'store' | 'clock' | 'pause' | 'fulfilment' | 'providers' | 'accounts' | 'log'
>;

/** Both are stored in the ledger and can be shown. They never reach a log, a metric or the merchant's events. */
export interface OperatorNote {
  readonly by: string;
  readonly note: string;
}

export interface HoldAnswer extends OperatorNote {
  readonly payment: PaymentKey;
  /** Reason and digest as `showPayment` or `listHolds` returned them. */
  readonly reason: string;
  readonly digest: string;
}

export interface DecisionResult {
  readonly payment: Payment;
  /** True: the same answer was given before, and nothing changed. */
  readonly repeated: boolean;
  /** Names of the effects that the answer caused, now or when it was first given. */
  readonly effects: readonly string[];
}

/** The command was not carried out. The message is a sentence for the operator that says why. */
export class OperatorError extends Error {
  override readonly name = 'OperatorError';
}

const MAX_NOTE_CHARACTERS = 500;
const MAX_BY_CHARACTERS = 128;

/**
 * Ends this hold; others may remain. Effects that the hold prevented follow (a fulfil, notices).
 * @throws DecisionError, OperatorError, or an error of store or queue
 */
export const releaseHold = (answer: HoldAnswer, deps: OperateDeps): Promise<DecisionResult> =>
  answerHold('release', answer, deps);

/**
 * Final: the merchant is asked to give the money back, and goods already given are revoked.
 * @throws DecisionError, OperatorError, or an error of store or queue
 */
export const rejectHold = (answer: HoldAnswer, deps: OperateDeps): Promise<DecisionResult> =>
  answerHold('reject', answer, deps);

async function answerHold(
  verdict: HoldDecision['verdict'],
  answer: HoldAnswer,
  deps: OperateDeps,
): Promise<DecisionResult> {
  const operatorNote = checkOperatorNote(answer);
  const reason = HOLD_REASONS.find((known) => known === answer.reason);
  if (reason === undefined) {
    throw new OperatorError(`reason: found "${answer.reason}", allowed: ${HOLD_REASONS.join(', ')}`);
  }
  return applyDecision(answer.payment, { reason, digest: answer.digest, verdict, ...operatorNote }, deps);
}

/**
 * Applies a decision, and writes it to the ledger in the same transaction.
 * @throws DecisionError, OperatorError, or an error of store or queue
 */
export async function applyDecision(
  payment: PaymentKey,
  decided: Omit<HoldDecision, 'at'>,
  deps: OperateDeps,
): Promise<DecisionResult> {
  const { reason, digest, verdict, by, note } = decided;
  const { id, account } = accountOf(payment, deps);
  const at = new Date(deps.clock()).toISOString();
  // One answer per hold: two operators write the same row, so the second one is refused.
  const name = `decision#${reason}#${digest}`;
  const change: Change = {
    provider: deps.providers[account.provider],
    account,
    paymentId: id,
    input: { type: 'decide', decision: { ...decided, at } },
    at,
    cause: `${verdict} ${reason}`,
    once: ({ effects, payment: after }) =>
      ledgerItem(payment, name, {
        what: verdict,
        by,
        note,
        at,
        effects: effects.map((effect) => effect.name),
        detail: {
          ...{ reason, digest, status: after.status },
          ...ledgeredSums(decided),
        },
      }),
  };
  const result = await changePayment(change, deps);
  if (result.type === 'no_payment') throw new OperatorError(`there is no payment ${payment}`);
  const first = await firstAnswer(payment, name, decided, deps);
  await publishPending(payment, newOperatorId(), deps);
  if (result.type === 'done') {
    deps.log.info('hold answered', { payment, reason, outcome: verdict, provider: account.provider });
    return { payment: result.transition.payment, repeated: false, effects: first };
  }
  return { payment: await paymentNow(payment, deps), repeated: true, effects: first };
}

/** Effects of the stored answer. @throws DecisionError if another operator gave another answer or sum first */
async function firstAnswer(
  payment: PaymentKey,
  name: string,
  decided: Pick<HoldDecision, 'verdict' | 'paid' | 'returned'>,
  { store }: OperateDeps,
): Promise<readonly string[]> {
  const row = await store.get(ledgerKey(payment, name));
  if (row === undefined) return [];
  const { what, effects, detail } = ledgerOf(row);
  if (what !== decided.verdict) throw new DecisionError(`${payment}: this was already answered with ${what}`);
  const sums = ledgeredSums(decided);
  if (detail.paid !== sums.paid || detail.returned !== sums.returned) {
    const back = detail.returned === undefined ? '' : `, of which ${detail.returned} went back`;
    throw new DecisionError(`${payment}: this was already confirmed with ${detail.paid}${back}`);
  }
  return effects;
}

const ledgeredSums = ({ paid, returned }: Pick<HoldDecision, 'paid' | 'returned'>): LedgeredSums => ({
  ...(paid === undefined ? {} : { paid: moneyText(paid) }),
  ...(returned === undefined ? {} : { returned: moneyText(returned) }),
});

interface LedgeredSums {
  readonly paid?: string;
  readonly returned?: string;
}

/** Checks and trims who acts and why. @throws OperatorError */
export function checkOperatorNote({ by, note }: OperatorNote): OperatorNote {
  return { by: checkText('by', by, MAX_BY_CHARACTERS), note: checkText('note', note, MAX_NOTE_CHARACTERS) };
}

function checkText(name: string, value: string, maxCharacters: number): string {
  const trimmed = value.trim();
  if (
    trimmed.length > 0 &&
    trimmed.length <= maxCharacters &&
    trimmed.isWellFormed() &&
    !/\p{Cc}/u.test(trimmed)
  ) {
    return trimmed;
  }
  throw new OperatorError(`${name}: a text of 1-${maxCharacters} printable characters is needed`);
}

/**
 * The configured account of a payment, and the payment's id. @throws OperatorError if the key or the account is unknown
 */
export function accountOf(
  payment: PaymentKey,
  { accounts }: Pick<OperateDeps, 'accounts'>,
): { readonly id: string; readonly account: Account } {
  const key = readPaymentKey(payment);
  if (key === undefined)
    throw new OperatorError(`"${payment}" is no payment; expected <provider>:<account>:<id>`);
  const { provider, account: name, id } = key;
  const account = findAccount(accounts, provider, name);
  if (account === undefined) throw new OperatorError(`${provider}/${name} is not a configured account`);
  return { id, account };
}

/** The stored payment. @throws OperatorError if there is none */
export async function paymentNow(
  payment: PaymentKey,
  { store }: Pick<OperateDeps, 'store'>,
): Promise<Payment> {
  const found = await readPayment(store, payment);
  if (found === undefined) throw new OperatorError(`there is no payment ${payment}`);
  return found;
}

/** The correlation id of the messages that an operator's command publishes. */
export const newOperatorId = (): string => `operator-${randomUUID()}`;
