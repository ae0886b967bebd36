/** The metrics of the alarm `confirmations-failing`: answered and failed polls of each account. */
import { describe, expect, it } from 'vitest';
import { reportShipping } from '../../../shared/app/schedules/shipping.ts';
import {
  capture,
  livePolicyOf,
  type PollingBench,
  pingback,
  pollingBench,
} from '../../support/polling-bench.ts';

const MINUTE = 60_000;

const counted = (bench: PollingBench) =>
  bench
    .metric('ProviderAnswers')
    .map((line) => [line.provider, line.account, line.ProviderAnswers, line.ProviderFailures]);

const americas = (answers: number, failures: number) => ['trustly-americas', 'shop', answers, failures];

async function waiting(): Promise<PollingBench> {
  const bench = pollingBench();
  await bench.order('order-1', '10.00');
  await bench.arrive('trustly-americas', capture('1', '11', 'Complete', '4'));
  return bench;
}

describe('the count of polls', () => {
  it('a failed poll counts ProviderFailures 1 and ProviderAnswers 0, an answered poll the reverse', async () => {
    const bench = await waiting();
    bench.fakes.americas.fault = 'failing';
    await bench.confirm();
    bench.fakes.americas.fault = undefined;
    await bench.confirm(MINUTE);
    expect(counted(bench)).toEqual([americas(0, 1), americas(1, 0)]);
  });

  it('a poll with wrong credentials counts ProviderFailures', async () => {
    const bench = await waiting();
    const wrong = { current: { accessId: 'access-id', accessKey: 'of-the-sandbox' } };
    bench.secretTexts['payhooks/live/trustly-americas/shop'] = JSON.stringify(wrong);
    await bench.confirm();
    expect(counted(bench)).toEqual([americas(0, 1)]);
  });

  it('a poll about a payment that the provider does not know counts ProviderAnswers', async () => {
    const bench = await waiting();
    bench.fakes.americas.transactions.clear();
    await bench.confirm();
    expect(counted(bench)).toEqual([americas(1, 0)]);
  });
});

describe('the count of shipping reports', () => {
  it('a shipping report counts ProviderFailures while Paymentwall is down, and ProviderAnswers once sent', async () => {
    const policy = livePolicyOf('paymentwall', { grantOn: 'authorized', amountCheck: 'when-present' });
    const bench = pollingBench({ paymentwall: { goods: 'physical', policy } });
    bench.fakes.paymentwall.accepted({ ref: 'b1', type: '0', uid: 'u1', goodsid: 'order-b1' });
    await bench.arrive('paymentwall', pingback('b1', '0'));
    const address = {
      ...{ email: 'a@example.com', country: 'US', city: 'C', zip: '1', state: 'S' },
      ...{ street: 'X', phone: '1', firstname: 'F', lastname: 'L' },
    };
    const report = {
      ...{ status: 'delivering', merchantReference: 'b1', estimatedDeliveryAt: '2026-03-05T10:00:00.000Z' },
      ...{ refundable: true, carrier: { type: 'UPS', trackingId: 'T1' }, shippingAddress: address },
    };
    await reportShipping({ account: 'shop', ref: 'b1' }, report, bench.deps);
    bench.fakes.paymentwall.fault = 'down';
    await bench.ship();
    bench.fakes.paymentwall.fault = undefined;
    await bench.ship(2 * MINUTE);
    expect(counted(bench)).toEqual([
      ['paymentwall', 'shop', 0, 1],
      ['paymentwall', 'shop', 1, 0],
    ]);
  });
});
