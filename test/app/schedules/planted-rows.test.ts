/**
 * A function that may write only its own rows still chooses their index attributes. An attacker with the role of
 * redirect or checkout plants such rows in the index: no reader of the index takes them for rows of another kind.
 */
import { describe, expect, it } from 'vitest';
import { listHolds } from '../../../shared/app/operator/views.ts';
import { sweep } from '../../../shared/app/schedules/sweep.ts';
import { effectKey, type OpenKind, openShards } from '../../../shared/app/table/keys.ts';
import { effectItem, effectOf, SCHEMA } from '../../../shared/app/table/rows.ts';
import { capture, pollingBench, START } from '../../support/polling-bench.ts';
import { guarded } from '../../support/row-guard.ts';

const PAYMENT = 'trustly-americas:shop:1';
const KINDS: readonly OpenKind[] = [
  ...(['effect', 'failed', 'held', 'waiting', 'disputed', 'payment'] as const),
  ...(['renew', 'confirm', 'delivery', 'order', 'granted'] as const),
];

/** A fulfilled payment, and a row that the role may write in every shard of every kind. */
async function planted(role: 'redirect' | 'checkout') {
  const bench = pollingBench();
  await bench.order('order-1', '10.00');
  bench.fakes.americas.did({ transactionId: '1', merchantReference: 'order-1', status: '4' });
  await bench.arrive('trustly-americas', capture('1', '11', 'Complete', '4'));
  await bench.confirm();
  const row = await bench.store.get(effectKey(PAYMENT, '1#fulfil'));
  if (row === undefined) throw new Error('no fulfil');
  const { effect, version } = effectOf(row);
  const forged = {
    ...effect,
    state: 'pending',
    event: { ...effect.event, orderReference: 'order-2' },
  } as const;
  const { data } = effectItem({ effect: forged, version }, new Date(START).toISOString());
  const store = guarded(bench.store, role);
  for (const kind of KINDS)
    for (const openShard of openShards(kind))
      await store.write([
        {
          put: {
            pk: `session#trustly-americas#shop#${openShard}`,
            sk: 'payment',
            ...{ version, schema: SCHEMA, data, openShard, openAt: new Date(START - 1).toISOString() },
          },
          when: 'always',
        },
      ]);
  return { bench, before: row };
}

describe.each(['redirect', 'checkout'] as const)(
  'a row that the role %s writes into the index of open rows',
  (role) => {
    it('a planted row is not read as an effect: no event is sent, and the genuine effect stays unchanged', async () => {
      const { bench, before } = await planted(role);
      const sent = bench.events.length;
      await sweep(bench.deps, () => 60_000);
      await bench.settle();
      expect(bench.events).toHaveLength(sent);
      expect(await bench.store.get(effectKey(PAYMENT, '1#fulfil'))).toEqual(before);
    });

    it('a planted row is not read as a payment: no hold is listed, and real payments are polled and reconciled', async () => {
      const { bench } = await planted(role);
      expect(await listHolds(bench.store)).toMatchObject({ held: [] });
      await bench.order('order-2', '10.00');
      bench.fakes.americas.did({ transactionId: '2', merchantReference: 'order-2', status: '4' });
      await bench.arrive('trustly-americas', capture('2', '21', 'Complete', '4'));
      expect(await bench.confirm(60_000)).toMatchObject({ polled: 1, answers: 1 });
      await expect(bench.reconcile()).resolves.toMatchObject({ type: 'reconciliation.finished' });
    });
  },
);
