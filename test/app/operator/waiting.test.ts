/** Confirm and reject of a waiting payment: bound to the digest, kept in the ledger, repeatable. */

import { describe, expect, it } from 'vitest';
import { DecisionError, OperatorError } from '../../../shared/app/operator/holds.ts';
import { showPayment } from '../../../shared/app/operator/views.ts';
import { confirmPayment, rejectPayment } from '../../../shared/app/operator/waiting.ts';
import type { LedgerRow } from '../../../shared/app/table/rows.ts';
import { registerOrder } from '../../../shared/app/transition/orders.ts';
import { waitingOf } from '../../../shared/payment/index.ts';
import type { Payment } from '../../../shared/payment/types.ts';
import { parseOrder } from '../../../shared/providers/orders.ts';
import { type Bench, START, workerBench } from '../../support/worker-bench.ts';

const PAYMENT = 'paymentwall:toy:p1';
const operatorNote = { by: 'ada', note: 'seen on the bank statement' };
const paid = { amount: '5', currency: 'EUR' };

/** A payment in processing with its order, without a further message. */
async function waitingBench(): Promise<Bench> {
  const bench = workerBench({ policy: { unknownOrder: 'hold' } });
  const order = parseOrder(
    { reference: 'r1', amounts: [{ currency: 'EUR', exact: '5' }] },
    new Date(START).toISOString(),
  );
  await registerOrder(bench.memory, bench.notifications, order);
  await bench.apply(bench.envelope({ fact: 'processing', reference: 'r1' }));
  return bench;
}
const payment = (bench: Bench): Payment => {
  const [found] = bench.memory.data<Payment>('payment');
  if (found === undefined) throw new Error('no payment');
  return found;
};
const answerTo = (bench: Bench) => ({
  payment: PAYMENT,
  digest: waitingOf(payment(bench))?.digest ?? 'settled',
  ...operatorNote,
});

