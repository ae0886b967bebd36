/**
 * Answers a provider's questions (docs/decisions/007-questions.md): the debit of a withdrawal, and kyc. No other
 * request of a provider waits for these rows: the stored answer is sent, or the order is read and the merchant is
 * asked. (Every intake may read the quarantineFull row for a message that must be quarantined.) The answer is stored
 * before it is queued and sent, and is kept for ever. OK means "the balance was taken", so only the merchant's own yes
 * causes it. Without an answer the provider gets 503 and sends the question again; after RECOVERY_MS it gets no.
 *
 * The 2,500 ms of a request: first secrets, RSA, row and order; then at most 800 ms for the decision hook; the last
 * 900 ms are reserved to store, queue and sign.
 */

import { checkAmount, materialHash, ownerOf } from '../../payment/index.ts';
import type { NormalizedEvent, Order } from '../../payment/types.ts';
import type { Account } from '../../providers/index.ts';
import type { Provider, Rules } from '../../providers/provider.ts';
import type { ProviderQuestions, Question } from '../../providers/question.ts';
import type { AnswerReason, QuestionAnswer } from '../../providers/question-answer.ts';
import type { SigningKeys } from '../fulfilment/targets/https.ts';
import type { Telemetry } from '../platform/telemetry.ts';
import { type Item, type Store, StoreBusyError, type Write } from '../ports.ts';
import { questionKey } from '../table/keys.ts';
import { type QuestionRow, questionItem, questionRowOf } from '../table/rows.ts';
import { type Asked, answerFor, hashKnownBy, NO_STATUS } from '../table/stored-answer.ts';
import { findOrder } from '../transition/order-search.ts';
import type { Ask } from './decision-hook.ts';
import type { QuestionOutcome, Questions } from './intake.ts';
import type { FailureReason } from './intake-http.ts';
import { takenByAnother, takenWrites } from './withdrawal-taken.ts';

/** The time that the decision hook has to answer. */
export const HOOK_MS = 800;
/** The time reserved after the answer of the decision hook to store, queue and sign a yes. */
export const FINISH_MS = 900;
/**
 * If less time than this is left, the decision hook is not asked. The provider sends again, and a warm function has
 * more time.
 */
export const MIN_HOOK_MS = 150;
/**
 * After this time without an answer, the answer is no. It begins with the first attempt that could not be answered.
 * Trustly repeats after 5, 20 and 65 seconds. That is enough for a cold decision hook, or for an order that is being
 * registered. The next repetition comes after 16 minutes, when the end user has left; it gets the final answer.
 */
export const RECOVERY_MS = 5 * 60_000;
/**
 * Attempts to write one row. Concurrent requests of one question are few; after these attempts the provider asks again.
 */
const MAX_ATTEMPTS = 4;

export interface AnswerDeps extends Telemetry {
  readonly store: Store;
  readonly ask: Ask;
  /** Reads the account's signing keys. */
  readonly keys: (account: Account, signal: AbortSignal) => Promise<SigningKeys>;
}

export function createQuestions<N, K, A extends Account>(
  {
    name,
    questions,
    normalize,
    rules,
  }: Pick<Provider<N, K, A>, 'name' | 'questions' | 'normalize' | 'rules'>,
  deps: AnswerDeps,
): Questions<N, K, A> {
  if (questions === undefined) throw new Error(`${name} asks the merchant nothing`);
  const { questionOf, replyWithoutQuestion, readAnswer, answer } = questions;
  const answerQuestionOf: Questions<N, K, A>['answerQuestion'] = async ({
    notification,
    message,
    account,
    endsAt,
    signal,
  }) => {
    const asked = questionOf(notification, message, account);
    if (asked === undefined) {
      const reply = replyWithoutQuestion(notification);
      return reply === undefined ? undefined : { type: 'reply', reply };
    }
    const normalized = normalize(notification, account);
    const { question, aborted } = asked;
    // Aborted: the notification itself says no, and so does every copy. The merchant is not asked, nothing is stored.
    if (aborted) return replied({ status: 'FINISH', reason: 'aborted' });
    const hash = materialHash(normalized);
    return answerQuestion({ question, normalized, hash, account, rules, readAnswer, endsAt, signal }, deps);
  };
  return { answer, answerQuestion: answerQuestionOf };
}

