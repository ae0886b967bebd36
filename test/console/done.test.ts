import { describe, expect, it } from 'vitest';
import type { ActionName } from '../../console/contract.ts';
import { doneSays } from '../../console/server/done.ts';
import { ACTIONS } from './console-bench.ts';

const KEY = 'paymentwall:shop:p1';
const HOLD = { reason: 'amount_differs', digest: 'd' };
const answer = { repeated: false, status: 'paid', holds: [], effects: ['1#fulfil'] };

describe('the result of an action on the page', () => {
  it.each<readonly [ActionName, object, readonly (string | RegExp)[]]>([
    [
      'release',
      answer,
      [
        'The payment is released; its status is paid.',
        /^Your shop is told: Give the goods\. The payment’s timeline /,
      ],
    ],
    [
      'release',
      { ...answer, repeated: true },
      ['The payment had been released before. Nothing has changed.'],
    ],
    [
      'release',
      { ...answer, holds: [HOLD], effects: [] },
      [/released/, /^It is held for another reason, .*: amount differs\.$/, 'Your shop is told nothing new.'],
    ],
    [
      'reject',
      { ...answer, effects: ['n2#payment.rejected'] },
      [/rejected/, /Payment rejected/, /refund it at the provider\.$/],
    ],
    ['reject-payment', { ...answer, status: 'failed' }, [/rejected; its status is failed/, /^Your shop/]],
    ['confirm', answer, [/^The payment is confirmed; its status is paid\.$/, /^Your shop/]],
    ['redeliver', { underWay: false }, ['The event is sent to your shop again.', /timeline/]],
    ['redeliver', { underWay: true }, [/^The event was on its way already\./, /timeline/]],
    ['redeliver-failed', { effects: [], left: 0 }, ['No event was given up. Nothing was sent.']],
    [
      'redeliver-failed',
      {
        effects: [
          { sent: true, why: '' },
          { sent: false, why: 'its grant is over' },
        ],
        left: 2,
      },
      [/^1 event is sent/, '1 was not sent: its grant is over.', /^2 events are left/],
    ],
    [
      'redrive',
      {
        outcomes: [
          { sent: true, outcome: 'sent' },
          { sent: false, outcome: 'kept: no key' },
        ],
        missing: ['x'],
      },
      [/^1 message is back on its queue\. Tried now:/, '1 was not sent: no key.', /^1 is not there any more/],
    ],
    ['discard-parked', {}, ['The message is discarded.', /is kept/]],
    [
      'quarantine-apply',
      {
        outcomes: [
          { sent: true, why: '' },
          { sent: true, why: '' },
        ],
        missing: [],
      },
      [/^2 notifications are sent to the worker\. In a moment/],
    ],
    [
      'quarantine-apply',
      { outcomes: [{ sent: false, why: 'this version cannot read it' }] },
      ['1 was not sent: this version cannot read it.'],
    ],
    ['quarantine-discard', {}, [/counts for no payment/, /is kept/]],
    ['close-order', { changed: true, payments: [] }, ['The order is closed.']],
    [
      'reopen-order',
      { changed: true, payments: [KEY] },
      ['The order is open.', /^1 payment of it is rederived/],
    ],
    ['reopen-order', { changed: false }, ['The order was open already. Nothing has changed.']],
    ['rederive', { changed: [], assigned: [] }, ['Nothing changes: the payment is as it should be.']],
    [
      'rederive',
      {
        dryRun: true,
        changed: [
          {
            ...{ payment: KEY, status: { from: 'paid', to: 'partially_refunded' }, events: ['1#revoke'] },
            ...{ grant: { from: 'granted 1', to: 'none' }, holds: { from: [], to: ['amount_differs'] } },
          },
        ],
      },
      [
        ...['Payment p1 would change.', 'Status: Paid → Partially refunded.', 'Goods: given → not given.'],
        ...['Held for: nothing → amount differs.', 'Your shop would be told: Take the goods back.'],
      ],
    ],
    [
      'rederive',
      {
        changed: [],
        assigned: [{ key: 'n1', payment: KEY }],
        skipped: [{ payment: KEY, why: 'it is busy' }],
      },
      ['Notification n1 counts for payment p1.', 'Payment p1 was left as it is: it is busy.'],
    ],
    [
      'reconcile',
      { checked: 3, agreed: 1, mended: 1, unexplained: 1, dryRun: true, accounts: [{ incomplete: 'time' }] },
      [
        /^3 payments compared .*: 1 agree\.$/,
        'Missing here, and not added yet: 1.',
        'Not explained: 1. See Reconciliation.',
        /^1 account/,
        /^Nothing was stored/,
      ],
    ],
  ])('doneSays describes the result of %s in sentences: %j', (action, result, says) => {
    expect(doneSays(action, result)).toEqual(
      says.map((text) => (typeof text === 'string' ? text : expect.stringMatching(text))),
    );
  });

  /** The page shows the results of these actions without `doneSays`. */
  const OWN: readonly string[] = ['trigger', 'send-again', 'send-changed', 'fault'];

  it.each((Object.keys(ACTIONS) as ActionName[]).filter((name) => !OWN.includes(name)))(
    'doneSays describes a result of %s without undefined or NaN, also when fields are missing',
    (name) => {
      for (const result of [{}, undefined])
        expect(doneSays(name, result).join(' ')).not.toMatch(/undefined|NaN/);
    },
  );
});

it.each([
  [[200, 200], false, '2 notifications sent and accepted.'],
  [[503], false, '1 notification sent, and answered 503.'],
  [[401], true, /refused as it should be: 401\.$/],
  [[200], true, /answered 200: that must not be\.$/],
])('doneSays describes the answers %j of a triggered story, tampered: %s', (statuses, isTampered, says) => {
  const answers = statuses.map((status) => ({ status, ms: 1 }));
  const [text = ''] = doneSays('trigger', { answers }, isTampered);
  if (typeof says === 'string') expect(text).toBe(says);
  else expect(text).toMatch(says);
});
