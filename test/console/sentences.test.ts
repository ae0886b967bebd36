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

it.each([
  [{}, 'It counts for this payment. Its signature fits the account’s current key.'],
  [{ variant: 'confirmation' }, 'It counts for this payment. It is what the provider answered to a poll.'],
  [{ as: 'copy', outOfOrder: true }, /^A copy of a notification that counts already: .* It came late: /],
  [
    { as: 'conflict' },
    /^A conflicting duplicate, which does not count: another notification with the same id /,
  ],
  [{ as: 'waiting' }, /^Kept, and it does not count yet: /],
  [{ content: 'not_parsed' }, /key\. This version cannot read its content\.$/],
] as const)(
  'notificationSentence says whether a notification counts, and what proved the notification: %j',
  (of, says) => {
    const text = notificationSentence({ ...notification, ...of } as typeof notification);
    if (typeof says === 'string') expect(text).toBe(says);
    else expect(text).toMatch(says);
  },
);

it.each([
  [{}, 'Delivered at the first attempt.'],
  [{ attempts: 3 }, 'Delivered after 3 attempts.'],
  [{ redeliveries: 1 }, 'Delivered at the first attempt. An operator had it sent again once.'],
  [
    { state: 'failed', attempts: 14, lastFailure: 'gone' },
    'Given up after 14 attempts. The last one failed: gone (410).',
  ],
  [{ state: 'superseded' }, /^Not sent: /],
  [{ state: 'delivering', attempts: 2 }, 'Attempt 2 is running.'],
  [{ state: 'pending', attempts: 0 }, 'It waits for its first delivery.'],
  [
    { state: 'queued', lastFailure: 'unavailable', notBefore: '2026-11-01T10:02:00.000Z' },
    'Not delivered after 1 attempt. The last one failed: unavailable (no answer, throttled or 5xx). It is tried again at 2026-11-01 10:02:00 UTC.',
  ],
])('effectSentence says how far the delivery of an event is: %j', (of, says) => {
  const text = effectSentence({ ...effect, ...of } as typeof effect);
  if (typeof says === 'string') expect(text).toBe(says);
  else expect(text).toMatch(says);
});