interface PendingQuestion {
  readonly question: Question;
  readonly normalized: NormalizedEvent;
  readonly hash: string;
  readonly account: Account;
  readonly rules: Rules;
  readonly readAnswer: ProviderQuestions['readAnswer'];
  readonly endsAt: number;
  readonly signal: AbortSignal;
}

interface StoredQuestion {
  readonly row: QuestionRow;
  readonly version: number;
}

/** Why there is no answer. `uncertain`: the decision hook was asked, and the merchant may have taken the balance. */
interface NoAnswer {
  readonly failure: FailureReason;
  readonly reason: AnswerReason;
  readonly uncertain: boolean;
}

const NOT_ASKED: NoAnswer = { failure: 'not_asked', reason: 'no_answer', uncertain: false };
const NOT_STORED: NoAnswer = { failure: 'decision_not_stored', reason: 'no_answer', uncertain: true };

const replied = (questionAnswer: QuestionAnswer): QuestionOutcome => {
  const { status, limit } = questionAnswer;
  return { type: 'reply', reply: limit === undefined ? { status } : { status, limit }, questionAnswer };
};
const retry = (reason: FailureReason, error?: unknown): QuestionOutcome => ({ type: 'retry', reason, error });

async function answerQuestion(received: PendingQuestion, deps: AnswerDeps): Promise<QuestionOutcome> {
  const { question, normalized, account, rules, signal } = received;
  let known: StoredQuestion | undefined;
  let order: Order | undefined;
  let isTaken = false;
  try {
    const [item, search] = await Promise.all([
      deps.store.get(questionKey(account, question.notificationId)),
      findOrder(deps.store, {
        ...{ scope: account, rules, payment: undefined, names: normalized },
      }),
      // Read in parallel, once per environment; a failure is handled where the keys are needed.
      deps.keys(account, signal).catch(() => undefined),
    ]);
    known = item === undefined ? undefined : storedQuestionOf(item);
    order = search.order;
    isTaken = await takenByAnother(deps.store, account, question, order);
  } catch (error) {
    return retry('store_unavailable', error);
  }
  const pending = { ...received, hash: hashKnownBy(known?.row, normalized) };
  if (known?.row.decided !== undefined)
    return replied(answerFor(known.row, known.row.decided, askedIn(pending)));
  // The debit of any other order takes nothing from a balance of the merchant: it only reports
  // (docs/protocols/trustly-europe.md#response).
  if (question.asks === 'debit' && order !== undefined && order.kind !== 'withdrawal') {
    return { type: 'reply', reply: { status: 'OK' } };
  }

  const refusal =
    refusalOf(pending, order, deps.clock()) ??
    (isTaken ? ({ status: 'FAILED', reason: 'already_taken' } as const) : undefined);
  const asking = refusal === undefined ? await askMerchant(pending, order, known, deps) : undefined;
  known = asking?.known ?? known;
  const judged = refusal ?? asking?.judged ?? NOT_ASKED;
  const questionAnswer = 'failure' in judged ? giveUp(judged, known, pending, deps) : judged;
  if (questionAnswer === undefined) {
    await keepOpen(judged as NoAnswer, known, pending, deps);
    return retry((judged as NoAnswer).failure);
  }
  const of = { provider: account.provider, account: account.account };
  try {
    const stored = await storeAnswer(questionAnswer, known, { ...pending, order }, deps);
    deps.metrics.emit({ Decisions: 1 }, { ...of, outcome: stored.status, reason: stored.reason });
    return replied(stored);
  } catch (error) {
    deps.log.error('an answer could not be stored', { ...of, status: questionAnswer.status, error });
    // The merchant said yes and took the balance. The note says so: if the final answer is no, it must be given back.
    if (questionAnswer.status === 'OK') await keepOpen(NOT_STORED, known, pending, deps);
    return retry('decision_not_stored', error);
  }
}

const askedIn = ({ question: { asks }, hash }: PendingQuestion): Asked => ({ asks, hash });

