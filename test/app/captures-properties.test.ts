/** Captures of one authorization, generated: amounts, reversals, with and without instalments. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  capture,
  EXACT,
  eventsOfType,
  order,
  payment,
  reasons,
  reverse,
  settle,
  shop,
} from '../support/captures.ts';

/** The amounts of captures in dollars, each with whether it is reversed. The order expects 100. */
const captures = fc.array(fc.tuple(fc.constantFrom(20, 40, 60, 80, 100), fc.boolean()), {
  minLength: 1,
  maxLength: 4,
});

it('captures are granted at most once, never below the amount, and never revoked while a capture stands', async () => {
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
        granted ||= eventsOfType(bench, 'fulfil').length > 0;
        // The sum of the captures that are neither held nor reversed never exceeds the amount of the order.
        expect([steps, reachable <= 100]).toEqual([steps, true]);
        if (granted) expect([steps, eventsOfType(bench, 'fulfil').length]).toEqual([steps, 1]);
        if (isLost) {
          lost.add(id);
          await reverse(bench, id);
        }
      }
      const kept = (await order(bench)).captures ?? [];
      const stands = kept.some((each) => each.stands);
      expect([steps, eventsOfType(bench, 'revoke').length]).toEqual([steps, granted && !stands ? 1 : 0]);
    }),
    { numRuns: 40 },
  );
});

const TERMS = [
  { currency: 'USD', exact: '100' },
  { currency: 'USD', min: '50', max: '100' },
  { currency: 'USD', min: '30', max: '500' },
  { currency: 'USD', open: true },
] as const;

/** At most one of the two captures pays the order alone. Their order of arrival does not change their holds. */
it('two captures get the same holds in either order of arrival, unless each pays the whole order alone', async () => {
  const paysAlone = (term: (typeof TERMS)[number], amount: number): boolean => {
    if ('open' in term) return true;
    const [least, most] = 'exact' in term ? [term.exact, term.exact] : [term.min, term.max];
    return Number(least) <= amount && amount <= Number(most);
  };
  const amount = fc.constantFrom(10, 20, 40, 50, 60, 80, 90, 100, 110);
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...TERMS), amount, amount, async (term, one, other) => {
      fc.pre(!(paysAlone(term, one) && paysAlone(term, other)));
      const end = async (first: number, second: number) => {
        const bench = await shop({ amounts: [term] });
        await capture(bench, [String(first), `${first}.00`]);
        await capture(bench, [second === first ? '1000' : String(second), `${second}.00`]);
        const held = [await reasons(bench, String(one)), await reasons(bench, String(other))];
        return { held, fulfils: eventsOfType(bench, 'fulfil').length };
      };
      expect([term, one, other, await end(one, other)]).toEqual([term, one, other, await end(other, one)]);
    }),
    { numRuns: 60 },
  );
});

/** One capture has an order of its own, which is registered before, between or after the captures. */
it('captures never pay two orders, whenever the order of a single capture is registered', async () => {
  const amounts = fc.array(fc.constantFrom(20, 40, 60, 80), { minLength: 1, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(amounts, fc.nat(3), fc.nat(4), fc.boolean(), async (sums, own, when, instalments) => {
      const single = own % sums.length;
      const bench = await shop({ ...EXACT, instalments });
      const register = () =>
        bench.order(`shipment-${single + 1}`, `${sums[single]}.00`, {
          ...{ provider: 'trustly-americas', account: 'shop' },
        });
      for (const [index, amount] of sums.entries()) {
        if (when === index) await register();
        await capture(bench, [`${index + 1}`, `${amount}.00`]);
      }
      if (when >= sums.length) await register();
      await settle(bench);
      const paid = eventsOfType(bench, 'fulfil').map(({ orderReference }) =>
        orderReference === 'order-7' ? 100 : (sums[single] ?? 0),
      );
      const total = (of: readonly number[]): number => of.reduce((sum, each) => sum + each, 0);
      expect([sums, single, when, total(paid) <= total(sums)]).toEqual([sums, single, when, true]);
    }),
    { numRuns: 40 },
  );
});
