/** Payments that wait for their order. */
import { describe, expect, it } from 'vitest';
import { referenceAliasKey, waitingKey } from '../../../shared/app/table/keys.ts';
import { markItem } from '../../../shared/app/table/rows.ts';
import { registerOrder } from '../../../shared/app/transition/orders.ts';
import { parseOrder } from '../../../shared/providers/orders.ts';
import { type Bench, START, workerBench } from '../../support/worker-bench.ts';

describe('the registration of an order', () => {
  const order = { reference: 'r1', amounts: [{ currency: 'EUR', exact: '5' }] };
  const register = (bench: Bench, over: object = {}) =>
    registerOrder(
      bench.memory,
      bench.notifications,
      parseOrder({ ...order, ...over }, new Date(START).toISOString()),
    );

  it.each([
    ['validUntil', '2026-03-02T12:00:00Z'],
    ['endUser', 'u1'],
    ['fulfilled', 'external'],
    ['kind', 'refund'],
    ['use', 'recurring'],
    ['provider', 'paymentwall'],
  ])('a registration with another %s than the registered order is refused', async (field, value) => {
    const bench = workerBench();
    await register(bench);
    await expect(register(bench, { [field]: value })).rejects.toThrow(field);
  });

  it('250 waiting payments are derived anew when their order is registered', async () => {
    const bench = workerBench();
    const alias = referenceAliasKey('r1');
    for (let n = 0; n < 250; n++) {
      const waiting = `paymentwall:toy:w${n}`;
      const put = markItem(waitingKey(alias, waiting), waiting);
      await bench.memory.write([{ put, when: 'always' }]);
    }
    expect((await register(bench)).waiting).toHaveLength(250);
    expect(bench.notifications.sent).toHaveLength(250);
  });
});
