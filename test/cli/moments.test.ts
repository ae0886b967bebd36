/** The line about a notification, and the line about an event for the merchant. */
import { describe, expect, it } from 'vitest';
import { contentText, effectText, nextAttempt, notificationText } from '../../cli/moments.ts';

const effect = { name: '1#fulfil', attempts: 0, updatedAt: '2026-11-29T10:00:00.000Z' };

describe('an event', () => {
  it.each([
    [{ state: 'pending' }, 'pending  1#fulfil'],
    [{ state: 'delivered', attempts: 1 }, 'delivered  1#fulfil'],
    [{ state: 'delivered', attempts: 3, lastFailure: 'gone' }, 'delivered after 3 attempts  1#fulfil'],
    [{ state: 'delivered', attempts: 1, redeliveries: 2 }, 'delivered, sent again 2 times  1#fulfil'],
    [
      { state: 'failed', attempts: 14, lastFailure: 'gone' },
      'failed after 14 attempts, last: gone (410)  1#fulfil',
    ],
    [
      { state: 'queued', attempts: 1, lastFailure: 'odd', notBefore: '2026-11-29T12:00:00.000Z' },
      'queued after 1 attempt, last: odd, next 2026-11-29 12:00:00  1#fulfil',
    ],
  ])('an event with %j is shown as: %s', (of, text) => {
    expect(effectText({ ...effect, ...of } as Parameters<typeof effectText>[0])).toBe(text);
  });

  it('nextAttempt without notBefore is later than the last attempt, and not exact', () => {
    const { at, isExact } = nextAttempt({ attempts: 1, updatedAt: effect.updatedAt });
    expect(isExact).toBe(false);
    expect(Date.parse(at)).toBeGreaterThan(Date.parse(effect.updatedAt));
  });
});

describe('a notification', () => {
  const moment = { as: 'applied', keyId: 'current', variant: 'sha1', caused: [] };
  it.each([
    [{}, 'applied, verified with the current key (sha1)'],
    [{ variant: 'confirmation' }, 'applied, the answer of the provider to a poll'],
    [
      { as: 'copy', outOfOrder: true, caused: ['1#fulfil'] },
      'a copy of an applied notification, out of order (older than one that arrived before), verified with the current key (sha1), caused 1#fulfil',
    ],
    [
      { as: 'conflict', content: 'not_opened' },
      'KEPT, NOT APPLIED (an earlier notification with this id has other content), verified with the current key (sha1); its content cannot be opened (the key is missing, or you may not read it)',
    ],
  ])('a notification with %j is shown as: %s', (of, text) => {
    expect(notificationText({ ...moment, ...of } as unknown as Parameters<typeof notificationText>[0])).toBe(
      text,
    );
  });

  it('contentText names the payment, and each fact with its codes and amounts', () => {
    const entries = [
      { entry: 'credit/1', codes: ['refund'], amounts: ['5.00 EUR'] },
      { entry: 'cancel/2', codes: [], amounts: [] },
    ];
    const content = { about: 'paymentwall:toy:p1', entries } as unknown as Parameters<typeof contentText>[0];
    expect(contentText(content)).toBe(
      'content about paymentwall:toy:p1: credit/1 codes refund 5.00 EUR; cancel/2 no amount',
    );
    expect(contentText({ entries: [] } as unknown as Parameters<typeof contentText>[0])).toBe(
      'content: nothing about money',
    );
  });
});
