/** The facts of API answers, joined with the facts of events. */
import { describe, expect, test } from 'vitest';
import { completed, confirm, type Fields, normalizedOf, own, readNormalized } from './support.ts';

const event = (eventType: string, status?: string, more?: Fields) =>
  normalizedOf(own(eventType, status, more));
const usd = (amount: string) => [{ amount, currency: 'USD' }];

describe('API answers joined with events', () => {
  test('a payment completed by events has no amount until an API answer names the amount', () => {
    expect(readNormalized(...completed())).toMatchObject({ status: 'paid', moved: [] });
    expect(readNormalized(...completed(), confirm())).toMatchObject({
      status: 'paid',
      moved: usd('10.00'),
      returned: [],
    });
  });
  test('a Completed event with status 2 is awaiting_confirmation until an API answer is completed', () => {
    const odd = event('Completed', '2');
    expect(readNormalized(odd).status).toBe('awaiting_confirmation');
    expect(readNormalized(odd, confirm()).status).toBe('paid');
    expect(readNormalized(odd, confirm({ status: 'Authorized', paid: '0.00' }))).toMatchObject({
      status: 'awaiting_confirmation',
      moved: [],
    });
  });
  test('a completed API answer alone makes a payment paid, without any event', () => {
    expect(readNormalized(confirm())).toMatchObject({ status: 'paid', direction: 'in', moved: usd('10.00') });
  });
  test('an API answer before completion moves nothing', () => {
    expect(readNormalized(confirm({ status: 'Processed' }))).toMatchObject({
      status: 'processing',
      moved: [],
    });
  });
  test('a completed API answer with paid 0.00 moves nothing', () => {
    expect(readNormalized(...completed(), confirm({ paid: '0.00' })).moved).toEqual([]);
  });
  test('a completed API answer without `paid` counts the amount of the transaction', () => {
    expect(readNormalized(confirm({ paid: undefined, amount: '11' })).moved).toEqual(usd('11.00'));
  });
  test('a stale API answer never outweighs a later Reverse, Deny or Refund event', () => {
    const stale = confirm({ recordVersion: 7 });
    for (const [name, status, becomes] of [
      ['Reverse', '10', 'reversed'],
      ['Deny', '8', 'denied'],
      ['Refund', '12', 'refunded'],
    ] as const) {
      expect(readNormalized(...completed(), event(name, status), stale).status).toBe(becomes);
    }
  });
  test('the API answer with the higher recordVersion counts, whichever came first', () => {
    const [old, recent] = [
      confirm({ status: 'Processed', recordVersion: 9 }),
      confirm({ recordVersion: 10 }),
    ];
    expect(readNormalized(recent, old).status).toBe('paid');
    const [paid, reversed] = [
      confirm({ recordVersion: 10 }),
      confirm({ recordVersion: 11, status: 'Reversed', reversed: '10.00' }),
    ];
    expect(readNormalized(reversed, paid)).toMatchObject({
      status: 'reversed',
      moved: usd('10.00'),
      returned: usd('10.00'),
    });
  });
  test('the API answer with the later updatedAt counts where recordVersion is missing', () => {
    const at = (updatedAt: number, status: string) =>
      confirm({ recordVersion: undefined, updatedAt, status });
    expect(readNormalized(at(2000, 'Reversed'), at(1000, 'Completed')).status).toBe('reversed');
    expect(readNormalized(at(1000, 'Reversed'), at(2000, 'Completed')).status).toBe('paid');
  });
  test('a denial that only an API answer reports makes the payment denied', () => {
    expect(readNormalized(event('Authorize', '2'), confirm({ status: 'Denied' })).status).toBe('denied');
  });
  test('a completed API answer against a Deny event is denied with contradictory_evidence', () => {
    const reading = readNormalized(event('Deny', '8'), confirm());
    expect(reading.status).toBe('denied');
    expect(reading.doubts).toEqual([
      {
        reason: 'contradictory_evidence',
        evidence: ['confirmed/500/000000000007.001701986450064', 'own/500'],
      },
    ]);
  });
  test('two API answers of one recordVersion with different sums move nothing: contradictory_evidence', () => {
    const reading = readNormalized(confirm(), confirm({ paid: '99.00' }));
    expect(reading.moved).toEqual([]);
    expect(reading.doubts.map(({ reason }) => reason)).toEqual(['contradictory_evidence']);
  });
  test.each<[fields: Record<string, unknown>, status: string, returned: string[]]>([
    [{ refunded: '4.00' }, 'partially_refunded', ['4.00']],
    [{ refunded: '10.00' }, 'refunded', ['10.00']],
    [{ reversed: '4.00' }, 'partially_refunded', ['4.00']],
    [{ reversed: '10.00' }, 'reversed', ['10.00']],
    [{ refunded: '4.00', reversed: '5.99' }, 'partially_refunded', ['9.99']],
    [{ refunded: '4.00', reversed: '6.00' }, 'reversed', ['10.00']],
    [{ paid: '0.00', refunded: '4.00' }, 'refunded', ['4.00']],
  ])('a completed API answer with the sums %j gives the status %s', (fields, status, returned) => {
    const reading = readNormalized(...completed(), confirm(fields));
    expect(reading).toMatchObject({ status, returned: returned.flatMap(usd) });
  });
  test('the sums of an API answer before completion count for nothing', () => {
    const early = { status: 'Processed', refunded: '10.00', reversed: '10.00' };
    expect(readNormalized(confirm(early))).toMatchObject({ status: 'processing', moved: [], returned: [] });
  });
  test('a disputed API answer gives the status disputed with the amount moved', () => {
    expect(readNormalized(confirm({ status: 'Disputed' }))).toMatchObject({
      status: 'disputed',
      moved: usd('10.00'),
    });
  });
  test('a represented payment is awaiting_confirmation until an API answer is completed and names the reversed sum', () => {
    const represented = [
      ...completed(),
      event('Reverse', '10'),
      event('Complete', '4', { objectId: '901', transactionType: '8', parentObjectId: '500' }),
    ];
    expect(readNormalized(...represented).status).toBe('awaiting_confirmation');
    expect(readNormalized(...represented, confirm()).status).toBe('awaiting_confirmation');
    const settled = readNormalized(...represented, confirm({ reversed: '10.00' }));
    expect(settled).toMatchObject({ status: 'paid', moved: usd('10.00'), returned: [] });
    // A refund after the representment counts as for any payment.
    const part = readNormalized(...represented, confirm({ reversed: '10.00', refunded: '4.00' }));
    expect(part).toMatchObject({ status: 'partially_refunded', returned: usd('4.00') });
    const whole = readNormalized(...represented, confirm({ reversed: '10.00', refunded: '10.00' }));
    expect(whole).toMatchObject({ status: 'refunded', returned: usd('10.00') });
    // The API answer states the reversal, and that the payment is still reversed.
    const lost = readNormalized(...represented, confirm({ status: 'Reversed', reversed: '10.00' }));
    expect(lost).toMatchObject({ status: 'awaiting_confirmation', returned: usd('10.00') });
  });
  test('a pending authorization in an API answer is pending', () => {
    const reading = readNormalized(confirm({ transactionType: 'Authorize', status: 'Pending' }));
    expect(reading).toMatchObject({ kind: 'authorization', status: 'pending' });
  });
  test('an authorization in an API answer moves nothing, whatever its amount', () => {
    const reading = readNormalized(confirm({ transactionType: 'Authorize', amount: '10.00' }));
    expect(reading).toMatchObject({ kind: 'authorization', status: 'authorized', moved: [] });
  });
  test('two API answers with different sums under one recordVersion have different keys', () => {
    expect(confirm({ paid: '9.00' }).key).not.toBe(confirm().key);
    expect(confirm().key).toBe(confirm().key);
  });
});
