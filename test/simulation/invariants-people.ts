/** Invariants of operator decisions about holds, and of the merchant's answers to questions. */
import { LEDGER_PREFIX, questionKey } from '../../shared/app/table/keys.ts';
import { type LedgerRow, ledgerOf, questionRowOf } from '../../shared/app/table/rows.ts';
import type { Payment } from '../../shared/payment/types.ts';
import { type Arrived, isWithdrawal, type Report } from './arrived.ts';
import { contentOf } from './merchant.ts';
import { isOpen } from './operators.ts';
import type { PlannedPayment } from './plans.ts';
import type { World } from './world.ts';

/**
 * Every stored operator decision was made about a hold that an operator saw, is ledgered, and is the only one about it.
 */
export function decisionsComeFromOperators(world: World, payment: Payment, report: Report): void {
  const { prepared, confirmed } = world.operators;
  const ledger = world.table
    .query(`payment#${payment.key}`, { prefix: LEDGER_PREFIX, limit: 1000 })
    .map(ledgerOf)
    .filter(({ what }) => what === 'release' || what === 'reject' || what === 'confirm');
  const isOf = (decision: Payment['decisions'][number]) => (answer: (typeof prepared)[number]) =>
    answer.payment === payment.key &&
    same(answer, decision) &&
    answer.verdict === decision.verdict &&
    JSON.stringify([answer.paid, answer.returned]) === JSON.stringify([decision.paid, decision.returned]);
  for (const decision of payment.decisions) {
    const { reason, verdict } = decision;
    if (!prepared.some(isOf(decision)))
      report('operator decision about a hold that no operator saw', `${verdict} ${reason}`);
    if (!ledger.some((row) => row.what === verdict && same(detailOf(row), decision))) {
      report('operator decision without a ledger row', `${verdict} ${reason}`);
    }
  }
  for (const answer of confirmed.filter((each) => each.payment === payment.key)) {
    if (!payment.decisions.some((decision) => isOf(decision)(answer))) {
      report('confirmed operator decision not stored', `${answer.verdict} ${answer.reason}`);
    }
  }
  const names = payment.decisions.map(({ reason, digest }) => `${reason} ${digest}`);
  if (new Set(names).size !== names.length) report('two operator decisions about one hold', names.join(', '));
  if (ledger.length > payment.decisions.length)
    report('operator decision ledgered but not stored', `${ledger.length} rows`);
}

/** When operators answer everything in several rounds, no payment is open at the end. */
export function everythingIsAnswered(world: World, payment: Payment, report: Report): void {
  if (!world.operators.answersAll || !isOpen(payment)) return;
  report(
    'payment open after every operator decision',
    `${payment.status} ${payment.holds.map(({ reason }) => reason).join()}`,
  );
}

interface Named {
  readonly reason: string;
  readonly digest: string;
}
const same = (a: Named, b: Named): boolean => a.reason === b.reason && a.digest === b.digest;
const detailOf = ({ detail }: LedgerRow): Named => ({
  reason: String(detail.reason),
  digest: String(detail.digest),
});

/**
 * Every copy of a question gets the same answer. The answer is OK or CONTINUE only if the merchant gave that answer to
 * exactly this content.
 */
export function questionsHaveOneAnswer(
  world: World,
  planned: PlannedPayment,
  arrived: readonly Arrived[],
  report: Report,
): void {
  const account = world.account(planned.provider);
  if (account.provider !== 'trustly-europe' || !account.withdrawals) return;
  for (const { message, normalized } of arrived) {
    const id = normalized.key.replace(/#restore$/, '');
    if (message.asked === undefined || (message.asked.method === 'debit' && !isWithdrawal(world, planned)))
      continue;
    const replies = [...(world.senders.replies.get(message.name) ?? [])];
    if (replies.length > 1) report('question with two answers', `${message.name}: ${replies.join(', ')}`);
    const answer = world.merchant.answers.get(`trustly-europe:${planned.account}:${id}`);
    const isPositive = replies.includes('OK') || replies.includes('CONTINUE');
    const { orderid = '', amount } = message.fields;
    const isSameContent = answer?.contents.has(contentOf(orderid, amount)) === true;
    if (
      isPositive &&
      (answer === undefined || !['OK', 'CONTINUE'].includes(answer.status) || !isSameContent)
    ) {
      report('positive answer that the merchant did not give', message.name);
    }
    if (message.kind === 'genuine') balanceIsGivenBack(world, planned, id, report);
  }
}

/** A withdrawal debits the balance once, however many questions the merchant gets about it. */
export function withdrawalsAreTakenOnce(
  world: World,
  planned: PlannedPayment,
  arrived: readonly Arrived[],
  report: Report,
): void {
  if (!isWithdrawal(world, planned)) return;
  const accepted = arrived.filter(
    ({ message, normalized }) =>
      message.asked?.method === 'debit' &&
      normalized.subject?.id === planned.id &&
      world.senders.replies.get(message.name)?.has('OK') === true,
  );
  const questions = new Set(accepted.map(({ message }) => message.fields.notificationid));
  if (questions.size > 1) report('withdrawal debited twice', [...questions].join(', '));
}

/**
 * If the merchant answered OK and the stored answer is FAILED, the merchant gets `balance.restore`. If the stored
 * answer is OK, the merchant gets no `balance.restore`.
 */
function balanceIsGivenBack(world: World, planned: PlannedPayment, id: string, report: Report): void {
  const row = world.row(questionKey(planned, id));
  const decided = row === undefined ? undefined : questionRowOf(row).decided;
  const taken = world.merchant.answers.get(`trustly-europe:${planned.account}:${id}`)?.status === 'OK';
  if (decided === undefined) return;
  const restored = world
    .effects(planned)
    .some(
      ({ type, event }) => type === 'balance.restore' && event.causedBy.some((cause) => cause.startsWith(id)),
    );
  if (taken && decided.status === 'FAILED' && !restored) report('balance debited but not restored', id);
  if (decided.status === 'OK' && restored) report('balance restored after the answer OK', id);
}