const storedQuestionOf = (item: Item): StoredQuestion => ({
  row: questionRowOf(item),
  version: item.version ?? 1,
});

/** The row after the merchant answered that it did not take the balance for this content. */
const markNotTaken = (row: QuestionRow, hash: string): QuestionRow => ({
  ...row,
  takenFor: mayBeTakenFor(row).filter((each) => each !== hash),
  notTakenFor: [...new Set([...(row.notTakenFor ?? []), hash])],
});

/** The row with its answer unchanged, and a note that the balance taken for this content must be given back. */
function markGiveBack(row: QuestionRow, questionAnswer: QuestionAnswer, hash: string): QuestionRow {
  return row.materialHash === hash
    ? { ...row, decided: { ...questionAnswer, restore: true } }
    : { ...row, takenFor: [...new Set([...(row.takenFor ?? []), hash])] };
}

/** Why the merchant is not asked. Undefined: it is asked. */
function refusalOf(
  { question, account, rules }: PendingQuestion,
  order: Order | undefined,
  nowMs: number,
): QuestionAnswer | NoAnswer | undefined {
  if (question.asks !== 'debit') return undefined;
  const owner =
    order === undefined ? 'unknown' : ownerOf(order, { ...account.policy, ...rules }, question.orderId);
  if (order === undefined || owner === 'unknown') {
    return { failure: 'order_unknown', reason: 'order_unknown', uncertain: false };
  }
  if (owner === 'somebody else') return { status: 'FAILED', reason: 'order_id_differs' };
  if (order.closedAt !== undefined) return { status: 'FAILED', reason: 'order_closed' };
  const { validUntil } = order;
  if (validUntil !== undefined && nowMs > Date.parse(validUntil))
    return { status: 'FAILED', reason: 'order_expired' };
  const { amount, currency, endUser } = question;
  // The signed text does not show where one value ends and the next begins, so a forger could move digits between
  // values. The comparison with the registered order detects that.
  const money = amount === undefined || currency === undefined ? [] : [{ amount, currency }];
  if (checkAmount(order.amounts, money) !== 'matches') return { status: 'FAILED', reason: 'amount_differs' };
  const isSomebodyElse = order.endUser !== undefined && endUser !== undefined && order.endUser !== endUser;
  return isSomebodyElse ? { status: 'FAILED', reason: 'end_user_differs' } : undefined;
}

interface MerchantAsked {
  readonly judged: QuestionAnswer | NoAnswer;
  /** The present row. */
  readonly known: StoredQuestion | undefined;
}

async function askMerchant(
  pending: PendingQuestion,
  order: Order | undefined,
  known: StoredQuestion | undefined,
  deps: AnswerDeps,
): Promise<MerchantAsked> {
  const { question, account, readAnswer, endsAt, signal } = pending;
  let signing: SigningKeys;
  try {
    signing = await deps.keys(account, signal);
  } catch {
    return { judged: { ...NOT_ASKED, failure: 'secret_unavailable' }, known };
  }
  const patience = (): number => Math.min(HOOK_MS, endsAt - FINISH_MS - deps.clock());
  if (patience() < MIN_HOOK_MS) return { judged: NOT_ASKED, known };
  // Only a debit can take a balance; kyc takes none.
  const noted = question.asks === 'kyc' ? { known, isOurs: false } : await writeNote(known, pending, deps);
  if (noted === undefined) return { judged: { ...NOT_ASKED, failure: 'decision_not_stored' }, known };
  // Another attempt may have been answered in between, and writing the note took time.
  if (noted.known?.row.decided !== undefined) return { judged: NOT_ASKED, known: noted.known };
  const patienceMs = patience();
  if (patienceMs < MIN_HOOK_MS) return { judged: NOT_ASKED, known: await removeNote(noted, pending, deps) };
  const toAsk = order === undefined ? question : { ...question, orderReference: order.reference };
  const response = await deps.ask(toAsk, signing, patienceMs);
  const reply = response.answered ? readAnswer(response.text, question) : undefined;
  const judged: QuestionAnswer | NoAnswer =
    reply === undefined
      ? { failure: 'no_answer', reason: 'no_answer', uncertain: true }
      : { ...reply, reason: 'merchant' };
  return { judged, known: noted.known };
}

