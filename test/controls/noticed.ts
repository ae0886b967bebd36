/**
 * The shared part of the controls' tests: each test finds a seed at which the simulation notices the mistake. The files
 * noticed-*.test.ts run in parallel.
 */
import { describe, expect, it } from 'vitest';
import { CONTROLS } from './controls.ts';
import { type Outcome, seek } from './run.ts';
import type { Control } from './tools.ts';

/** Number of worlds that the intact system must pass. */
export const SEEDS = 100;
/**
 * The seed at which each mistake was last noticed: a test tries this seed first. After a change of the code, another
 * seed may be the first: then the test tries all seeds from 1, which only takes longer. `npm run controls` prints the
 * seeds.
 */
export const NOTICED_AT: Readonly<Record<string, number>> = {
  '2xx on enqueue failure': 11,
  'absence of the order not checked': 655,
  'ack before enqueue': 5,
  'answer of a question not stored before it is sent': 2,
  'capture counted in two orders': 170,
  'captures beyond the ordered amount not held': 111,
  'captures not summed': 111,
  'change not ledgered': 6,
  'check then insert': 7,
  'claim overwritten by an order change': 670,
  'closed order granted': 12,
  'confirmation lost at the next notification': 9,
  'confirmation not bound to the evidence': 81,
  'confirmation stored without its amount': 9,
  'confirmed amount ignored': 6,
  'conflicting duplicate taken for a duplicate': 1,
  'dead letter deleted without a redrive': 33,
  'delivery failure swallowed': 1,
  'details taken from the first message alone': 1,
  'due time of an effect ignored': 11,
  'duplicate not derived anew after a reversal': 115,
  'duplicate of a reversed payment': 24,
  'duplicate path returns early': 1,
  'duplicates found by ref alone': 2,
  'earlier question of the withdrawal ignored': 648,
  'effect before state': 1,
  'effect failed after one attempt': 11,
  'effect marked delivered before delivery': 11,
  'event rendered anew for each attempt': 2,
  'event row without condition': 3,
  'failed refund not announced': 10,
  'fulfil redriven after revoke': 64,
  'held capture not listed': 145,
  'last arrival wins': 1,
  'lease without condition': 9,
  'new idempotency key for each attempt': 1,
  'newest timestamp wins': 1,
  'no event row': 1,
  'no fence before a delivery': 125,
  'no waiting mark': 1,
  'one notice for several refunds': 9,
  'one of two payments held': 348,
  'operator decision not bound to the evidence': 49,
  'order claimed without a condition': 144,
  'outdated notice delivered': 26,
  'paid amount not compared': 6,
  'paid order announced as open': 8,
  'parse before verify': 4,
  'partial batch ignored': 5,
  'publish failure swallowed': 33,
  'redelivery under a new idempotency key': 144,
  'refund announced again': 9,
  'registered order not matched to a known payment': 57,
  'registered refund ignored': 10,
  'retry dropped before enqueue': 5,
  'returned refund announced as payment.refunded': 10,
  'returned refund counted as money': 16,
  'reversal ignored': 2,
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
const MAX_SEEDS = 1_500;
/** This limit only ends a test that hangs: the number of worlds decides the result. */
export const LIMIT_MS = 900_000;

/** The engine's own end of a world in which every attempt fails. It says that the control is broken. */
const BROKEN = 'does not come to rest';

async function findWorld(control: Control): Promise<Outcome> {
  const known = NOTICED_AT[control.name];
  const found = known === undefined ? undefined : await seek(control, { from: known, count: 1 });
  return found?.seed === undefined ? seek(control, { from: 1, count: MAX_SEEDS }) : found;
}

/** Results of the intact system by seed, because several mistakes are noticed at the same seed. */
const passed = new Map<string, Promise<Outcome>>();

/** Runs the same seed without the mistake: it must pass, so that the violation comes from the mistake. */
function withoutMistake({ races }: Control, seed: number): Promise<Outcome> {
  const name = `${seed} ${races === true}`;
  const intact = { make: () => ({}), ...(races === undefined ? {} : { races }) };
  const outcome = passed.get(name) ?? seek(intact, { from: seed, count: 1 });
  passed.set(name, outcome);
  return outcome;
}

/** Makes a test for each deliberate mistake of this part: the simulation must notice the mistake. */
export function noticed(part: number, parts: number): void {
  describe('deliberate mistakes of the controls', () => {
    for (const control of CONTROLS.filter((_, index) => index % parts === part)) {
      it(`the simulation notices the mistake: ${control.name}`, { timeout: LIMIT_MS }, async () => {
        const { seed = expect.unreachable(control.breaks), invariants } = await findWorld(control);
        expect(invariants).not.toEqual([BROKEN]);
        expect(await withoutMistake(control, seed)).toMatchObject({ invariants: [] });
      });
    }
  });
}
