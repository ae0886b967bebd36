/** Reading the effects of a payment. */
import { describe, expect, it } from 'vitest';
import { effectItem, effectOf } from '../../../shared/app/table/rows.ts';
import { readEffects } from '../../../shared/app/transition/outbox.ts';
import { workerBench } from '../../support/worker-bench.ts';

const P1 = 'paymentwall:toy:p1';
const KEY = { pk: `payment#${P1}`, sk: 'effect#1#fulfil' };

describe('the effects of a payment', () => {
  it('readEffects reads the effects of a payment over more than one page', async () => {
    const bench = workerBench();
    await bench.apply(bench.envelope());
    const item = await bench.memory.get(KEY);
    if (item === undefined) throw new Error('no effect');
    const { effect } = effectOf(item);
    for (let n = 0; n < 250; n++) {
      const other = { ...effect, name: `n${1_000 + n}#payment.paid` };
      const put = effectItem({ effect: other, version: 1 }, effect.updatedAt);
      await bench.memory.write([{ put, when: 'always' }]);
    }
    // The effects of the bench, 1#fulfil and n1#payment.paid, are counted too.
    expect(await readEffects(bench.memory, P1)).toHaveLength(252);
  });
});
