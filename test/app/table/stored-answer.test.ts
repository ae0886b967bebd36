/** The stored answer to a question: for each content under the id, and the answers that a message may state. */
import { describe, expect, it } from 'vitest';
import type { QuestionRow } from '../../../shared/app/table/rows.ts';
import { answerFor, hashKnownBy, storedAnswer } from '../../../shared/app/table/stored-answer.ts';
import { hashCanonical } from '../../../shared/payment/duplicates.ts';
import type { QuestionAnswer } from '../../../shared/providers/question-answer.ts';

const material = { orderid: '900', amount: '10.00' };
const formerMaterial = { orderid: '900' };
const HASH = hashCanonical(material);
const FORMER = hashCanonical(formerMaterial);
const yes: QuestionAnswer = { status: 'OK', reason: 'merchant' };
const no: QuestionAnswer = { status: 'FAILED', reason: 'merchant' };
const row = (over: Partial<QuestionRow> = {}): QuestionRow => ({
  ...{ asks: 'debit', materialHash: HASH, firstAskedAt: '2026-03-01T12:00:00.000Z', uncertain: false },
  ...over,
});

describe('answerFor', () => {
  it('answerFor gives the answer to the question for the content that the answer was given for', () => {
    expect(answerFor(row({ takenFor: [HASH] }), yes, { asks: 'debit', hash: HASH })).toEqual(yes);
  });

  it.each([
    ['debit', 'debit', 'FAILED', { restore: true }],
    ['kyc', 'debit', 'FAILED', { restore: true }],
    ['kyc', 'kyc', 'FINISH', {}],
    ['debit', 'kyc', 'FINISH', {}],
  ] as const)(
    'answerFor answers other content under the id of a %s question, asked as %s, with status %s',
    (first, asks, status, back) => {
      const other = { status, reason: 'conflicting_duplicate' };
      const of = { asks, hash: 'other' };
      expect(answerFor(row({ asks: first }), yes, of)).toEqual(other);
      expect(answerFor(row({ asks: first, takenFor: ['another'] }), yes, of)).toEqual(other);
      expect(answerFor(row({ asks: first, takenFor: ['another', 'other'] }), yes, of)).toEqual({
        ...{ ...other, ...back },
      });
    },
  );
});

describe('hashKnownBy', () => {
  const known = (of: QuestionRow | undefined) => hashKnownBy(of, { material, formerMaterial });

  it('hashKnownBy gives the hash that the question row knows the content by, else the present hash', () => {
    expect(known(undefined)).toBe(HASH);
    expect(known(row())).toBe(HASH);
    expect(known(row({ materialHash: FORMER }))).toBe(FORMER);
    expect(known(row({ materialHash: 'other' }))).toBe(HASH);
    expect(known(row({ materialHash: 'other', takenFor: [FORMER] }))).toBe(FORMER);
    expect(hashKnownBy(row({ materialHash: FORMER }), { material })).toBe(HASH);
  });
});

describe('storedAnswer', () => {
  const says = (decided: QuestionAnswer, over: Partial<QuestionRow>) =>
    storedAnswer(row(over), { material, formerMaterial }, decided);

  it('storedAnswer accepts the answer in the question row, also under the former hash of its content', () => {
    expect(says(yes, { decided: yes })).toBe(yes);
    expect(says(yes, { decided: yes, materialHash: FORMER })).toBe(yes);
    expect(says({ ...yes, limit: '5' }, { decided: { ...yes, limit: '5' } })).toEqual({ ...yes, limit: '5' });
  });

  it.each<[string, QuestionAnswer, Partial<QuestionRow>]>([
    ['the question row has no answer', yes, {}],
    ['the status differs', no, { decided: yes }],
    ['the reason differs', { ...no, reason: 'no_answer' }, { decided: no }],
    ['the limit differs', { ...yes, limit: '5' }, { decided: { ...yes, limit: '6' } }],
    ['only the message has a limit', { ...yes, limit: '5' }, { decided: yes }],
    ['only the question row has a limit', yes, { decided: { ...yes, limit: '5' } }],
    ['the stored answer is for other content', yes, { decided: yes, materialHash: 'other' }],
  ])('storedAnswer refuses the answer of a message when %s', (_, decided, over) => {
    expect(says(decided, over)).toBeUndefined();
  });

  it('storedAnswer accepts restore only when the question row has restore or takenFor of the content', () => {
    const restoring = { ...no, restore: true } as const;
    expect(says(restoring, { decided: no })).toBeUndefined();
    expect(says(restoring, { decided: restoring })).toBe(restoring);
    expect(says(no, { decided: restoring })).toBe(no);
    const other = { status: 'FAILED', reason: 'conflicting_duplicate', restore: true } as const;
    expect(says(other, { decided: yes, materialHash: 'other' })).toBeUndefined();
    expect(says(other, { decided: yes, materialHash: 'other', takenFor: [HASH] })).toBe(other);
  });

  it('storedAnswer drops restore when the question row has notTakenFor of the content', () => {
    const other = { status: 'FAILED', reason: 'conflicting_duplicate' } as const;
    const restoring = { ...other, restore: true } as const;
    const of = { decided: yes, materialHash: 'other' };
    expect(says(restoring, { ...of, notTakenFor: [HASH] })).toEqual(other);
    expect(says(restoring, { ...of, notTakenFor: ['another'] })).toBeUndefined();
    expect(says({ ...restoring, status: 'FINISH' }, { ...of, notTakenFor: [HASH] })).toBeUndefined();
    // The balance was taken for this content after all.
    expect(says(restoring, { ...of, notTakenFor: [HASH], takenFor: [HASH] })).toBe(restoring);
  });
});
