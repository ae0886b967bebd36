/** The time that a provider states in its message. Only people read this time; no rule uses it. */
import { describe, expect, it } from 'vitest';
import { paymentwall } from '../../shared/providers/paymentwall/index.ts';
import { statedAt as ofAmericas } from '../../shared/providers/trustly-americas/stated-at.ts';
import { statedAt as ofEurope } from '../../shared/providers/trustly-europe/stated-at.ts';

const NOON = Date.parse('2026-11-01T12:00:00.000Z');

describe('Trustly Americas', () => {
  it.each([
    [String(NOON), NOON],
    ['2026-11-01T12:00:00Z', NOON],
    ['2026-11-01T13:00:00+01:00', NOON],
    ['-', undefined],
    [undefined, undefined],
  ])('statedAt reads the time of createdAt %s, or gives undefined', (createdAt, expected) => {
    expect(ofAmericas({ fields: { createdAt } } as Parameters<typeof ofAmericas>[0])).toBe(expected);
  });
});

describe('Trustly Europe', () => {
  it.each([
    ['2026-11-01 12:00:00+00', NOON],
    ['2026-11-01 12:00:00.25+00', NOON + 250],
    ['2026-11-01 12:00:00.000001+00', NOON],
    ['2026-11-01 14:00:00+02', NOON],
    ['2026-11-01 06:30:00-05:30', NOON],
    ['2026-13-01 12:00:00+00', undefined],
    [undefined, undefined],
  ])('statedAt reads the time of timestamp %s, or gives undefined', (timestamp, expected) => {
    const notification = { content: { fields: { notificationid: '1', timestamp } } };
    expect(ofEurope(notification as unknown as Parameters<typeof ofEurope>[0])).toBe(expected);
  });

  it('statedAt of a quarantined notification is undefined', () => {
    expect(ofEurope({} as Parameters<typeof ofEurope>[0])).toBeUndefined();
  });
});

it('the provider Paymentwall has no statedAt: pingbacks carry no time', () => {
  expect(paymentwall).not.toHaveProperty('statedAt');
});
