/** The answer to a question as its row has it: what intake replies, and what the worker believes of a message. */
import { knownHash } from '../../payment/index.ts';
import type { NormalizedEvent } from '../../payment/types.ts';
import type { QuestionAnswer } from '../../providers/question-answer.ts';
import type { QuestionRow } from './rows.ts';

/** The answer to a question that was not answered yes. */
export const NO = { debit: 'FAILED', kyc: 'FINISH' } as const satisfies Record<
  QuestionRow['asks'],
  QuestionAnswer['status']
>;

/** A row that an earlier version wrote knows the content by its former hash. */
export const hashKnownBy = (
  row: QuestionRow | undefined,
  normalized: Pick<NormalizedEvent, 'material' | 'formerMaterial'>,
): string => knownHash(row === undefined ? [] : [row.materialHash, ...(row.takenFor ?? [])], normalized);

/** The same question always has the same answer; other content under its id is answered no. */
export function answerFor(
  { asks, materialHash, takenFor = [] }: QuestionRow,
  decided: QuestionAnswer,
  hash: string,
): QuestionAnswer {
  if (materialHash === hash) return decided;
  const no: QuestionAnswer = { status: NO[asks], reason: 'conflicting_duplicate' };
  return takenFor.includes(hash) ? { ...no, restore: true } : no;
}

/** Whether a message says what is stored. That a balance is to be given back may have been added to the row since. */
export function isStoredAnswer(
  row: QuestionRow,
  normalized: Pick<NormalizedEvent, 'material' | 'formerMaterial'>,
  { status, reason, limit, restore }: QuestionAnswer,
): boolean {
  if (row.decided === undefined) return false;
  const stored = answerFor(row, row.decided, hashKnownBy(row, normalized));
  return (
    status === stored.status &&
    reason === stored.reason &&
    limit === stored.limit &&
    (restore !== true || stored.restore === true)
  );
}
