/**
 * The shared part of the controls' tests: the seeds at which each mistake is sought. The files noticed-*.test.ts run in
 * parallel.
 */
import { describe, expect, it } from 'vitest';
import { CONTROLS } from './controls.ts';
import { type Outcome, seek } from './run.ts';
import type { Control } from './tools.ts';

/** Worlds that the intact system must pass. */
export const SEEDS = 100;
/**
 * The world in which each mistake was last noticed, where a test looks first. After a change of the code it may be
 * another one: then the search starts at seed 1, which only takes longer. `npm run controls` prints the seeds anew.
 */
export const NOTICED_AT: Readonly<Record<string, number>> = {
  '2xx on enqueue failure': 15,
  'absence not checked': 655,
  'ack before enqueue': 5,
  'amount ignored': 6,
  'answer of a question not stored before it is sent': 2,
  'backoff kept by the message alone': 11,
  'capture counted in two orders': 170,
  'captures beyond the amount not held': 111,
  'captures not summed': 111,
  'change not ledgered': 6,
  'check then insert': 7,
  'closed order granted': 12,
  'confirmation lost at the next notification': 9,
  'confirmation not bound to the evidence': 81,
  'confirmed amount ignored': 6,
  'confirmed without its sum': 9,
  'conflicting duplicate taken for a duplicate': 1,
  'crash after effect': 1,
  'dead letter deleted without a redrive': 33,
  'dedupe by ref alone': 2,
  'delivery failure swallowed': 1,
  'details of the first message alone': 1,
  'duplicate not derived anew after a reversal': 115,
  'duplicate of a reversed payment': 24,
  'duplicate path returns early': 1,
  'earlier question of the withdrawal ignored': 648,
  'effect before state': 1,
  'effect marked delivered before delivery': 11,
  'event made anew for each attempt': 2,
  'event row without condition': 3,
  'failed refund not announced': 10,
  'fence left out': 125,
  'fulfil redriven after revoke': 64,
  'gives up at the first failure': 11,
  'held capture not listed': 145,
  'last arrival wins': 1,
  'lease without condition': 9,
  'newest timestamp wins': 1,
  'no event row': 1,
  'no waiting mark': 1,
  'one notice for several refunds': 9,
  'one of two payments held': 348,
  'operator decision not bound to the evidence': 49,
  'order changed over a claim': 670,
  'order claimed without a condition': 256,
  'order for a known payment not looked for': 57,
  'outdated notice delivered': 1,
  'paid order announced as open': 8,
  'parse before verify': 4,
  'partial batch ignored': 5,
  'publish failure swallowed': 33,
  'redelivery under a new idempotency key': 112,
  'refund announced again': 9,
  'registered refund not looked for': 10,
  'retry dropped before enqueue': 5,
  'returned refund announced as payment.refunded': 10,
  'returned refund counted as money': 16,
  'reversal forgotten': 2,
  'revoke not written': 11,
  'signature not checked': 4,
  'stale read before delivery': 3,
  'two payments for one order': 11,
  'unanswered question answered OK': 136,
  'unfenced version': 7,
  'waiting captures not derived anew': 145,
  'waiting payment not polled': 4,
  'waiting payments not derived anew for a changed order': 12,
  'waiting payments not derived anew for an order': 1,
};
const MOST_SEEDS = 1_500;
/** Only ends a test that hangs: the number of worlds decides the result. */
export const LIMIT_MS = 900_000;

async function sought(control: Control): Promise<number | undefined> {
  const known = NOTICED_AT[control.name];
  const there = known === undefined ? undefined : await seek(control, { from: known, count: 1 });
  return there?.seed ?? (await seek(control, { from: 1, count: MOST_SEEDS })).seed;
}

/** Several mistakes are noticed in the same world: the intact one runs once. */
const passed = new Map<string, Promise<Outcome>>();

/** What is noticed is the mistake, and not the world: without the mistake it passes. */
function withoutMistake({ races }: Control, seed: number): Promise<Outcome> {
  const name = `${seed} ${races === true}`;
  const intact = { make: () => ({}), ...(races === undefined ? {} : { races }) };
  const outcome = passed.get(name) ?? seek(intact, { from: seed, count: 1 });
  passed.set(name, outcome);
  return outcome;
}

/** Tests that each deliberate mistake of this part is noticed. */
export function noticed(part: number, parts: number): void {
  describe('deliberate mistakes of the controls', () => {
    for (const control of CONTROLS.filter((_, index) => index % parts === part)) {
      it(`the simulation notices the mistake: ${control.name}`, { timeout: LIMIT_MS }, async () => {
        const seed = (await sought(control)) ?? expect.unreachable(control.breaks);
        expect(await withoutMistake(control, seed)).toMatchObject({ invariants: [] });
      });
    }
  });
}
