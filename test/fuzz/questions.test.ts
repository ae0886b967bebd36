/** The intake that asks the merchant, with every operator. The controls of this intake are in controls.ts. */
import { expect, it } from 'vitest';
import { campaign } from './campaign.ts';
import { questionsBench } from './questions.ts';

it('every property of questions holds for 2,500 altered questions', { timeout: 300_000 }, async () => {
  const bench = questionsBench();
  const answers: Record<string, number> = {};
  const { alsoHolds } = bench;
  const counted: typeof bench = {
    ...bench,
    async alsoHolds(message, status, body) {
      const answer = /"method":"(debit|kyc)","data":\{"status":"[A-Z]+"/.exec(body)?.[0] ?? String(status);
      answers[answer] = (answers[answer] ?? 0) + 1;
      return await alsoHolds?.(message, status, body);
    },
  };
  const tally = await campaign(counted, { seed: 20_260_301, count: 2_500 });
  expect(tally.findings).toEqual([]);
  // The campaign reached every answer: yes, no, 503 and the refusals.
  for (const answer of [
    '"method":"debit","data":{"status":"OK"',
    '"method":"debit","data":{"status":"FAILED"',
    '"method":"kyc","data":{"status":"CONTINUE"',
    '"method":"kyc","data":{"status":"FINISH"',
    ...['503', '400', '401', '405', '413'],
  ]) {
    expect(answers[answer] ?? 0, answer).toBeGreaterThan(10);
  }
});
