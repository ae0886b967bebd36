/** Captures of one authorization, generated: amounts, reversals, with and without instalments. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { capture, EXACT, order, payment, reverse, said, shop } from '../support/captures.ts';

/** Amounts of captures, in dollars, played in any order, some reversed; the order expects 100. */
const captures = fc.array(fc.tuple(fc.constantFrom(20, 40, 60, 80, 100), fc.boolean()), {
  minLength: 1,
  maxLength: 4,
});

it('in any order of arrival: never granted for less than the amount, at most once, never revoked while money stands', async () => {
  await fc.assert(
    fc.asyncProperty(captures, fc.boolean(), async (steps, instalments) => {
      const bench = await shop({ ...EXACT, instalments });
      const lost = new Set<string>();
      let [granted, reachable] = [false, 0];
      for (const [index, [amount, isLost]] of steps.entries()) {
        const id = `${index + 1}`;
        await capture(bench, [id, `${amount}.00`]);
        const sound = await Promise.all(
          steps.slice(0, index + 1).map(async ([sum], at) => {
            const each = await payment(bench, `${at + 1}`);
            return lost.has(`${at + 1}`) || (each?.holds.length ?? 0) > 0 ? 0 : sum;
          }),
        );
        reachable = sound.reduce((sum: number, each) => sum + each, 0);
        granted ||= said(bench, 'fulfil').length > 0;
        // What is not held never exceeds the amount; before the grant a part is held unless instalments are expected.
        expect([steps, reachable <= 100]).toEqual([steps, true]);
        if (granted) expect([steps, said(bench, 'fulfil').length]).toEqual([steps, 1]);
        if (isLost) {
          lost.add(id);
          await reverse(bench, id);
        }
      }
      const kept = (await order(bench)).captures ?? [];
      const stands = kept.some((each) => each.stands);
      expect([steps, said(bench, 'revoke').length]).toEqual([steps, granted && !stands ? 1 : 0]);
    }),
    { numRuns: 40 },
  );
});
