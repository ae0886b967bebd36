/** The row of an effect leaves out derivable fields. A read of the row gives back every field. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Item } from '../../../shared/app/ports.ts';
import { EFFECT_SCHEMA } from '../../../shared/app/table/effect-form.ts';
import { effectItem, effectOf, NewerRowError } from '../../../shared/app/table/rows.ts';
import type { Effect } from '../../../shared/payment/types.ts';
import { workerBench } from '../../support/worker-bench.ts';

const AT = '2026-01-01T00:00:00.000Z';

/** The effects of a payment, made by the core. */
async function effects(): Promise<readonly [Effect, ...Effect[]]> {
  const bench = workerBench();
  await bench.apply(bench.envelope());
  const [first, ...others] = bench.memory.data<Effect>('effect#');
  if (first === undefined) throw new Error('no effect');
  return [first, ...others];
}

/** The row of the effect after serialization. */
const stored = (effect: Effect): Item =>
  JSON.parse(JSON.stringify(effectItem({ effect, version: 1 }, AT))) as Item;

describe('the row of an effect', () => {
  it('an effect row gives back the same effect, also when a field differs from the key', async () => {
    const [effect] = await effects();
    const odd = fc.option(fc.constantFrom('other', 'paymentwall', 'p1'), { nil: undefined });
    fc.assert(
      fc.property(odd, odd, odd, odd, fc.nat(3), (id, type, reference, paidBy, sequence) => {
        const { order: _, orderReference: __, ...event } = effect.event;
        const given = JSON.parse(
          JSON.stringify({
            ...effect,
            id: id ?? effect.id,
            sequence,
            event: {
              ...event,
              type: type ?? effect.type,
              orderReference: reference,
              order:
                paidBy === undefined
                  ? undefined
                  : {
                      reference: type ?? reference ?? 'r',
                      state: 'claimed',
                      paidBy: { payment: paidBy === 'p1' ? effect.payment : paidBy },
                    },
            },
          }),
        ) as Effect;
        expect(effectOf(stored(given)).effect).toEqual(given);
      }),
    );
  });

  it('an effect row does not repeat payment and id of its key in its data', async () => {
    for (const effect of await effects()) {
      const row = stored({ ...effect, webhookId: 'w' });
      expect(JSON.stringify(row.data)).not.toContain(effect.payment);
      expect(Object.keys(row.data as object)).not.toEqual(expect.arrayContaining(['id']));
      expect(row.schema).toBe(EFFECT_SCHEMA);
    }
  });

  it('an effect row of schema 1 is read unchanged, and a newer schema fails with NewerRowError', async () => {
    const [effect] = await effects();
    const { data: _, ...row } = stored(effect);
    expect(effectOf({ ...row, schema: 1, data: effect }).effect).toEqual(effect);
    expect(() => effectOf({ ...row, schema: EFFECT_SCHEMA + 1, data: effect })).toThrow(NewerRowError);
  });
});
