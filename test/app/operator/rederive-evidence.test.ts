/** Evidence that this version reads in another way than the version that stored it. */
import { describe, expect, it } from 'vitest';
import { listedPayments } from '../../../shared/app/operator/payment-pages.ts';
import { rederive } from '../../../shared/app/operator/rederive.ts';
import type { Effect, Payment } from '../../../shared/payment/types.ts';
import type { RegisteredProvider } from '../../../shared/providers/index.ts';
import { toyProvider } from '../../support/toy-provider.ts';
import { type Bench, workerBench } from '../../support/worker-bench.ts';

const P1 = 'paymentwall:toy:p1';
const payment = (bench: Bench, id = 'p1') =>
  bench.memory.data<Payment>('payment').find((each) => each.id === id);

describe('deriving anew', () => {
  const operatorNote = { by: 'ada', note: 'release 1.2' };
  const run = (bench: Bench, change: Partial<typeof toyProvider>) => {
    const toy = { ...toyProvider, ...change } as RegisteredProvider;
    const deps = { ...bench.deps, providers: { ...bench.deps.providers, paymentwall: toy } };
    return rederive(listedPayments([P1]), { dryRun: false, ...operatorNote }, deps);
  };

  it('takes nothing from evidence that today’s code reads as another payment’s', async () => {
    const bench = workerBench();
    await bench.apply(bench.envelope({ fact: 'processing' }));
    await bench.apply(bench.envelope({ key: 'k2', fact: 'settled' }));
    const { changed, notable } = await run(bench, {
      normalize: (notification, account) => {
        const normalized = toyProvider.normalize(notification, account);
        if (notification.key !== 'k2') return normalized;
        const facts = { 'paid/1': { codes: ['paid'], amounts: ['5 EUR'] } };
        return { ...normalized, subject: { kind: 'payment', id: 'p2' }, facts };
      },
    });
    expect(changed).toEqual([]);
    expect(notable).toMatchObject([{ payment: P1, unusable: { other_subject: 1 } }]);
    expect(payment(bench)?.status).toBe('processing');
    expect(bench.memory.data<Effect>('effect#').map(({ type }) => type)).not.toContain('fulfil');
  });

  it('carries out a change that is of names alone', async () => {
    const bench = workerBench();
    await bench.apply(bench.envelope({ fact: 'processing' }));
    const { changed } = await run(bench, {
      normalize: (notification, account) => ({
        ...toyProvider.normalize(notification, account),
        aliases: [{ type: 'reference', value: 'r9' }],
      }),
    });
    expect(changed).toEqual([{ payment: P1, events: [] }]);
    expect(payment(bench)?.aliases).toContainEqual({ type: 'reference', value: 'r9' });
  });
});
