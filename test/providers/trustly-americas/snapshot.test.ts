/** Answers of the API joined with events. */
import { describe, expect, test } from 'vitest';
import { completed, confirm, type Fields, normalizedOf, own, readNormalized } from './support.ts';

const event = (eventType: string, status?: string, more?: Fields) =>
  normalizedOf(own(eventType, status, more));
const usd = (amount: string) => [{ amount, currency: 'USD' }];

describe('joined with events', () => {
  test('a completion by events names no amount; the confirmation does', () => {
    expect(readNormalized(...completed())).toMatchObject({ status: 'paid', moved: [] });
    expect(readNormalized(...completed(), confirm())).toMatchObject({
      status: 'paid',
      moved: usd('10.00'),
      returned: [],
    });
  });
  test('the Completed event with status 2 is settled by the confirmation', () => {
    const odd = event('Completed', '2');
    expect(readNormalized(odd).status).toBe('awaiting_confirmation');
    expect(readNormalized(odd, confirm()).status).toBe('paid');
    expect(readNormalized(odd, confirm({ status: 'Authorized', paid: '0.00' }))).toMatchObject({
      status: 'awaiting_confirmation',
      moved: [],
    });
  });
  test('a confirmation alone is evidence enough (every event was lost)', () => {
    expect(readNormalized(confirm())).toMatchObject({ status: 'paid', direction: 'in', moved: usd('10.00') });
  });
  test('before completion nothing has moved', () => {
    expect(readNormalized(confirm({ status: 'Processed' }))).toMatchObject({
      status: 'processing',
      moved: [],
    });
  });
  test('completed, yet paid is zero: no amount, so it waits', () => {
    expect(readNormalized(...completed(), confirm({ paid: '0.00' })).moved).toEqual([]);
  });
  test('without `paid` the amount of the completed transaction counts', () => {
    expect(readNormalized(confirm({ paid: undefined, amount: '11' })).moved).toEqual(usd('11.00'));
  });
  test('a stale answer never outweighs a later event', () => {
    const stale = confirm({ recordVersion: 7 });
    for (const [name, status, becomes] of [
      ['Reverse', '10', 'reversed'],
      ['Deny', '8', 'denied'],
      ['Refund', '12', 'refunded'],
    ] as const) {
      expect(readNormalized(...completed(), event(name, status), stale).status).toBe(becomes);
    }
  });
  test('of two answers the higher version counts, whichever came first', () => {
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
  test('without a version the time orders', () => {
    const at = (updatedAt: number, status: string) =>
      confirm({ recordVersion: undefined, updatedAt, status });
    expect(readNormalized(at(2000, 'Reversed'), at(1000, 'Completed')).status).toBe('reversed');
    expect(readNormalized(at(1000, 'Reversed'), at(2000, 'Completed')).status).toBe('paid');
  });
  test('a negative that arrived only by answer counts', () => {
    expect(readNormalized(event('Authorize', '2'), confirm({ status: 'Denied' })).status).toBe('denied');
  });
  test('an answer "completed" against a denial is a contradiction, not a payment', () => {
    const reading = readNormalized(event('Deny', '8'), confirm());
    expect(reading.status).toBe('denied');
    expect(reading.doubts).toEqual([
      {
        reason: 'contradictory_evidence',
        evidence: ['confirmed/500/000000000007.001701986450064', 'own/500'],
      },
    ]);
  });
  test('one version that says two things is a contradiction without an amount', () => {
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
  ])('completed, and by its sums %j: %s', (fields, status, returned) => {
    const reading = readNormalized(...completed(), confirm(fields));
    expect(reading).toMatchObject({ status, returned: returned.flatMap(usd) });
  });
  test('before completion its sums say nothing', () => {
    const early = { status: 'Processed', refunded: '10.00', reversed: '10.00' };
    expect(readNormalized(confirm(early))).toMatchObject({ status: 'processing', moved: [], returned: [] });
  });
  test('disputed money came', () => {
    expect(readNormalized(confirm({ status: 'Disputed' }))).toMatchObject({
      status: 'disputed',
      moved: usd('10.00'),
    });
  });
  test('reversed and represented waits until an answer knows of the reversal and says completed', () => {
    const represented = [
      ...completed(),
      event('Reverse', '10'),
      event('Complete', '4', { objectId: '901', transactionType: '8', parentObjectId: '500' }),
    ];
    expect(readNormalized(...represented).status).toBe('awaiting_confirmation');
    expect(readNormalized(...represented, confirm()).status).toBe('awaiting_confirmation');
    const settled = readNormalized(...represented, confirm({ reversed: '10.00' }));
    expect(settled).toMatchObject({ status: 'paid', moved: usd('10.00'), returned: [] });
    // What was refunded of the second try is gone, as with any payment.
    const part = readNormalized(...represented, confirm({ reversed: '10.00', refunded: '4.00' }));
    expect(part).toMatchObject({ status: 'partially_refunded', returned: usd('4.00') });
    const whole = readNormalized(...represented, confirm({ reversed: '10.00', refunded: '10.00' }));
    expect(whole).toMatchObject({ status: 'refunded', returned: usd('10.00') });
    // It knows of the reversal, and says that it stands.
    const lost = readNormalized(...represented, confirm({ status: 'Reversed', reversed: '10.00' }));
    expect(lost).toMatchObject({ status: 'awaiting_confirmation', returned: usd('10.00') });
  });
  test('an authorization that is pending stays so', () => {
    const reading = readNormalized(confirm({ transactionType: 'Authorize', status: 'Pending' }));
    expect(reading).toMatchObject({ kind: 'authorization', status: 'pending' });
  });
  test('an authorization moves nothing, whatever its amounts say', () => {
    const reading = readNormalized(confirm({ transactionType: 'Authorize', amount: '10.00' }));
    expect(reading).toMatchObject({ kind: 'authorization', status: 'authorized', moved: [] });
  });
  test('another amount under the same version is another message', () => {
    expect(confirm({ paid: '9.00' }).key).not.toBe(confirm().key);
    expect(confirm().key).toBe(confirm().key);
  });
});
