/** Release and reject of holds, bound to the evidence and kept in the ledger; and the view of a payment. */
import { describe, expect, it } from 'vitest';
import {
  type HoldAnswer,
  OperatorError,
  paymentNow,
  rejectHold,
  releaseHold,
} from '../../../shared/app/operator/holds.ts';
import { listHolds, showPayment } from '../../../shared/app/operator/views.ts';
import { StoreBusyError } from '../../../shared/app/ports.ts';
import type { LedgerRow } from '../../../shared/app/table/rows.ts';
import type { Payment } from '../../../shared/payment/types.ts';
import { toyMessage } from '../../support/toy-provider.ts';
import { type Bench, workerBench } from '../../support/worker-bench.ts';

const PAYMENT = 'paymentwall:toy:p1';
const operatorNote = { by: 'ada', note: 'called the shopper' };

/** A paid payment that is held with unknown_order. */
async function heldBench(): Promise<Bench> {
  const bench = workerBench({ policy: { unknownOrder: 'hold' } });
  await bench.apply(bench.envelope());
  await bench.deliverAll();
  return bench;
}
const payment = (bench: Bench): Payment => {
  const [found] = bench.memory.data<Payment>('payment');
  if (found === undefined) throw new Error('no payment');
  return found;
};
const answerTo = (bench: Bench): HoldAnswer => {
  const [hold] = payment(bench).holds;
  if (hold === undefined) throw new Error('not held');
  return { payment: PAYMENT, ...hold, ...operatorNote };
};

describe('the release of a hold', () => {
  it('a release sends the fulfil that the hold kept back, and is in the ledger with operator and note', async () => {
    const bench = await heldBench();
    expect(bench.target.types).not.toContain('fulfil');
    const answered = await releaseHold(answerTo(bench), bench.deps);
    expect(answered).toMatchObject({ repeated: false, payment: { holds: [], grant: { state: 'granted' } } });
    expect(answered.effects).toContain('1#fulfil');
    expect(bench.memory.data<LedgerRow>('ledger#')).toEqual([
      expect.objectContaining({ what: 'release', ...operatorNote, effects: answered.effects }),
    ]);
    await bench.deliverAll();
    expect(bench.target.types.filter((type) => type === 'fulfil')).toHaveLength(1);
  });

  it('a release writes ledger, payment and effects in one transaction', async () => {
    const bench = await heldBench();
    const before = bench.memory.writes.length;
    await releaseHold(answerTo(bench), bench.deps);
    const [transaction] = bench.memory.writes.slice(before);
    const kinds = transaction?.map((write) => 'put' in write && write.put.sk.split('#')[0]);
    expect(kinds).toEqual(expect.arrayContaining(['ledger', 'payment', 'effect']));
  });

  it('a repeated release changes nothing: repeated: true, one ledger row and one fulfil', async () => {
    const bench = await heldBench();
    const answer = answerTo(bench);
    const first = await releaseHold(answer, bench.deps);
    const again = await releaseHold({ ...answer, by: 'bob' }, bench.deps);
    expect(again).toMatchObject({ repeated: true, effects: first.effects });
    expect(payment(bench).version).toBe(first.payment.version);
    expect(bench.memory.data<LedgerRow>('ledger#').map(({ by }) => by)).toEqual(['ada']);
    await bench.deliverAll();
    expect(bench.target.types.filter((type) => type === 'fulfil')).toHaveLength(1);
  });

  it('a repeated release sends the effects when the queue failed at the earlier release', async () => {
    const bench = await heldBench();
    const answer = answerTo(bench);
    bench.fulfilment.fails = () => {
      throw new Error('queue down');
    };
    await expect(releaseHold(answer, bench.deps)).rejects.toThrow('queue down');
    bench.fulfilment.fails = undefined;
    expect(await releaseHold(answer, bench.deps)).toMatchObject({ repeated: true });
    await bench.deliverAll();
    expect(bench.target.types).toContain('fulfil');
  });

  it('a release whose write succeeded with a StoreBusyError counts once, with repeated: true', async () => {
    const bench = await heldBench();
    bench.memory.afterWrite = () => {
      bench.memory.afterWrite = undefined;
      throw new StoreBusyError('answer lost');
    };
    expect(await releaseHold(answerTo(bench), bench.deps)).toMatchObject({ repeated: true });
    await bench.deliverAll();
    expect(bench.target.types.filter((type) => type === 'fulfil')).toHaveLength(1);
  });
});

