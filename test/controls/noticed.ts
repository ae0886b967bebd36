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
  'a duplicate for ever': 115,
  'absence not checked': 655,
  'ack before enqueue': 5,
  'amount ignored': 6,
  'answer not bound to what was seen': 49,
  'backoff kept by the message alone': 11,
  'captures beyond the amount not held': 111,
  'capture counted in two orders': 170,
  'captures not summed': 111,
  'captures not woken': 145,
  'change not ledgered': 6,
  'check then insert': 7,
  'closed order granted': 12,
  'confirmation forgotten by the next news': 9,
  'confirmation not bound to what was seen': 81,
  'confirmed amount ignored': 6,
  'confirmed without its sum': 9,
  'conflicts taken for copies': 1,
  'crash after effect': 1,
  'decision not stored before it is answered': 2,
  'dedupe by ref alone': 2,
  'delivery failure swallowed': 1,
  'details of whichever message came first': 1,
  'duplicate of a payment that is gone': 24,
  'duplicate path returns early': 1,
  'earlier answers forgotten': 648,
  'effect before state': 1,
  'event made anew for each attempt': 2,
  'event row without condition': 3,
  'failed refund not said': 10,
  'fence left out': 125,
  'fulfil redriven after revoke': 64,
  'gives up at the first failure': 11,
  'held capture not listed': 145,
  'last arrival wins': 1,
  'late refusal told as if nobody had paid': 8,
  'lease without condition': 9,
  'marked before it is done': 11,
  'newest timestamp wins': 1,
  'no event row': 1,
  'no waiting mark': 1,
  'nobody asks the provider': 4,
  'nobody is told of the change': 12,
  'nobody is told of the order': 1,
  'one notice for several refunds': 9,
  'one of two payments held': 348,
  'order changed over a claim': 670,
  'order claimed without a condition': 256,
  'order for a known payment not looked for': 57,
  'parse before verify': 4,
  'partial batch ignored': 5,
  'publish failure swallowed': 33,
  'redrive forgets': 33,
  'refund announced again': 9,
  'refund that came back told as one more': 10,
  'registered refund not looked for': 10,
  'replay swallowed': 5,
  'returned refund counted as money': 16,
  'reversal forgotten': 2,
  'revoke not written': 11,
  'sent again under a new key': 112,
  'signature not checked': 4,
  'silence taken for a yes': 136,
  'stale good news': 1,
  'stale read before delivery': 3,
  'two payments for one order': 11,
  'unfenced version': 7,
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
