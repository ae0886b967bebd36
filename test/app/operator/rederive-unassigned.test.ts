/** Notifications without a payment are applied when today's code knows their payment. */
import { describe, expect, it } from 'vitest';
import { listedPayments } from '../../../shared/app/operator/payment-pages.ts';
import { rederive } from '../../../shared/app/operator/rederive.ts';
import { rederiveUnassigned } from '../../../shared/app/operator/rederive-unassigned.ts';
import type { EventRow, LedgerRow } from '../../../shared/app/table/rows.ts';
import { operatorNote, payment, type Toy, updated } from '../../support/rederive-bench.ts';
import { toyProvider } from '../../support/toy-provider.ts';
import { workerBench } from '../../support/worker-bench.ts';

describe('notifications that were about no payment', () => {
  /** An updated provider, which reads the payment p7 in a notification without a payment. */
  const knows: Partial<Toy> = {
    normalize: (notification, account) =>
      toyProvider.normalize({ ...notification, payment: notification.payment || 'p7' }, account),
  };

  it('rederiveUnassigned applies a notification once when the present code knows its payment', async () => {
    const bench = workerBench();
    await bench.apply(bench.envelope({ key: 'k7', payment: '' }));
    const deps = updated(bench, knows);
    const options = { ...operatorNote, dryRun: true };
    const listed = await rederiveUnassigned(bench.account, options, deps);
    expect(listed).toEqual({ examined: 1, assigned: [{ key: 'k7', payment: 'paymentwall:toy:p7' }] });
    expect(payment(bench, 'p7')).toBeUndefined();

    await rederiveUnassigned(bench.account, { ...options, dryRun: false }, deps);
    expect(payment(bench, 'p7')).toMatchObject({ status: 'paid', grant: { state: 'granted' } });
    expect(bench.memory.data<EventRow>('event')[0]).toMatchObject({ payment: 'paymentwall:toy:p7' });
    const again = await rederiveUnassigned(bench.account, { ...options, dryRun: false }, deps);
    expect(again.assigned).toEqual([]);
    await bench.deliverAll();
    expect(bench.target.types.filter((type) => type === 'fulfil')).toHaveLength(1);
    // The payment now has its evidence.
    const found = await rederive(listedPayments(['paymentwall:toy:p7']), options, deps);
    expect(found).toMatchObject({ examined: 1, changed: [], notable: [] });
  });

  it('rederiveUnassigned goes page by page and writes a ledger row with by and note for each payment', async () => {
    const bench = workerBench();
    for (const key of ['k1', 'k2', 'k3']) await bench.apply(bench.envelope({ key, payment: '' }));
    const deps = updated(bench, knows);
    const pages: unknown[] = [];
    let after: string | undefined;
    do {
      const options = { ...operatorNote, dryRun: false, limit: 2, ...(after === undefined ? {} : { after }) };
      const page = await rederiveUnassigned(bench.account, options, deps);
      pages.push([page.examined, page.assigned.map(({ key }) => key)]);
      after = page.next;
    } while (after !== undefined);
    expect(pages).toEqual([
      [2, ['k1', 'k2']],
      [1, ['k3']],
    ]);
    expect(bench.memory.data<LedgerRow>('ledger#')).toHaveLength(3);
    expect(
      bench.memory.data<LedgerRow>('ledger#').find(({ detail }) => detail.notification === 'k1'),
    ).toEqual({
      ...{ what: 'rederive', ...operatorNote, at: new Date(bench.time.now).toISOString() },
      ...{ effects: ['n1#payment.paid', '1#fulfil'], detail: { status: 'paid', notification: 'k1' } },
    });
    const [event] = bench.memory.data<EventRow>('event');
    expect(event).toMatchObject({ outcome: 'applied', effects: ['n1#payment.paid', '1#fulfil'] });
  });

  it('rederiveUnassigned refuses a blank note, also for a dry run', async () => {
    const options = { by: 'ada', note: ' ', dryRun: true };
    const bench = workerBench();
    await expect(rederiveUnassigned(bench.account, options, bench.deps)).rejects.toThrow('note: a text of');
  });

  it('rederiveUnassigned leaves a notification without a payment while its payment is unknown', async () => {
    const bench = workerBench();
    await bench.apply(bench.envelope({ payment: '' }));
    const result = await rederiveUnassigned(bench.account, { ...operatorNote, dryRun: false }, bench.deps);
    expect(result).toEqual({ examined: 1, assigned: [] });
  });
});
