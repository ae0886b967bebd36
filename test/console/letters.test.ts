import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { words } from '../../console/page/text.ts';
import { letterShown } from '../../console/server/letters.ts';

type Letter = Parameters<typeof letterShown>[0];
const LETTER: Letter = {
  ...{ queue: 'notifications', from: 'parked', id: 'a1', sentAt: '2026-11-21T12:00:00.000Z', receives: 1 },
  ...{ reason: 'unknown_account', envelope: {} },
};
const why = (reason: string) => letterShown({ ...LETTER, reason }).why;

it.each([
  [
    { payment: 'paymentwall:a:b1', effect: 'paymentwall:a:b1#1#fulfil' },
    'Event: Give the goods',
    'payment b1',
  ],
  [
    { kind: 'notification', provider: 'paymentwall', account: 'goods' },
    'Notification of Paymentwall',
    'account goods',
  ],
  [
    { kind: 'confirmation', provider: 'trustly-europe', account: 'a' },
    'Answer of Trustly Europe to a poll',
    'account a',
  ],
  [{ kind: 'reevaluate', payment: 'paymentwall:a:b1' }, 'Rederive a payment', 'payment b1'],
  [{}, 'Not a message of Payhooks', undefined],
  [{ kind: 7, effect: 7, payment: 7 }, 'Not a message of Payhooks', undefined],
])(
  'letterShown titles the dead letter %j by its kind, with its payment or account',
  (envelope, title, of) => {
    const shown = letterShown({ ...LETTER, envelope } as Letter);
    expect([shown.title, shown.of]).toEqual([title, of]);
  },
);

it('each ParkReason has an explanation of its own, and an unknown reason is shown as words', () => {
  const source = readFileSync('shared/app/platform/read-message.ts', 'utf8');
  const [type = ''] = /type ParkReason =[^;]+/.exec(source) ?? [];
  const reasons = [...type.matchAll(/'([a-z_]+)'/g)].map(([, reason = '']) => reason);
  expect(reasons.length).toBeGreaterThan(5);
  for (const reason of reasons) expect(why(reason)).not.toBe(words(reason));
  expect(why('something_new')).toBe('Something new');
});
