/** Polling a provider about a payment while new evidence arrives. */
import { describe, expect, it } from 'vitest';
import { confirmDue, confirmRedirect } from '../../../shared/app/schedules/confirm.ts';
import { type ConfirmRow, confirmItem } from '../../../shared/app/table/rows.ts';
import { capture, START as POLLING_START, pollingBench } from '../../support/polling-bench.ts';

const HOUR = 3_600_000;

describe('a poll of a provider', () => {
  async function waiting() {
    const bench = pollingBench();
    await bench.order('order-1', '10.00');
    bench.fakes.americas.did({ transactionId: '1', merchantReference: 'order-1', status: '4' });
    await bench.arrive('trustly-americas', capture('1', '11', 'Complete', '4'));
    const row = () => bench.store.all().find(({ sk }) => sk === 'confirmation');
    /** Writes the confirmation row as new evidence does during a poll. */
    const writeNewRow = async () => {
      const { payment: of } = (row()?.data ?? { payment: '' }) as ConfirmRow;
      const put = confirmItem(
        { payment: of, attempts: 0 },
        POLLING_START + 5,
        new Date(POLLING_START).toISOString(),
      );
      await bench.store.write([{ put, when: 'always' }]);
    };
    return { ...bench, row, writeNewRow };
  }

  it('a poll that new evidence requested is not postponed by the failure of an earlier poll', async () => {
    const bench = await waiting();
    const client = {
      ...bench.deps.client,
      poll: async () => {
        await bench.writeNewRow();
        return { type: 'unavailable', reason: 'network' } as const;
      },
    };
    await confirmDue({ ...bench.deps, client }, () => 600_000);
    expect(bench.row()).toMatchObject({
      openAt: new Date(POLLING_START).toISOString(),
      data: { attempts: 0 },
    });
  });

  it('an answer is not lost when the queue is down: the provider is polled again at once', async () => {
    const bench = await waiting();
    bench.notifications.fails = () => {
      throw new Error('queue down');
    };
    await expect(confirmDue(bench.deps, () => 600_000)).rejects.toThrow('queue down');
    bench.notifications.fails = undefined;
    // The row is postponed only after the answer was queued, so the payment is still due.
    expect(await bench.confirm()).toMatchObject({ due: 1, polled: 1, answers: 1 });
    expect(await bench.status('trustly-americas', '1')).toBe('paid');
  });

  it('a payment that the index lists but that is not due is not polled', async () => {
    const bench = await waiting();
    const key = bench.row();
    if (key === undefined) throw new Error('no row');
    const put = confirmItem(key.data as ConfirmRow, 2, new Date(POLLING_START + HOUR).toISOString());
    await bench.store.write([{ put, when: 'always' }]);
    bench.store.open = async (shard) => (shard === key.openShard ? [{ pk: key.pk, sk: key.sk }] : []);
    expect(await bench.confirm()).toMatchObject({ due: 1, polled: 0 });
    expect(bench.fakes.americas.calls).toBe(0);
  });

  it('a poll that new evidence requested is not removed by the end of an earlier poll', async () => {
    const bench = await waiting();
    await bench.confirm();
    const { payment: of } = (bench.row()?.data ?? { payment: 'trustly-americas:shop:1' }) as ConfirmRow;
    const old = confirmItem({ payment: of, attempts: 1 }, 2, new Date(POLLING_START).toISOString());
    await bench.store.write([{ put: old, when: 'always' }]);
    bench.store.beforeWrite = async (writes) => {
      if (!writes.some((write) => 'remove' in write)) return;
      bench.store.beforeWrite = undefined;
      await bench.writeNewRow();
    };
    await bench.confirm();
    expect(bench.row()).toMatchObject({ version: POLLING_START + 5 });
  });

  it('a redirect is not confirmed by the answer about another transaction', async () => {
    const bench = await waiting();
    const answered = await bench.deps.client.poll(bench.americas, { about: 'payment', id: '1' });
    const client = { ...bench.deps.client, poll: async () => answered };
    const redirect = { transactionId: '2', merchantReference: 'order-1' };
    expect(await confirmRedirect(bench.americas, redirect, { ...bench.deps, client })).toEqual({
      type: 'differs',
    });
  });
});

describe('polls about the refunds of a payment', () => {
  it('polls about refunds take turns: a refund that the API knows is found among four unknown refunds', async () => {
    const bench = pollingBench();
    await bench.order('order-1', '10.00');
    bench.fakes.americas.did({ transactionId: '1', merchantReference: 'order-1', status: '4' });
    await bench.arrive('trustly-americas', capture('1', '11', 'Complete', '4'));
    await bench.confirm();
    // The API knows only the last of five refunds.
    for (const id of ['71', '72', '73', '74', '75'])
      await bench.arrive(
        'trustly-americas',
        capture('1', `2${id}`, 'Complete', '4')
          .replace('objectId=1', `objectId=${id}&parentObjectId=1`)
          .replace('transactionType=3', 'transactionType=4'),
      );
    bench.fakes.americas.did({
      ...{ transactionId: '75', originalTransactionId: '1', transactionType: '4' },
      ...{ status: '4', amount: '2.00' },
    });
    for (let round = 0; round < 3; round++) await bench.confirm(HOUR);
    expect((await bench.payment('trustly-americas', '1'))?.facts['refund/75']?.amounts).toEqual(['2.00 USD']);
  });
});