describe('an operator decision about a hold', () => {
  it('an operator decision is kept without spaces around by and note, with reason, digest, status and effects', async () => {
    const bench = await heldBench();
    const answer = answerTo(bench);
    await releaseHold({ ...answer, by: ' ada ', note: '\n called the shopper ' }, bench.deps);
    expect(bench.memory.data<LedgerRow>('ledger#')).toEqual([
      {
        ...{ what: 'release', ...operatorNote, at: new Date(bench.time.now).toISOString() },
        effects: ['n2#payment.paid', '1#fulfil'],
        detail: { reason: answer.reason, digest: answer.digest, status: 'paid' },
      },
    ]);
  });

  it('the effects of a release have a correlation id operator-… and causedBy "release unknown_order"', async () => {
    const bench = await heldBench();
    await releaseHold(answerTo(bench), bench.deps);
    const messages = bench.fulfilment.sent.map(({ body }) => JSON.parse(body) as Record<string, string>);
    expect(messages).toMatchObject([
      { correlationId: expect.stringMatching(/^operator-/), effect: 'n2#payment.paid', also: '1#fulfil' },
    ]);
    await bench.deliverAll();
    expect(bench.target.received.find(({ type }) => type === 'fulfil')).toMatchObject({
      causedBy: ['release unknown_order'],
    });
  });
});

describe('the rejection of a hold', () => {
  it('a reject of a hold sends payment.rejected with the net amount and is final: no later fulfil', async () => {
    const bench = await heldBench();
    const answer = answerTo(bench);
    await rejectHold(answer, bench.deps);
    await bench.deliverAll();
    expect(bench.target.received.find(({ type }) => type === 'payment.rejected')).toMatchObject({
      net: [{ amount: '5.00', currency: 'EUR' }],
    });
    await expect(releaseHold(answer, bench.deps)).rejects.toThrow('already answered with reject');
    await bench.apply(bench.envelope({ key: 'k9', fact: 'paid' }));
    await bench.deliverAll();
    expect(bench.target.types).not.toContain('fulfil');
  });

  it('a reject that loses a race against a release is refused with "already answered with release"', async () => {
    const bench = await heldBench();
    const answer = answerTo(bench);
    bench.memory.beforeWrite = async () => {
      bench.memory.beforeWrite = undefined;
      await releaseHold(answer, bench.deps);
    };
    await expect(rejectHold(answer, bench.deps)).rejects.toThrow('already answered with release');
    expect(payment(bench).decisions.map(({ verdict }) => verdict)).toEqual(['release']);
  });
});

describe('an operator decision that is refused', () => {
  it('an answer to a hold is refused with the present digest when the evidence has changed', async () => {
    const bench = await heldBench();
    const stale = answerTo(bench);
    await bench.apply(bench.envelope({ key: 'k1', fact: 'failed' }));
    const conflict = payment(bench).holds.find(({ reason }) => reason === 'conflicting_duplicate');
    await bench.apply(bench.envelope({ key: 'k1', fact: 'reversed' }));
    const old = { ...stale, reason: 'conflicting_duplicate', digest: conflict?.digest ?? '' };
    await expect(releaseHold(old, bench.deps)).rejects.toThrow(/its digest is now [0-9a-f]{32}/);
    expect(bench.memory.data('ledger#')).toEqual([]);
  });

  const wrong: [string, Partial<HoldAnswer>, RegExp][] = [
    ['another digest', { digest: '0'.repeat(32) }, /not what was decided on/],
    ['a reason for which there is no hold', { reason: 'regrant' }, /it is gone/],
    ['an unknown reason', { reason: 'because' }, /reason: found "because", allowed: unknown_order/],
    ['an unknown payment', { payment: 'paymentwall:toy:p2' }, /there is no payment/],
    ['an account that is not configured', { payment: 'paymentwall:gone:p1' }, /not a configured account/],
    ['a malformed payment key', { payment: 'p1' }, /expected <provider>:<account>:<id>/],
    ['a blank by', { by: ' ' }, /^by: /],
    ['an empty note', { note: '' }, /^note: /],
    ['a note with control characters', { note: 'a\u0000b' }, /^note: /],
  ];
  it.each(wrong)(
    'an answer to a hold with %s is refused with a sentence and not stored',
    async (_, over, sentence) => {
      const bench = await heldBench();
      await expect(releaseHold({ ...answerTo(bench), ...over }, bench.deps)).rejects.toThrow(sentence);
      expect(bench.memory.data('ledger#')).toEqual([]);
      expect(payment(bench).decisions).toEqual([]);
    },
  );

  it.each([
    ['by', '\ud800'],
    ['note', 'a\u007fb'],
    ['note', '\t'],
  ])('an answer to a hold is refused when its %s cannot be printed: %j', async (field, text) => {
    const bench = await heldBench();
    await expect(releaseHold({ ...answerTo(bench), [field]: text }, bench.deps)).rejects.toThrow(
      `${field}: a text of 1-`,
    );
  });

  it('the refusals of an unknown account, a malformed key and an unknown payment are exact sentences', async () => {
    const bench = await heldBench();
    const refused = (over: Partial<HoldAnswer>) => releaseHold({ ...answerTo(bench), ...over }, bench.deps);
    await expect(refused({ payment: 'paymentwall:gone:p1' })).rejects.toThrow(
      new OperatorError('paymentwall/gone is not a configured account'),
    );
    await expect(refused({ payment: 'p1' })).rejects.toThrow(
      new OperatorError('"p1" is no payment; expected <provider>:<account>:<id>'),
    );
    await expect(paymentNow('paymentwall:toy:p2', bench.deps)).rejects.toThrow(
      new OperatorError('there is no payment paymentwall:toy:p2'),
    );
    expect(await paymentNow(PAYMENT, bench.deps)).toEqual(payment(bench));
  });

  it('a refused answer to a hold throws an OperatorError', async () => {
    const bench = await heldBench();
    await expect(releaseHold({ ...answerTo(bench), payment: 'p1' }, bench.deps)).rejects.toBeInstanceOf(
      OperatorError,
    );
  });
});

