import { expect, it } from 'vitest';
import { effectSentence, notificationSentence } from '../../console/server/sentences.ts';

const notification: Parameters<typeof notificationSentence>[0] = {
  what: 'notification',
  as: 'applied',
  ...{ at: '2026-11-01T10:00:00.000Z', key: 'k1', keyId: 'current' },
  ...{ variant: 'sha1', digest: 'd', correlationId: 'c1', caused: ['1#fulfil'] },
};
const effect = {
  ...{ id: 'p1#1#fulfil', name: '1#fulfil', type: 'fulfil', epoch: 1, sequence: 1, state: 'delivered' },
  ...{ attempts: 1, createdAt: notification.at, updatedAt: notification.at },
} as unknown as Parameters<typeof effectSentence>[0];

it('a notification says what was done with it and what proved it, not what it caused', () => {
  expect(notificationSentence(notification)).toBe('Applied, verified with the current key (sha1).');
  expect(notificationSentence({ ...notification, variant: 'confirmation' })).toBe(
    'Applied, the answer of the provider when asked.',
  );
  expect(notificationSentence({ ...notification, as: 'copy', outOfOrder: true })).toMatch(
    /^A copy of one that was applied, out of order .*\.$/,
  );
});

it.each([
  [{}, 'Delivered at the first attempt.'],
  [{ attempts: 3 }, 'Delivered after 3 attempts.'],
  [{ attempts: 1, redeliveries: 1 }, 'Delivered, sent again once.'],
  [{ state: 'failed', attempts: 14, lastFailure: 'gone' }, 'Failed after 14 attempts, last: gone (410).'],
])('an event says how far its delivery is, without its own name: %j', (of, says) => {
  expect(effectSentence({ ...effect, ...of } as typeof effect)).toBe(says);
});
