/** Payments that only their provider can continue: no alarm rings for these, and `doctor` reports old ones. */
import { describe, expect, it } from 'vitest';
import { awaitingConfirmation } from '../../../cli/doctor/queues.ts';
import { asBefore, heldPayment, put, range, type Waiting, waitingRow } from '../../support/waiting-rows.ts';
import { START, workerBench } from '../../support/worker-bench.ts';

const HOUR = 3_600_000;

async function findingOf(of: readonly Waiting[], before = false) {
  const bench = workerBench({ policy: { unknownOrder: 'hold' } });
  const template = await heldPayment(bench);
  const rows = of.map((each) => waitingRow(template, each));
  put(bench.memory, before ? rows.map(asBefore) : rows);
  return awaitingConfirmation({ store: bench.memory, selector: '--stack PayhooksLive' }, START);
}

describe('awaiting confirmation', () => {
  const status = 'awaiting_confirmation';

  it.each([false, true])(
    'doctor counts payments awaiting_confirmation, with the oldest age (rows of the version before: %s)',
    async (before) => {
      const several = range(3).map((n) => ({ id: `w${n}`, status, ageMs: n * HOUR }) as const);
      const others = [
        { id: 'h', status: 'paid', held: true, ageMs: 90 * HOUR },
        { id: 'd', status: 'disputed', ageMs: 90 * HOUR },
        { id: 'r', status: 'in_review', ageMs: 90 * HOUR },
      ] as const;
      expect(await findingOf([...several, ...others], before)).toEqual({
        check: 'waiting',
        verdict: 'ok',
        detail: '3 payments awaiting confirmation by the provider, the oldest for 2 h',
        next: 'payhooks payments list --status awaiting_confirmation --stack PayhooksLive',
      });
    },
  );

  it('doctor warns for a payment that is awaiting_confirmation for 25 hours, and says ok without such a payment', async () => {
    expect(await findingOf([{ id: 'w', status, ageMs: 25 * HOUR }])).toMatchObject({ verdict: 'warn' });
    expect(await findingOf([])).toMatchObject({
      verdict: 'ok',
      detail: expect.stringMatching(/^0 payments/),
    });
  });
});