it('the operator’s by and note reach no log, no metric, no message and no event', async () => {
  const bench = await heldBench();
  await releaseHold({ ...answerTo(bench), by: 'CANARY-BY', note: 'CANARY-NOTE' }, bench.deps);
  await bench.deliverAll();
  expect(JSON.stringify([bench.lines, bench.target.received, bench.fulfilment.sent])).not.toContain('CANARY');
});

describe('the list of holds', () => {
  it('the list of holds has every held payment, the longest waiting first, and no released payment', async () => {
    const bench = workerBench({ policy: { unknownOrder: 'hold' } });
    for (const id of ['p1', 'p2', 'p3']) await bench.apply(bench.envelope({ key: id, payment: id }));
    await bench.apply(bench.envelope({ key: 'x', payment: 'p4', fact: 'processing' }));
    expect((await listHolds(bench.memory)).held.map((each) => each.payment)).toEqual(
      ['p1', 'p2', 'p3'].map((id) => `paymentwall:toy:${id}`),
    );
    await releaseHold(answerTo(bench), bench.deps);
    const { held, more } = await listHolds(bench.memory);
    expect(held.map((each) => each.payment)).not.toContain(PAYMENT);
    expect(more).toBe(false);
    expect(await listHolds(bench.memory, 1)).toMatchObject({ more: true });
  });
});

describe('one payment as showPayment returns it', () => {
  it('showPayment returns notifications, answers and effects in order of time, and nothing sealed', async () => {
    const bench = await heldBench();
    bench.time.now += 60_000;
    await releaseHold(answerTo(bench), bench.deps);
    await bench.deliverAll();
    bench.time.now += 60_000;
    await bench.apply(bench.envelope({ key: 'k2', fact: 'reversed' }));
    const view = await showPayment(bench.memory, PAYMENT);
    expect(
      view?.timeline.map((moment) => (moment.what === 'effect' ? moment.effect.type : moment.what)),
    ).toEqual([
      'notification',
      'payment.held',
      'release',
      'payment.paid',
      'fulfil',
      'notification',
      'payment.reversed',
      'revoke',
    ]);
    expect(view?.timeline[0]).toMatchObject({ key: 'k1', caused: ['n1#payment.held'] });
    expect(view?.timeline[2]).toMatchObject(operatorNote);
    const text = JSON.stringify(view);
    expect(text).not.toContain('sealed');
    expect(text).not.toContain(toyMessage());
  });

  it('showPayment says of two notifications with one id which was applied, and what each caused and contains', async () => {
    const bench = workerBench();
    await bench.apply(bench.envelope({ fact: 'processing' }));
    bench.time.now += 60_000;
    await bench.apply(bench.envelope({ fact: 'paid' }));
    const view = await showPayment(bench.memory, PAYMENT, bench.deps);
    const kept = view?.timeline.flatMap((moment) => (moment.what === 'notification' ? [moment] : [])) ?? [];
    expect(kept).toMatchObject([
      { key: 'k1', as: 'applied', content: { entries: [{ codes: ['processing'], amounts: [] }] } },
      { key: 'k1', as: 'conflict', content: { entries: [{ codes: ['paid'], amounts: ['5 EUR'] }] } },
    ]);
    const [first, second] = kept.map(({ caused }) => caused);
    expect(second).toContain('n2#payment.held');
    expect(first).not.toContain('n2#payment.held');
    // Without the envelope key no content is opened. The other parts are shown.
    const without = await showPayment(bench.memory, PAYMENT, {
      ...bench.deps,
      envelopeKeys: async () => {
        throw new Error('denied');
      },
    });
    expect(without?.timeline[0]).toMatchObject({ as: 'applied', content: 'not_opened' });
    expect(JSON.stringify(await showPayment(bench.memory, PAYMENT))).not.toContain('"content"');
  });

  it('showPayment marks a notification as waiting while its event row is missing', async () => {
    const bench = workerBench();
    await bench.apply(bench.envelope());
    for (const [key, { sk }] of bench.memory.rows) if (sk === 'event') bench.memory.rows.delete(key);
    expect((await showPayment(bench.memory, PAYMENT))?.timeline[0]).toMatchObject({ as: 'waiting' });
  });

  it('showPayment returns undefined for an unknown payment', async () => {
    expect(await showPayment(workerBench().memory, PAYMENT)).toBeUndefined();
  });
});
