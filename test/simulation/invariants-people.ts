/** Invariants of decisions by people: operators about holds, the merchant about questions. */
import { LEDGER_PREFIX, questionKey } from '../../shared/app/table/keys.ts';
import { type LedgerRow, ledgerOf, questionRowOf } from '../../shared/app/table/rows.ts';
import type { Payment } from '../../shared/payment/types.ts';
import { type About, type Arrived, isWithdrawal } from './arrived.ts';
import { contentOf } from './merchant.ts';
import { isOpen } from './operators.ts';
import type { PlannedPayment } from './plans.ts';
import type { World } from './world.ts';

/** Every decision that counts was made by somebody about what they saw, is in the ledger, and is the only one. */
export function decisionsAreTheOperators(world: World, payment: Payment, about: About): void {
  const { looked, done } = world.operators;
  const ledger = world.table
    .query(`payment#${payment.key}`, { prefix: LEDGER_PREFIX, limit: 1000 })
    .map(ledgerOf)
    .filter(({ what }) => what === 'release' || what === 'reject' || what === 'confirm');
  const isOf = (decision: Payment['decisions'][number]) => (answer: (typeof looked)[number]) =>
    answer.payment === payment.key &&
    same(answer, decision) &&
    answer.verdict === decision.verdict &&
    JSON.stringify([answer.paid, answer.returned]) === JSON.stringify([decision.paid, decision.returned]);
  for (const decision of payment.decisions) {
    const { reason, verdict } = decision;
    if (!looked.some(isOf(decision))) about('decided on what nobody looked at', `${verdict} ${reason}`);
    if (!ledger.some((row) => row.what === verdict && same(detailOf(row), decision))) {
      about('decision without a ledger row', `${verdict} ${reason}`);
    }
  }
  for (const answer of done.filter((each) => each.payment === payment.key)) {
    if (!payment.decisions.some((decision) => isOf(decision)(answer))) {
      about('an answer that was confirmed does not stand', `${answer.verdict} ${answer.reason}`);
    }
  }
  const names = payment.decisions.map(({ reason, digest }) => `${reason} ${digest}`);
  if (new Set(names).size !== names.length) about('two decisions on one hold', names.join(', '));
  if (ledger.length > payment.decisions.length) about('ledgered but not decided', `${ledger.length} rows`);
}

/** After an operator has answered everything that was open, round after round, nothing is left to answer. */
export function answersSettleEverything(world: World, payment: Payment, about: About): void {
  if (!world.operators.answersAll || !isOpen(payment)) return;
  about('answered, and still open', `${payment.status} ${payment.holds.map(({ reason }) => reason).join()}`);
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
 * The same question has the same answer for ever; it is yes only if the merchant said so about exactly this content.
 */
export function questionsHaveOneAnswer(
  world: World,
  planned: PlannedPayment,
  arrived: readonly Arrived[],
  about: About,
): void {
  const account = world.account(planned.provider);
  if (account.provider !== 'trustly-europe' || !account.withdrawals) return;
  for (const { message, normalized } of arrived) {
    const id = normalized.key.replace(/#restore$/, '');
    if (message.asked === undefined || (message.asked.method === 'debit' && !isWithdrawal(world, planned)))
      continue;
    const replies = [...(world.senders.replies.get(message.name) ?? [])];
    if (replies.length > 1) about('one question, two answers', `${message.name}: ${replies.join(', ')}`);
    const said = world.merchant.said.get(`trustly-europe:${planned.account}:${id}`);
    const yes = replies.includes('OK') || replies.includes('CONTINUE');
    const { orderid = '', amount } = message.fields;
    const isOfThis = said?.about.has(contentOf(orderid, amount)) === true;
    if (yes && (said === undefined || !['OK', 'CONTINUE'].includes(said.status) || !isOfThis)) {
      about('a yes that the merchant did not give', message.name);
    }
    if (message.kind === 'genuine') balanceIsGivenBack(world, planned, id, about);
  }
}

/** However often the merchant is asked, a withdrawal debits the balance once. */
export function withdrawalsAreTakenOnce(
  world: World,
  planned: PlannedPayment,
  arrived: readonly Arrived[],
  about: About,
): void {
  if (!isWithdrawal(world, planned)) return;
  const yes = arrived.filter(
    ({ message, normalized }) =>
      message.asked?.method === 'debit' &&
      normalized.subject?.id === planned.id &&
      world.senders.replies.get(message.name)?.has('OK') === true,
  );
  const questions = new Set(yes.map(({ message }) => message.fields.notificationid));
  if (questions.size > 1) about('a withdrawal taken twice', [...questions].join(', '));
}

/**
 * If the balance was debited but the answer is no, the merchant gets `balance.restore`; if the answer is yes, it gets
 * none.
 */
function balanceIsGivenBack(world: World, planned: PlannedPayment, id: string, about: About): void {
  const row = world.row(questionKey(planned, id));
  const decided = row === undefined ? undefined : questionRowOf(row).decided;
  const taken = world.merchant.said.get(`trustly-europe:${planned.account}:${id}`)?.status === 'OK';
  if (decided === undefined) return;
  const restored = world
    .effects(planned)
    .some(
      ({ type, event }) => type === 'balance.restore' && event.causedBy.some((cause) => cause.startsWith(id)),
    );
  if (taken && decided.status === 'FAILED' && !restored) about('balance taken and not given back', id);
  if (decided.status === 'OK' && restored) about('balance given back though it was taken rightly', id);
}
