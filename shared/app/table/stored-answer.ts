/** The answer to a question as its row contains it: the source of intake's reply, and the proof for the worker. */
import { knownHash } from '../../payment/index.ts';
import type { NormalizedEvent } from '../../payment/types.ts';
import type { QuestionAnswer } from '../../providers/question-answer.ts';
import type { QuestionRow } from './rows.ts';

/** The reply to a question that was not answered yes. */
export const NO_STATUS = { debit: 'FAILED', kyc: 'FINISH' } as const satisfies Record<
  QuestionRow['asks'],
  QuestionAnswer['status']
>;

/** The hash under which the row knows this content. A row of an earlier version contains its former hash. */
export const hashKnownBy = (
  row: QuestionRow | undefined,
  normalized: Pick<NormalizedEvent, 'material' | 'formerMaterial'>,
): string => knownHash(row === undefined ? [] : [row.materialHash, ...(row.takenFor ?? [])], normalized);

/** One content under a notification id, and what it asks. */
export interface Asked {
  readonly asks: QuestionRow['asks'];
  readonly hash: string;
}

/**
 * The same question always gets the same answer. Other content under its id gets no, in the words of what it asks
 * itself: the provider accepts no other. Only a debit takes a balance that can be given back.
 */
export function answerFor(
  { materialHash, takenFor = [] }: QuestionRow,
  questionAnswer: QuestionAnswer,
  { asks, hash }: Asked,
): QuestionAnswer {
  if (materialHash === hash) return questionAnswer;
  const no: QuestionAnswer = { status: NO_STATUS[asks], reason: 'conflicting_duplicate' };
  return asks === 'debit' && takenFor.includes(hash) ? { ...no, restore: true } : no;
}

const askedBy = ({ status }: QuestionAnswer): QuestionRow['asks'] =>
  status === 'CONTINUE' || status === 'FINISH' ? 'kyc' : 'debit';

/**
 * The answer in a message, if it is the stored one. The row may have been changed since to say that a balance must be
 * given back, or that it need not be: then the answer does not say it either. Undefined: another answer is stored, or
 * none.
 */
export function storedAnswer(
  row: QuestionRow,
  normalized: Pick<NormalizedEvent, 'material' | 'formerMaterial'>,
  given: QuestionAnswer,
): QuestionAnswer | undefined {
  if (row.decided === undefined) return undefined;
  const hash = hashKnownBy(row, normalized);
  const asks = askedBy(given);
  const stored = answerFor(row, row.decided, { asks, hash });
  const { status, reason, limit } = stored;
  if (given.status !== status || given.reason !== reason || given.limit !== limit) return undefined;
  if (given.restore !== true || stored.restore === true) return given;
  return asks === 'debit' && row.notTakenFor?.includes(hash) === true ? stored : undefined;
}
