/** The list of open payments: payments that wait for somebody, and effects that the merchant did not receive. */
import { beforeEach, describe, expect, it } from 'vitest';
import { paymentsList } from '../../../cli/commands/payments-list.ts';
import { PATIENCE_MS } from '../../../cli/undelivered.ts';
import { TargetError } from '../../../shared/app/fulfilment/targets/target.ts';
import { workerBench } from '../../support/worker-bench.ts';
import { printed } from '../run.ts';

let bench: ReturnType<typeof workerBench>;
beforeEach(() => {
  bench = workerBench({ policy: { unknownOrder: 'hold' } });
});
const listed = (values: Parameters<typeof printed>[2] = {}) =>
  printed(paymentsList, { label: 'here', store: bench.store }, { now: bench.time.now, ...values });

/** A payment whose `fulfil` the shop refused with 410. */
async function refuseFulfil() {
  bench = workerBench();
  await bench.apply(bench.envelope());
  bench.target.fails = () => {
    throw new TargetError('gone');
  };
  await bench.deliverAll();
}

describe('payments list', () => {
  it('payments list says that no payment is open, and names --all', async () => {
    expect((await listed()).text).toContain('here: No payment is open. --all lists every payment.');
    expect((await listed({ values: { status: 'paid' } })).text).toContain(
      'No payment of status paid is open',
    );
  });

  it('payments list names a held payment with its reason, and the command payments show', async () => {
    await bench.apply(bench.envelope());
    const { text, json } = await listed();
    expect(text).toMatch(/paymentwall:toy:p1 +paid +unknown_order /);
    expect(text).toContain('1 payment. Next: payhooks payments show PAYMENT');
    expect(json).toMatchObject({ items: [{ payment: 'paymentwall:toy:p1' }], more: false });
    expect((await listed({ values: { status: 'failed' } })).json.items).toEqual([]);
  });

  it('payments list ends at --limit, and says that there are more payments', async () => {
    for (const payment of ['p1', 'p2', 'p3']) await bench.apply(bench.envelope({ payment, key: payment }));
    const { text, json } = await listed({ values: { limit: '2' } });
    expect(text).toContain('2 payments, and there are more (--limit).');
    expect(json.items).toHaveLength(2);
  });

  it('payments list names an event that is undelivered for five minutes, also under the old key owed', async () => {
    bench = workerBench();
    await bench.apply(bench.envelope());
    expect((await listed()).json.items).toEqual([]);
    const { json } = await listed({ now: bench.time.now + PATIENCE_MS + 60_000 });
    const [item] = json.items;
    const { undelivered } = item;
    expect(undelivered.map(({ id }: { id: string }) => id)).toContain('paymentwall:toy:p1#1#fulfil');
    expect(item).toHaveProperty('owed', undelivered);
  });
});

describe('payments list --failed', () => {
  it('payments list --failed names each given-up event, and the command redeliver', async () => {
    await refuseFulfil();
    const { text } = await listed({ values: { failed: true } });
    expect(text).toMatch(/paymentwall:toy:p1#1#fulfil +1 /);
    expect(text).toContain('payhooks redeliver --failed --note "why"');
  });

  it('payments list --failed says that no event was given up', async () => {
    expect((await listed({ values: { failed: true } })).text).toContain('here: No event was given up.');
  });

  it('payments list refuses --failed with --all', async () => {
    await expect(listed({ values: { failed: true, all: true } })).rejects.toThrow('cannot be used together');
  });
});
