/** Which notifications came late, by the provider's own times. What becomes of each: holds.test.ts. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { showPayment } from '../../../shared/app/operator/views.ts';
import { envelopeKeys, workerBench } from '../../support/worker-bench.ts';

async function timesShown(stated: readonly (number | undefined)[], keys = async () => envelopeKeys) {
  const bench = workerBench();
  for (const [index, time] of stated.entries()) {
    await bench.apply(bench.envelope({ key: `k${index}`, fact: 'failed', note: String(time ?? 'none') }));
  }
  const contents = { ...{ providers: bench.deps.providers, accounts: [bench.account] }, envelopeKeys: keys };
  const view = await showPayment(bench.store, 'paymentwall:toy:p1', contents);
  const late = (view?.timeline ?? []).flatMap((each) =>
    each.what === 'notification' ? [[each.key, each.outOfOrder === true] as const] : [],
  );
  return new Map(late);
}

it('a notification is out of order exactly when an earlier one states a later time', async () => {
  const times = fc.array(fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined }), { maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(times, async (stated) => {
      const late = await timesShown(stated);
      for (const [index, time] of stated.entries()) {
        const isLate =
          time !== undefined &&
          stated.slice(0, index).some((before) => before !== undefined && before > time);
        expect(late.get(`k${index}`)).toBe(isLate);
      }
    }),
    { numRuns: 50 },
  );
});

it('without permission for the key the notifications are shown, none as out of order, and the key is requested once', async () => {
  let asked = 0;
  const denied = async () => {
    asked += 1;
    throw new Error('AccessDenied');
  };
  const late = await timesShown([3, 2, 1], denied);
  expect([...late.values()]).toEqual([false, false, false]);
  expect(asked).toBe(1);
});
