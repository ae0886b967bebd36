/** The example rules of the demo's decision hook. */
import { describe, expect, it } from 'vitest';
import { houseRules } from '../../../local/demo/decider.ts';

const question = { id: 'q1', account: 'demo' } as const;
const bornYearsAgo = (years: number, days: number) => {
  const date = new Date();
  date.setUTCFullYear(date.getUTCFullYear() - years);
  return new Date(date.getTime() + days * 86_400_000).toISOString().slice(0, 10);
};

describe('the example rule for a withdrawal', () => {
  it.each([
    ['1000.00', 'OK'],
    ['1000.01', 'FAILED'],
    ['none', 'FAILED'],
  ])('a withdrawal of %s is answered %s', (amount, status) => {
    expect(houseRules({ ...question, asks: 'debit', amount })).toEqual({ status });
  });
});

describe('the example rule for kyc', () => {
  const answer = (dob: string) => houseRules({ ...question, asks: 'kyc', kyc: { attributes: { dob } } });

  it('a payer of 18 years is answered CONTINUE with a limit', () => {
    expect(answer(bornYearsAgo(18, -2))).toEqual({ status: 'CONTINUE', limit: '500.00' });
  });

  it.each([bornYearsAgo(18, 2), '', 'yesterday'])(
    'a payer with the date of birth %j is answered FINISH',
    (dob) => {
      expect(answer(dob)).toEqual({ status: 'FINISH' });
    },
  );
});
