/** The answer to a question as its row has it: for each content under the id, and what a message may say of it. */
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

describe('the answer to a question', () => {
  it('is the one that was given, for the content that it was given for', () => {
    expect(answerFor(row({ takenFor: [HASH] }), yes, { asks: 'debit', hash: HASH })).toEqual(yes);
  });

  it.each([
    ['debit', 'debit', 'FAILED', { restore: true }],
    ['kyc', 'debit', 'FAILED', { restore: true }],
    ['kyc', 'kyc', 'FINISH', {}],
    ['debit', 'kyc', 'FINISH', {}],
  ] as const)('to a %s is no for other content under its id, a %s: %s', (first, asks, status, back) => {
    const other = { status, reason: 'conflicting_duplicate' };
    const of = { asks, hash: 'other' };
    expect(answerFor(row({ asks: first }), yes, of)).toEqual(other);
    expect(answerFor(row({ asks: first, takenFor: ['another'] }), yes, of)).toEqual(other);
    expect(answerFor(row({ asks: first, takenFor: ['another', 'other'] }), yes, of)).toEqual({
      ...{ ...other, ...back },
    });
  });
});

describe('the hash of a content', () => {
  const known = (of: QuestionRow | undefined) => hashKnownBy(of, { material, formerMaterial });

  it('is the one that the row knows it by, else the one of today', () => {
    expect(known(undefined)).toBe(HASH);
    expect(known(row())).toBe(HASH);
    expect(known(row({ materialHash: FORMER }))).toBe(FORMER);
    expect(known(row({ materialHash: 'other' }))).toBe(HASH);
    expect(known(row({ materialHash: 'other', takenFor: [FORMER] }))).toBe(FORMER);
    expect(hashKnownBy(row({ materialHash: FORMER }), { material })).toBe(HASH);
  });
});

describe('a message says what is stored', () => {
  const says = (decided: QuestionAnswer, over: Partial<QuestionRow>) =>
    storedAnswer(row(over), { material, formerMaterial }, decided);

  it('with the very same answer, also under the former hash of its content', () => {
    expect(says(yes, { decided: yes })).toBe(yes);
    expect(says(yes, { decided: yes, materialHash: FORMER })).toBe(yes);
    expect(says({ ...yes, limit: '5' }, { decided: { ...yes, limit: '5' } })).toEqual({ ...yes, limit: '5' });
  });

  it.each<[string, QuestionAnswer, Partial<QuestionRow>]>([
    ['nothing is decided', yes, {}],
    ['the status is another', no, { decided: yes }],
    ['the reason is another', { ...no, reason: 'no_answer' }, { decided: no }],
    ['the limit is another', { ...yes, limit: '5' }, { decided: { ...yes, limit: '6' } }],
    ['the limit is none of it', { ...yes, limit: '5' }, { decided: yes }],
    ['it leaves the limit out', yes, { decided: { ...yes, limit: '5' } }],
    ['it was given for other content', yes, { decided: yes, materialHash: 'other' }],
  ])('but not where %s', (_, decided, over) => {
    expect(says(decided, over)).toBeUndefined();
  });

  it('that the balance is to be given back only where the row says so, which may have been added since', () => {
    const restoring = { ...no, restore: true } as const;
    expect(says(restoring, { decided: no })).toBeUndefined();
    expect(says(restoring, { decided: restoring })).toBe(restoring);
    expect(says(no, { decided: restoring })).toBe(no);
    const other = { status: 'FAILED', reason: 'conflicting_duplicate', restore: true } as const;
    expect(says(other, { decided: yes, materialHash: 'other' })).toBeUndefined();
    expect(says(other, { decided: yes, materialHash: 'other', takenFor: [HASH] })).toBe(other);
  });

  it('without giving the balance back where the merchant said since that it took none for this content', () => {
    const other = { status: 'FAILED', reason: 'conflicting_duplicate' } as const;
    const restoring = { ...other, restore: true } as const;
    const of = { decided: yes, materialHash: 'other' };
    expect(says(restoring, { ...of, notTakenFor: [HASH] })).toEqual(other);
    expect(says(restoring, { ...of, notTakenFor: ['another'] })).toBeUndefined();
    expect(says({ ...restoring, status: 'FINISH' }, { ...of, notTakenFor: [HASH] })).toBeUndefined();
    // It was taken after all.
    expect(says(restoring, { ...of, notTakenFor: [HASH], takenFor: [HASH] })).toBe(restoring);
  });
});
