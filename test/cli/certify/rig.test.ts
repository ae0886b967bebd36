/** The expectations of a proof about a payment, and the sentences about failed expectations. */
import { describe, expect, it } from 'vitest';
import {
  expectCompleted,
  expectUnchanged,
  Findings,
  finalState,
  isRefusal,
  type Known,
  type Rig,
} from '../../../cli/certify/rig.ts';

const fulfil = {
  id: 'p1#1#fulfil',
  type: 'fulfil',
  state: 'delivered',
} as unknown as Known['effects'][number];
const paid = { status: 'paid', holds: [], effects: [fulfil] } as unknown as Known;
const rigOf = (known: Known | undefined, isEmptied = true) =>
  ({
    waitUntil: async (isTrue: () => Promise<boolean>) => void (await isTrue()),
    payment: async () => known,
    emptiesQueue: async () => isEmptied,
  }) as unknown as Rig;

async function saw(prove: (found: Findings) => Promise<unknown>): Promise<string> {
  const found = new Findings();
  await prove(found);
  return found.outcome('sent', 'as expected').saw;
}

describe('findings', () => {
  it('findings pass while no expectation fails, and name each failure once', () => {
    const found = new Findings();
    found.expect(true, 'never said');
    expect(found.outcome('sent', 'all well')).toEqual({ verdict: 'pass', did: 'sent', saw: 'all well' });
    for (const sentence of ['no answer', 'no row', 'no answer']) found.expect(false, sentence);
    expect(found.outcome('sent', 'all well')).toEqual({
      verdict: 'fail',
      did: 'sent',
      saw: 'no answer; no row',
    });
  });
});

describe('expectCompleted', () => {
  it.each<[string, Known | undefined, string]>([
    ['accepts a payment that is paid and fulfilled once', paid, 'as expected'],
    [
      'accepts a payment that is awaiting_confirmation',
      { ...paid, status: 'awaiting_confirmation', effects: [] },
      'as expected',
    ],
    ['reports an unknown payment', undefined, 'payment p1 is not in the ledger'],
    [
      'reports a payment with another status',
      { ...paid, status: 'failed' },
      'the payment is failed instead of paid',
    ],
    ['reports a held payment', { ...paid, holds: ['unknown_order'] }, 'the payment is held: unknown_order'],
    [
      'reports a payment that is fulfilled twice',
      { ...paid, effects: [fulfil, fulfil] },
      '2 fulfil instead of 1',
    ],
  ])('expectCompleted %s', async (_, known, sentence) => {
    expect(await saw((found) => expectCompleted(rigOf(known), 'p1', found))).toBe(sentence);
  });
});

describe('expectUnchanged', () => {
  const more = { ...paid, effects: [fulfil, { ...fulfil, id: 'p1#n2', type: 'payment.paid' }] };
  it('expectUnchanged reports another event to the merchant, and a queue that did not become empty', async () => {
    expect(await saw((found) => expectUnchanged(rigOf(paid), 'p1', paid, found))).toBe('as expected');
    expect(await saw((found) => expectUnchanged(rigOf(more), 'p1', paid, found))).toBe(
      'a copy caused another event to the merchant',
    );
    expect(await saw((found) => expectUnchanged(rigOf(paid, false), 'p1', paid, found))).toBe(
      'the queue did not become empty',
    );
  });

  it('expectUnchanged ignores the events of a status that changed in the meantime', async () => {
    const before = { ...paid, status: 'processing' };
    expect(await saw((found) => expectUnchanged(rigOf(more), 'p1', before, found))).toBe('as expected');
  });
});

it('finalState names the status and the numbers of fulfil and revoke', () => {
  expect(finalState(paid)).toBe('paid, 1 fulfil, 0 revoke');
  expect(finalState(undefined)).toBe('nothing, 0 fulfil, 0 revoke');
  expect(finalState({ ...paid, status: 'awaiting_confirmation' })).toMatch(/^recorded; waits for the amount/);
});

it.each([
  [400, true],
  [499, true],
  [399, false],
  [503, false],
])('an answer %i is a refusal: %s', (status, is) => expect(isRefusal({ status } as never)).toBe(is));