describe('the confirmation of a waiting payment', () => {
  it('a confirmation grants what the order allows, and is in the ledger with by, note and paid', async () => {
    const bench = await waitingBench();
    const answered = await confirmPayment({ ...answerTo(bench), paid }, bench.deps);
    expect(answered).toMatchObject({
      repeated: false,
      payment: { status: 'paid', holds: [], grant: { state: 'granted' } },
    });
    expect(bench.memory.data<LedgerRow>('ledger#')).toEqual([
      expect.objectContaining({
        ...{ what: 'confirm', ...operatorNote, effects: answered.effects },
        detail: expect.objectContaining({ reason: 'waiting', paid: '5.00 EUR', status: 'paid' }),
      }),
    ]);
    await bench.deliverAll();
    expect(bench.target.received.find(({ type }) => type === 'fulfil')).toMatchObject({
      moved: [{ amount: '5.00', currency: 'EUR' }],
      confirmedBy: 'operator',
    });
    // No event names the operator.
    expect(JSON.stringify(bench.target.received)).not.toContain('ada');
    const view = await showPayment(bench.memory, PAYMENT);
    expect(view?.timeline.map(({ what }) => what)).toContain('confirm');
  });

  it('a repeated confirmation changes nothing, and another sum under the same digest is refused', async () => {
    const bench = await waitingBench();
    const given = { ...answerTo(bench), paid };
    await confirmPayment(given, bench.deps);
    expect(await confirmPayment(given, bench.deps)).toMatchObject({ repeated: true });
    const other = confirmPayment({ ...given, paid: { amount: '6', currency: 'EUR' } }, bench.deps);
    await expect(other).rejects.toThrow(DecisionError);
    expect(bench.memory.data<LedgerRow>('ledger#')).toHaveLength(1);
  });

  it('three concurrent confirmations with different sums: one counts and two are refused', async () => {
    const bench = await waitingBench();
    const given = answerTo(bench);
    const sums = [
      { paid },
      { paid: { amount: '6', currency: 'EUR' } },
      { paid, returned: { amount: '1', currency: 'EUR' } },
    ];
    const answers = await Promise.allSettled(
      sums.map((sum) => confirmPayment({ ...given, ...sum }, bench.deps)),
    );
    const refused = answers.filter((each) => each.status === 'rejected');
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const { reason } of refused) expect(reason).toBeInstanceOf(DecisionError);
    expect(String(refused[0]?.reason)).toMatch(/already (confirmed|answered) with/);
  });

  it.each([
    [{}, { returned: { amount: '1', currency: 'EUR' } }, '5.00 EUR'],
    [{ returned: { amount: '1.0', currency: 'EUR' } }, {}, '5.00 EUR, of which 1.00 EUR went back'],
    [{}, { paid: { amount: '6', currency: 'EUR' } }, '5.00 EUR'],
  ])(
    'a confirmation that comes second is refused with the sums that count: %j, then %j',
    async (first, second, counts) => {
      const bench = await waitingBench();
      const given = { ...answerTo(bench), paid };
      bench.memory.beforeWrite = async () => {
        bench.memory.beforeWrite = undefined;
        await confirmPayment({ ...given, ...first, by: 'bob' }, bench.deps);
      };
      await expect(confirmPayment({ ...given, ...second }, bench.deps)).rejects.toThrow(
        new DecisionError(`${PAYMENT}: this was already confirmed with ${counts}`),
      );
      expect(bench.memory.data<LedgerRow>('ledger#').map(({ by }) => by)).toEqual(['bob']);
    },
  );

  it('two concurrent confirmations with equal sums in different spelling count as one', async () => {
    const bench = await waitingBench();
    const given = { ...answerTo(bench), paid };
    bench.memory.beforeWrite = async () => {
      bench.memory.beforeWrite = undefined;
      const sums = {
        paid: { amount: '5.00', currency: 'EUR' },
        returned: { amount: '1.00', currency: 'EUR' },
      };
      await confirmPayment({ ...given, ...sums }, bench.deps);
    };
    const returned = { amount: '1', currency: 'EUR' };
    expect(await confirmPayment({ ...given, returned }, bench.deps)).toMatchObject({
      repeated: true,
      payment: { status: 'partially_refunded' },
    });
    expect(bench.memory.data<LedgerRow>('ledger#')).toMatchObject([
      { detail: { paid: '5.00 EUR', returned: '1.00 EUR' } },
    ]);
  });

  it('a confirmation is refused when a notification has settled the payment since it was looked at', async () => {
    const bench = await waitingBench();
    const given = { ...answerTo(bench), paid };
    await bench.apply(bench.envelope({ key: 'k2', fact: 'failed', reference: 'r1' }));
    await expect(confirmPayment(given, bench.deps)).rejects.toThrow('it waits for nothing');
    expect(payment(bench).grant.state).toBe('none');
  });

  it.each([[{ amount: 'five', currency: 'EUR' }], [{ amount: '5', currency: 'euro' }]])(
    'a confirmation with the malformed sum %j is refused',
    async (sum) => {
      const bench = await waitingBench();
      const given = confirmPayment({ ...answerTo(bench), paid: sum }, bench.deps);
      await expect(given).rejects.toThrow(OperatorError);
    },
  );

  it('a confirmation with a malformed sum is refused with the name of the sum: paid or returned', async () => {
    const bench = await waitingBench();
    for (const name of ['paid', 'returned'] as const) {
      const sums = { paid, [name]: { amount: 'five', currency: 'EUR' } };
      await expect(confirmPayment({ ...answerTo(bench), ...sums }, bench.deps)).rejects.toThrow(
        `${name}: found "five EUR", allowed: a decimal and an ISO 4217 code, such as "902.50 EUR"`,
      );
    }
    const nobody = { ...answerTo(bench), paid, by: '' };
    await expect(confirmPayment(nobody, bench.deps)).rejects.toThrow('by: a text of');
    await expect(rejectPayment(nobody, bench.deps)).rejects.toThrow('by: a text of');
    expect(bench.memory.data('ledger#')).toEqual([]);
  });
});

describe('the rejection of a waiting payment', () => {
  it('a rejection of a waiting payment is final, in the ledger, and sent as payment.rejected', async () => {
    const bench = await waitingBench();
    const answered = await rejectPayment(answerTo(bench), bench.deps);
    expect(answered.effects.map((name) => name.split('#').at(-1))).toEqual(['payment.rejected']);
    expect(bench.memory.data<LedgerRow>('ledger#')).toEqual([
      expect.objectContaining({ what: 'reject', ...operatorNote }),
    ]);
    await bench.apply(bench.envelope({ key: 'k2', fact: 'paid', reference: 'r1' }));
    expect(payment(bench)).toMatchObject({ holds: [], grant: { state: 'none' } });
  });
});