/** Contents for which the merchant may have taken the balance while there is no answer. */
const mayBeTakenFor = ({ uncertain, materialHash: own, takenFor }: QuestionRow): readonly string[] =>
  takenFor ?? (uncertain ? [own] : []);

const isUncertain = (row: QuestionRow, hash: string): boolean => mayBeTakenFor(row).includes(hash);

/** The open row, with this content added to those for which the merchant may have taken the balance. */
function withNote(
  row: QuestionRow | undefined,
  { question, hash }: PendingQuestion,
  nowMs: number,
): QuestionRow {
  const opened = { asks: question.asks, materialHash: hash, firstAskedAt: new Date(nowMs).toISOString() };
  const takenFor = [...new Set([...(row === undefined ? [] : mayBeTakenFor(row)), hash])];
  return { ...opened, ...row, uncertain: true, takenFor };
}

/**
 * Writes a note before the merchant is asked: if the process dies after the merchant's yes, only the note shows that
 * the balance was taken. Undefined: it could not be written, so the merchant is not asked.
 */
async function writeNote(
  before: StoredQuestion | undefined,
  pending: PendingQuestion,
  { store, clock }: AnswerDeps,
): Promise<WrittenNote | undefined> {
  const { hash } = pending;
  let known = before;
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
    if (known?.row.decided !== undefined) return { known, isOurs: false };
    const isOurs = known === undefined || !isUncertain(known.row, hash);
    // The row is written even if it contains the note. The higher version prevents the first writer from removing the
    // note (removeNote).
    const row = withNote(known?.row, pending, clock());
    const result = await writeQuestion(row, known, pending, { store }).catch(() => undefined);
    if (result === undefined) return undefined;
    if (result.ok) return { known: { row, version: (known?.version ?? 0) + 1 }, isOurs };
    const existing = result.refused[0]?.existing;
    known = existing === undefined ? undefined : storedQuestionOf(existing);
  }
  return undefined;
}

interface WrittenNote {
  readonly known: StoredQuestion | undefined;
  /** This attempt was the first to write the note. */
  readonly isOurs: boolean;
}

/** Removes the note, because the merchant was not asked: otherwise a balance would be given back that was not taken. */
async function removeNote(
  { known, isOurs }: WrittenNote,
  pending: PendingQuestion,
  { store }: AnswerDeps,
): Promise<StoredQuestion | undefined> {
  if (known === undefined || !isOurs) return known;
  const takenFor = mayBeTakenFor(known.row).filter((each) => each !== pending.hash);
  const row = { ...known.row, uncertain: takenFor.length > 0, takenFor };
  const result = await writeQuestion(row, known, pending, { store }).catch(() => undefined);
  return result?.ok === true ? { row, version: known.version + 1 } : known;
}

/** The final no after RECOVERY_MS. Undefined: an answer may still be found. */
function giveUp(
  { reason, uncertain }: NoAnswer,
  known: StoredQuestion | undefined,
  { question }: PendingQuestion,
  { clock }: AnswerDeps,
): QuestionAnswer | undefined {
  if (known === undefined || clock() - Date.parse(known.row.firstAskedAt) < RECOVERY_MS) return undefined;
  return withRestore({ status: NO_STATUS[question.asks], reason }, uncertain, question);
}

/** Our own no, although the merchant may have taken the balance: it must be given back. */
const withRestore = (
  questionAnswer: QuestionAnswer,
  uncertain: boolean,
  { asks }: Question,
): QuestionAnswer =>
  uncertain && asks === 'debit' && questionAnswer.status === 'FAILED' && questionAnswer.reason !== 'merchant'
    ? { ...questionAnswer, restore: true }
    : questionAnswer;

/**
 * Writes the row of a question without an answer. `giveUp` counts from its `firstAskedAt`. With `uncertain`, the row
 * also notes that the balance may have been taken, even if another copy of the question has stored a no in the
 * meantime. If the row cannot be written, the next attempt writes it.
 */
