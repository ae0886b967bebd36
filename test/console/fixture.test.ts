import { describe, expect, it } from 'vitest';
import type { PaymentDetail, PaymentsView } from '../../console/contract.ts';
import { consoleFixture } from './fixture.ts';

const read = <T>(fixture: ReturnType<typeof consoleFixture>, path: string): T => {
  const { status, body } = fixture.get(path);
  expect(status, path).toBe(200);
  return body as T;
};

describe('the fixture of the console', () => {
  it('the pages of the fixture list each of 10,000 payments once, the newest first', () => {
    const fixture = consoleFixture({ payments: 10_000 });
    const seen: string[] = [];
    const times: string[] = [];
    let cursor = '';
    do {
      const view = read<PaymentsView>(fixture, `api/v1/payments?limit=1000${cursor}`);
      expect(view.total).toBe(10_000);
      seen.push(...view.payments.map(({ payment }) => payment));
      times.push(...view.payments.map(({ updatedAt }) => updatedAt));
      cursor = view.next === undefined ? '' : `&cursor=${encodeURIComponent(view.next)}`;
    } while (cursor !== '');
    expect(new Set(seen).size).toBe(10_000);
    expect(times).toEqual(times.toSorted().reverse());
  });

  it('every payment, order, event and request that the fixture names can be opened', () => {
    const fixture = consoleFixture();
    const { payments } = read<PaymentsView>(fixture, 'api/v1/payments?limit=200');
    for (const { payment } of payments) {
      const { order, timeline } = read<PaymentDetail>(
        fixture,
        `api/v1/payments/${encodeURIComponent(payment)}`,
      );
      if (order !== undefined) read(fixture, `api/v1/orders/${order.reference}`);
      for (const moment of timeline) {
        if (moment.what === 'effect') read(fixture, `api/v1/events/${encodeURIComponent(moment.effect.id)}`);
        if (moment.what === 'notification') read(fixture, `api/v1/requests/${moment.correlationId}`);
      }
    }
  });

  it.each([
    'capabilities',
    'holds',
    'quarantine',
    'undelivered',
    'queues',
    'dead-letters',
    'flow',
    'latency',
    'faults',
  ])('the fixture has the view %s', (view) => {
    expect(consoleFixture().get(`api/v1/${view}`).status).toBe(200);
  });

  it('the fixture answers 404 with a sentence for an unknown payment', () => {
    expect(consoleFixture().get('api/v1/payments/nobody')).toEqual({
      status: 404,
      body: { error: 'There is no payments: "nobody".' },
    });
  });
});
