/** The import of notifications that another system processed. */
import { describe, expect, it } from 'vitest';
import { type ImportDeps, importOrders, importProcessedIds } from '../../../shared/app/operator/import.ts';
import type { Payment } from '../../../shared/payment/types.ts';
import { type Bench, workerBench } from '../../support/worker-bench.ts';

const HOUR = 3_600_000;
const payment = (bench: Bench, id = 'p1') =>
  bench.memory.data<Payment>('payment').find((each) => each.id === id);
const importDeps = (bench: Bench): ImportDeps => ({
  store: bench.memory,
  notifications: bench.notifications,
  accounts: bench.deps.accounts,
  clock: bench.deps.clock,
  pause: bench.deps.pause,
});

describe('notifications that another system has processed', () => {
  it('an imported notification that was received before the import and applied after it causes nothing', async () => {
    const bench = workerBench();
    const waitingInTheQueue = bench.envelope({ key: 'p1/0' });
    bench.time.now += HOUR;
    await importProcessedIds([{ provider: 'paymentwall', account: 'toy', key: 'p1/0' }], importDeps(bench));
    await bench.apply(waitingInTheQueue);
    await bench.deliverAll();
    expect(payment(bench)).toBeUndefined();
    expect(bench.target.types).toEqual([]);
  });

  it('importOrders throws the error of a failing table instead of reporting the line as refused', async () => {
    const bench = workerBench();
    bench.memory.beforeWrite = () => {
      throw new Error('table gone');
    };
    const order = { reference: 'r1', amounts: [{ currency: 'EUR', exact: '5' }], fulfilled: 'external' };
    await expect(importOrders([order], importDeps(bench))).rejects.toThrow('table gone');
  });
});