async function keepOpen(
  { uncertain }: NoAnswer,
  before: StoredQuestion | undefined,
  pending: PendingQuestion,
  { store, clock }: AnswerDeps,
): Promise<void> {
  const { question, hash } = pending;
  let known = before;
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
    const stored = known?.row.decided;
    if (known !== undefined && stored !== undefined) {
      const stands = answerFor(known.row, stored, askedIn(pending));
      if (withRestore(stands, uncertain, question) === stands || stands.restore === true) return;
    } else if (known !== undefined && (isUncertain(known.row, hash) || !uncertain)) return;
    const now = clock();
    const opened = { asks: question.asks, materialHash: hash, firstAskedAt: new Date(now).toISOString() };
    const row: QuestionRow =
      known !== undefined && stored !== undefined
        ? markGiveBack(known.row, stored, hash)
        : uncertain
          ? withNote(known?.row, pending, now)
          : { ...opened, uncertain };
    const result = await writeQuestion(row, known, pending, { store }).catch(() => undefined);
    if (result === undefined || result.ok) return;
    const existing = result.refused[0]?.existing;
    known = existing === undefined ? undefined : storedQuestionOf(existing);
  }
}

const writeQuestion = (
  row: QuestionRow,
  known: StoredQuestion | undefined,
  { account, question }: Pick<PendingQuestion, 'account' | 'question'>,
  { store, moreWrites = [] }: { readonly store: Store; readonly moreWrites?: readonly Write[] },
) =>
  store.write([
    {
      put: questionItem(questionKey(account, question.notificationId), row, (known?.version ?? 0) + 1),
      when: known === undefined ? 'absent' : { versionIs: known.version },
    },
    ...moreWrites,
  ]);

/**
 * Stores the answer. If several requests ask at once, the answer that is stored first applies to all. A request that
 * got a yes and finds a no notes that the balance must be given back.
 */
async function storeAnswer(
  response: QuestionAnswer,
  before: StoredQuestion | undefined,
  pending: PendingQuestion & { readonly order: Order | undefined },
  { store, clock }: AnswerDeps,
): Promise<QuestionAnswer> {
  const { question, hash, account, order } = pending;
  let ours = response;
  const taken = question.asks === 'debit' && (ours.status === 'OK' || ours.restore === true);
  let known = before;
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
    const first = known?.row.decided;
    let row: QuestionRow;
    if (known !== undefined && first !== undefined) {
      const stands = answerFor(known.row, first, askedIn(pending));
      const merchantRefused = ours.reason === 'merchant' && !taken && isUncertain(known.row, hash);
      if (merchantRefused) row = markNotTaken(known.row, hash);
      else if (!taken || stands.status === 'OK' || stands.restore === true) return stands;
      else row = markGiveBack(known.row, first, hash);
    } else {
      const now = new Date(clock()).toISOString();
      const uncertain = known !== undefined && isUncertain(known.row, hash);
      // The balance may have been taken for other contents under this id. Their notes stay, so that it is given back.
      const others = (known === undefined ? [] : mayBeTakenFor(known.row)).filter((each) => each !== hash);
      row = {
        asks: question.asks,
        materialHash: hash,
        firstAskedAt: known?.row.firstAskedAt ?? now,
        uncertain,
        takenFor: others,
        decided: withRestore(ours, uncertain, question),
        decidedAt: now,
      };
    }
    const isYes = first === undefined && ours.status === 'OK' && question.asks === 'debit';
    const at = new Date(clock()).toISOString();
    const moreWrites = isYes && order !== undefined ? takenWrites(account, question, order, at) : [];
    const result = await writeQuestion(row, known, pending, { store, moreWrites });
    if (result.ok) return answerFor(row, row.decided ?? ours, askedIn(pending));
    const refused = result.refused.find(({ index }) => index === 0);
    if (refused === undefined) {
      // Another question about this withdrawal was answered yes in between, and the merchant took the balance for both.
      ours = { status: 'FAILED', reason: 'already_taken', restore: true };
      continue;
    }
    const { existing } = refused;
    known = existing === undefined ? undefined : storedQuestionOf(existing);
  }
  throw new StoreBusyError('other requests change the row of the question');
}
