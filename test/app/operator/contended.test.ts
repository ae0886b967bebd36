/** Operator commands while the rows change, and the limits of ledger texts. */
import { describe, expect, it } from 'vitest';
import { type HoldAnswer, releaseHold } from '../../../shared/app/operator/holds.ts';
import { redeliver } from '../../../shared/app/operator/redeliver.ts';
import { StoreBusyError } from '../../../shared/app/ports.ts';
import type { LedgerRow } from '../../../shared/app/table/rows.ts';
import type { Payment } from '../../../shared/payment/types.ts';
import { type Bench, workerBench } from '../../support/worker-bench.ts';

const PAYMENT = 'paymentwall:toy:p1';
const FULFIL = `${PAYMENT}#1#fulfil`;
const ada = { by: 'ada', note: 'the shop lost it' };
const row = async (bench: Bench) =>
  (await bench.memory.get({ pk: `payment#${PAYMENT}`, sk: 'effect#1#fulfil' })) ?? expect.fail('no effect');

async function delivered(): Promise<Bench> {
  const bench = workerBench();
  await bench.apply(bench.envelope());
  await bench.deliverAll();
  bench.lines.length = 0;
  return bench;
}
const counting = (bench: Bench) => {
  const pauses: number[] = [];
  return { pauses, deps: { ...bench.deps, pause: async (attempt: number) => void pauses.push(attempt) } };
};

describe('an effect that an operator redelivers', () => {
  it('redeliver writes the effect over the row that was read, with the next version, and logs "effect sent again"', async () => {
    const bench = await delivered();
    const before = await row(bench);
    await redeliver(FULFIL, ada, bench.deps);
    expect(await row(bench)).toMatchObject({
      version: (before.version ?? 0) + 1,
      data: { state: 'pending', redeliveries: 1, attempts: 1 },
    });
    expect(bench.metric('level')).toMatchObject([{ message: 'effect sent again', payment: PAYMENT }]);
    expect(bench.metric('level')[0]).toMatchObject({ effect: FULFIL });
  });

  it('two concurrent redeliveries of an effect both count, with a ledger row each', async () => {
    const bench = await delivered();
    const { pauses, deps } = counting(bench);
    bench.memory.beforeWrite = async () => {
      bench.memory.beforeWrite = undefined;
      await redeliver(FULFIL, { by: 'bob', note: 'the same' }, bench.deps);
      await bench.deliverAll();
    };
    expect(await redeliver(FULFIL, ada, deps)).toMatchObject({ underWay: false });
    expect(pauses).toEqual([1]);
    expect((await row(bench)).data).toMatchObject({ redeliveries: 2 });
    expect(bench.memory.data<LedgerRow>('ledger#').map(({ by }) => by)).toEqual(['bob', 'ada']);
  });

  it('redeliver tries a busy table six times, then throws StoreBusyError and sends nothing', async () => {
    for (const [times, isSent] of [
      [5, true],
      [6, false],
    ] as const) {
      const bench = await delivered();
      const { pauses, deps } = counting(bench);
      bench.memory.busyFor(times);
      const sending = redeliver(FULFIL, ada, deps);
      if (isSent) await sending;
      else await expect(sending).rejects.toThrow(new StoreBusyError(`${FULFIL} changed at every attempt`));
      expect(pauses).toHaveLength(times);
      expect(bench.fulfilment.sent).toHaveLength(isSent ? 1 : 0);
    }
  });

  it('redeliver fails at once, without a retry, when the table fails in another way than busy', async () => {
    const bench = await delivered();
    const { pauses, deps } = counting(bench);
    bench.memory.beforeWrite = () => {
      throw new Error('table gone');
    };
    await expect(redeliver(FULFIL, ada, deps)).rejects.toThrow('table gone');
    expect(pauses).toEqual([]);
  });

  it.each(['fulfil', '#fulfil'])(
    'redeliver refuses the id %s, which is no <payment key>#<name>',
    async (id) => {
      await expect(redeliver(id, ada, workerBench().deps)).rejects.toThrow(
        `"${id}" is no effect; expected <payment key>#<name>`,
      );
    },
  );
});

describe('an answer to a hold', () => {
  async function held() {
    const bench = workerBench({ policy: { unknownOrder: 'hold' } });
    await bench.apply(bench.envelope());
    const [hold] = bench.memory.data<Payment>('payment')[0]?.holds ?? [];
    if (hold === undefined) throw new Error('not held');
    bench.lines.length = 0;
    const answer: HoldAnswer = { payment: PAYMENT, ...hold, ...ada };
    return { bench, hold, answer };
  }

  it('an answer to a hold is in the ledger under its reason and digest, and logged as "hold answered"', async () => {
    const { bench, hold, answer } = await held();
    await releaseHold(answer, bench.deps);
    const names = bench.memory.all().flatMap(({ sk }) => (sk.startsWith('ledger#') ? [sk] : []));
    expect(names).toEqual([expect.stringContaining(`decision#${hold.reason}#${hold.digest}`)]);
    expect(bench.metric('level')).toMatchObject([
      {
        ...{ message: 'hold answered', payment: PAYMENT, reason: hold.reason },
        ...{ outcome: 'release', provider: 'paymentwall' },
      },
    ]);
  });

  it.each([
    ['by', 128],
    ['note', 500],
  ] as const)(
    'an answer to a hold is refused when its text %s has more than %i characters',
    async (field, most) => {
      const { bench, answer } = await held();
      const long = { ...answer, [field]: 'x'.repeat(most + 1) };
      await expect(releaseHold(long, bench.deps)).rejects.toThrow(
        `${field}: a text of 1-${most} printable characters is needed`,
      );
      expect(await releaseHold({ ...answer, [field]: 'x'.repeat(most) }, bench.deps)).toMatchObject({
        repeated: false,
      });
    },
  );

  it('an answer to a hold of an unknown payment is refused', async () => {
    const { bench, answer } = await held();
    const other = 'paymentwall:toy:p2';
    await expect(releaseHold({ ...answer, payment: other }, bench.deps)).rejects.toThrow(
      `there is no payment ${other}`,
    );
  });
});
