/** The transition worker on memory ports: evidence, one transaction, effects; duplicates, conflicts, crashes. */
import { describe, expect, it } from 'vitest';
import { notificationContext } from '../../../shared/app/platform/message.ts';
import { type EnvelopeKeys, open, parseEnvelopeKeys } from '../../../shared/app/platform/seal.ts';
import { quarantineCountKey, quarantineFullKey } from '../../../shared/app/table/keys.ts';
import type { EventRow, EvidenceRow } from '../../../shared/app/table/rows.ts';
import { quarantineCountItem } from '../../../shared/app/table/rows.ts';
import { MAX_QUARANTINED_PER_MONTH } from '../../../shared/app/transition/quarantine.ts';
import { createApply } from '../../../shared/app/transition/receive.ts';
import type { Effect, Payment } from '../../../shared/payment/types.ts';
import { europeNotification } from '../../support/europe-notification.ts';
import { pollingBench } from '../../support/polling-bench.ts';
import { toyMessage } from '../../support/toy-provider.ts';
import { type Bench, envelopeKeys, workerBench } from '../../support/worker-bench.ts';

const crash = () => {
  throw new Error('killed');
};

describe('a new notification', () => {
  it('a new notification writes evidence first, then event, payment and effects in one transaction, then publishes', async () => {
    const bench = workerBench();
    await bench.apply(bench.envelope());

    const [evidence, transaction, ...more] = bench.memory.writes;
    expect(evidence?.map((write) => 'put' in write && write.put.sk.split('#')[0])).toEqual(['evidence']);
    expect(transaction?.map((write) => ('put' in write ? write.put.sk.split('#')[0] : 'check'))).toEqual(
      expect.arrayContaining(['event', 'payment', 'effect']),
    );
    expect(transaction?.[0]).toMatchObject({ put: { sk: 'event' }, when: 'absent' });
    expect(more).toEqual([]);
    expect(bench.fulfilment.drain()).toMatchObject([{ effect: 'n1#payment.paid', also: '1#fulfil' }]);
    expect(bench.memory.data<Payment>('payment')[0]).toMatchObject({ status: 'paid', version: 1 });
  });

  it('a self-test of the probe leaves no row, no count and no effect, and is not opened', async () => {
    const bench = workerBench();
    const reading = createApply({ ...bench.deps, envelopeKeys: () => Promise.reject(new Error('opened')) });
    await reading(bench.envelope({ fact: 'broken' }, { probe: true, account: 'gone' }));
    expect([bench.memory.writes, bench.lines, bench.fulfilment.sent]).toEqual([[], [], []]);
    await bench.apply(bench.envelope());
    expect(bench.memory.data('payment')).toHaveLength(1);
  });

  it('a question that was aborted (decided FINISH) is applied without a stored answer', async () => {
    const bench = workerBench();
    await bench.apply(bench.envelope({}, { decided: { status: 'FINISH', reason: 'aborted' } }));
    expect(bench.memory.data<Payment>('payment')[0]).toMatchObject({ status: 'paid' });
  });

  it('a notification stays sealed: no row, queue message or log line shows its text', async () => {
    const bench = workerBench();
    await bench.apply(bench.envelope({ note: 'CANARY' }));
    const [row] = bench.memory.data<EvidenceRow>('evidence#');
    const context = notificationContext('paymentwall', 'toy', row?.digest ?? '');
    expect(open(row?.sealed ?? '', context, envelopeKeys)).toBe(toyMessage({ note: 'CANARY' }));
    expect(JSON.stringify([bench.memory.all(), bench.fulfilment.sent, bench.lines])).not.toContain('CANARY');
  });

  it('an evidence row has expiresAt; event, payment and effect rows have none', async () => {
    const bench = workerBench();
    await bench.apply(bench.envelope());
    for (const row of bench.memory.all())
      expect(row.expiresAt !== undefined, row.sk).toBe(row.sk.startsWith('evidence#'));
  });

  it('a notification without a subject leaves an event row and evidence only, and counts reason no_subject', async () => {
    const bench = workerBench();
    await bench.apply(bench.envelope({ payment: '' }));
    await bench.apply(bench.envelope({ payment: '' }));
    expect(
      bench.memory
        .all()
        .map(({ pk, sk }) => `${pk.split('#')[0]}/${sk.split('#')[0]}`)
        .sort(),
    ).toEqual(['event/event', 'unassigned/evidence']);
    expect(bench.fulfilment.sent).toEqual([]);
    expect(bench.metric('Applied').map(({ reason }) => reason)).toEqual(['no_subject']);
    expect(bench.metric('Duplicates').map(({ reason }) => reason)).toEqual(['no_subject']);
  });
});

describe('a duplicate', () => {
  it('a duplicate with other non-material fields is absorbed: no second evidence, no second effect', async () => {
    const bench = workerBench();
    await bench.apply(bench.envelope({ note: 'first' }));
    await bench.deliverAll();
    const rows = bench.memory.all().length;
    await bench.apply(bench.envelope({ note: 'second' }));
    expect(bench.memory.all()).toHaveLength(rows);
    expect(bench.fulfilment.sent).toEqual([]);
    expect(bench.metric('Duplicates')).toHaveLength(1);
  });

  it('a duplicate received earlier than the first copy, but after the payment began, does not change the payment', async () => {
    const bench = workerBench();
    await bench.apply(bench.envelope());
    bench.time.now += 1_000;
    const early = bench.envelope({ key: 'k2', note: 'first' });
    bench.time.now += 60_000;
    await bench.apply(bench.envelope({ key: 'k2', note: 'second' }));
    const before = bench.memory.data<Payment>('payment')[0];
    await bench.apply(early);
    expect(bench.memory.data<Payment>('payment')[0]).toEqual(before);
  });

  it('a duplicate before the delivery sends the same effects again, and fulfil is delivered once', async () => {
    const bench = workerBench();
    await bench.apply(bench.envelope({ note: 'first' }));
    await bench.apply(bench.envelope({ note: 'second' }));
    expect(bench.memory.data<Effect>('effect#').map(({ name }) => name)).toEqual([
      '1#fulfil',
      'n1#payment.paid',
    ]);
    expect(bench.fulfilment.sent).toHaveLength(2);
    await bench.deliverAll();
    expect(bench.target.types.filter((type) => type === 'fulfil')).toHaveLength(1);
  });

  it('a duplicate publishes the effects that a worker killed after its transaction left pending', async () => {
    const bench = workerBench();
    bench.memory.afterWrite = (writes) => {
      if (writes.length > 1) crash();
    };
    await expect(bench.apply(bench.envelope())).rejects.toThrow('killed');
    bench.memory.afterWrite = undefined;
    expect(bench.fulfilment.sent).toEqual([]);
    expect(bench.memory.data<Effect>('effect#').every(({ state }) => state === 'pending')).toBe(true);

    await bench.apply(bench.envelope({ note: 'the provider tries again' }));
    expect(bench.fulfilment.drain()).toMatchObject([{ effect: 'n1#payment.paid', also: '1#fulfil' }]);
    expect(bench.memory.data<Effect>('effect#').every(({ state }) => state === 'pending')).toBe(true);
  });

  it('a repeated message publishes the effects when the queue was down after the transaction', async () => {
    const bench = workerBench();
    bench.fulfilment.fails = crash;
    const message = bench.envelope();
    await expect(bench.apply(message)).rejects.toThrow('killed');
    bench.fulfilment.fails = undefined;
    await bench.apply(message);
    expect(bench.fulfilment.sent.length).toBeGreaterThan(0);
  });

  it('a duplicate that is applied between read and write of its copy does not make a second fulfil', async () => {
    const bench = workerBench();
    const other = bench.envelope();
    bench.memory.beforeWrite = async (writes) => {
      if (writes.length === 1) return;
      bench.memory.beforeWrite = undefined;
      await bench.apply(other);
    };
    await bench.apply(bench.envelope());
    expect(bench.memory.data<Payment>('payment')[0]?.version).toBe(1);
    expect(bench.memory.data<Effect>('effect#').filter(({ type }) => type === 'fulfil')).toHaveLength(1);
  });
});

describe('a conflicting duplicate', () => {
  it('a duplicate with another status is stored, not applied, and its payment is held as conflicting_duplicate', async () => {
    const bench = workerBench();
    await bench.apply(bench.envelope({ fact: 'processing' }));
    await bench.apply(bench.envelope({ fact: 'paid' }));
    const [payment] = bench.memory.data<Payment>('payment');
    expect(Object.keys(payment?.facts ?? {})).toEqual(['processing/1']);
    expect(payment?.holds.map(({ reason }) => reason)).toContain('conflicting_duplicate');
    expect(bench.memory.data('conflict#')).toHaveLength(1);
    expect(bench.memory.data('evidence#')).toHaveLength(2);
    expect(bench.metric('ConflictingDuplicates')).toHaveLength(1);
    expect(bench.memory.data<Effect>('effect#').map(({ type }) => type)).not.toContain('fulfil');
  });

  it('a duplicate with another amount is stored, not applied, and its payment is held as conflicting_duplicate', async () => {
    const bench = pollingBench();
    await bench.order('order-900', '10.00', {
      ...{ provider: 'trustly-europe', account: 'shop', aliases: [{ type: 'id', value: '900' }] },
    });
    for (const amount of ['9.00', '10.00']) {
      const credit = europeNotification('900', 'credit', { amount, notificationid: '5' });
      await bench.arrive('trustly-europe', credit);
    }
    const payment = await bench.payment('trustly-europe', '900');
    expect(payment?.reading.moved).toEqual([{ amount: '9.00', currency: 'USD' }]);
    expect(payment?.holds.map(({ reason }) => reason)).toContain('conflicting_duplicate');
    expect(bench.store.all().filter(({ sk }) => sk.startsWith('conflict#'))).toHaveLength(1);
    expect(bench.metric('ConflictingDuplicates')).toHaveLength(1);
    expect(bench.types('900')).not.toContain('fulfil');
  });

  it('conflicting duplicates of one notification: 20 are kept, each is counted', async () => {
    const bench = workerBench();
    for (let n = 0; n < 40; n++) await bench.apply(bench.envelope({ fact: `f${n}` }));
    expect(bench.memory.data('conflict#')).toHaveLength(20);
    expect(bench.memory.data('evidence#')).toHaveLength(21);
    expect(bench.metric('ConflictingDuplicates')).toHaveLength(39);
  });
});

describe('a contended store', () => {
  it('a notification is applied after five contended transactions', async () => {
    const bench = workerBench();
    await bench.apply(bench.envelope({ fact: 'processing' }));
    let busy = 5;
    const message = bench.envelope({ key: 'k2' });
    bench.memory.beforeWrite = (writes) => {
      if (writes.length > 1 && busy-- > 0) bench.memory.busyFor(1);
    };
    await bench.apply(message);
    expect(bench.memory.data<Payment>('payment')[0]).toMatchObject({ status: 'paid', version: 2 });
  });

  it('a notification fails when the store stays contended, and no event row is written', async () => {
    const bench = workerBench();
    bench.memory.busyFor(1_000);
    await expect(bench.apply(bench.envelope())).rejects.toThrow();
    expect(bench.memory.data('event')).toEqual([]);
  });

  it('a payment that another worker reverses between read and write of a paid notification has no fulfil', async () => {
    const bench = workerBench();
    await bench.apply(bench.envelope({ key: 'k1', fact: 'processing' }));
    const reversal = bench.envelope({ key: 'k3', fact: 'reversed' });
    bench.memory.beforeWrite = async (writes) => {
      if (writes.length === 1) return;
      bench.memory.beforeWrite = undefined;
      await bench.apply(reversal);
    };
    await bench.apply(bench.envelope({ key: 'k2', fact: 'paid' }));
    expect(bench.memory.data<Payment>('payment')[0]).toMatchObject({ status: 'reversed', version: 3 });
    expect(bench.memory.data<Effect>('effect#').map(({ type }) => type)).not.toContain('fulfil');
  });
});

describe('the quarantine', () => {
  it('the quarantine keeps one row for two encodings of one signed text', async () => {
    const bench = workerBench();
    for (const note of ['one', 'two']) {
      const changes = { quarantine: 'ambiguous', signatureDigest: 'a'.repeat(64) };
      await bench.apply(bench.envelope({ note }, changes));
    }
    expect(
      bench.memory.all().filter(({ pk, sk }) => pk.startsWith('quarantine#') && !sk.startsWith('count')),
    ).toHaveLength(1);
  });

  it('the quarantine keeps an ambiguous message once, and a later clear copy of the message is applied', async () => {
    const bench = workerBench();
    for (let n = 0; n < 3; n++) await bench.apply(bench.envelope({}, { quarantine: 'ambiguous' }));
    const rows = bench.memory.all().filter(({ pk }) => pk.startsWith('quarantine#'));
    expect(rows).toHaveLength(2);
    expect(bench.memory.data<EventRow>('event')).toEqual([]);
    expect(bench.metric('Quarantined')).toHaveLength(1);
    await bench.apply(bench.envelope());
    expect(bench.memory.data<Payment>('payment')).toHaveLength(1);
  });

  it('the quarantine takes a verified notification that cannot be parsed as unreadable, without its text in logs', async () => {
    const bench = workerBench();
    await bench.apply(bench.envelope({ fact: 'broken', note: 'CANARY' }));
    expect(bench.metric('Quarantined')[0]).toMatchObject({ reason: 'unreadable' });
    expect(bench.lines.join()).not.toContain('CANARY');
  });

  /** A bench whose quarantine counts this many messages in this month. */
  async function holding(many: number) {
    const bench = workerBench();
    const key = quarantineCountKey(bench.account, '2026-03');
    await bench.memory.write([
      { put: quarantineCountItem(key, many, '2026-03-01T00:00:00Z', 400), when: 'always' },
    ]);
    const full = () => bench.memory.get(quarantineFullKey(bench.account, '2026-03'));
    const rows = () => bench.memory.all().filter(({ pk }) => pk.startsWith('quarantine#')).length - 1;
    return { ...bench, full, rows };
  }

  it('the quarantine is marked full when its count reaches MAX_QUARANTINED_PER_MONTH', async () => {
    const { apply, envelope, full, rows } = await holding(MAX_QUARANTINED_PER_MONTH - 2);
    await apply(envelope({ key: 'a' }, { quarantine: 'ambiguous' }));
    expect(await full()).toBeUndefined();
    await apply(envelope({ key: 'b' }, { quarantine: 'ambiguous' }));
    expect(await full()).toBeDefined();
    expect(rows()).toBe(2);
  });

  it('a message beyond the quarantine’s bound is refused as quarantine_full and accepted in another month', async () => {
    const bench = await holding(MAX_QUARANTINED_PER_MONTH);
    const body = bench.envelope({}, { quarantine: 'ambiguous' });
    await expect(bench.apply(body)).rejects.toMatchObject({ reason: 'quarantine_full' });
    expect(await bench.full()).toBeDefined();
    expect(bench.rows()).toBe(0);
    expect(bench.metric('QuarantineOverflow')).toHaveLength(1);
    // worker.ts counts the message as settled when it parks the message.
    expect(bench.metric('Settled')).toEqual([]);
    // In another month the same message is stored.
    bench.time.now += 31 * 86_400_000;
    await bench.apply(body);
    expect(bench.rows()).toBeGreaterThan(0);
  });

  it('the key that marks a full quarantine differs per account', async () => {
    const bench = await holding(MAX_QUARANTINED_PER_MONTH);
    expect(quarantineFullKey({ ...bench.account, account: 'other' }, '2026-03').pk).not.toBe(
      quarantineFullKey(bench.account, '2026-03').pk,
    );
  });
});

describe('a message that the worker refuses', () => {
  const cases: [string, (bench: ReturnType<typeof workerBench>) => string, string][] = [
    ['a message that is not JSON', () => '{', 'unreadable_message'],
    ['a message that is no envelope', () => '{"version":1,"kind":"other"}', 'unreadable_message'],
    [
      'a message of an account that is not configured',
      (bench) => bench.envelope({}, { account: 'gone' }),
      'unknown_account',
    ],
    [
      'a message with an altered seal',
      (bench) => bench.envelope({}, { sealed: 'v1.00000000.a.b' }),
      'seal_altered',
    ],
    [
      'a message with the seal of another message',
      (bench) => bench.envelope({}, { digest: '0'.repeat(64) }),
      'seal_altered',
    ],
  ];
  for (const [name, body, reason] of cases) {
    it(`${name} is refused with CannotSucceedError as ${reason}, and no row is written`, async () => {
      const bench = workerBench();
      await expect(bench.apply(body(bench))).rejects.toMatchObject({ name: 'CannotSucceedError', reason });
      expect(bench.memory.all()).toEqual([]);
    });
  }

  it('a message of a newer version fails with NewerMessageError', async () => {
    const bench = workerBench();
    await expect(bench.apply('{"version":2,"kind":"notification"}')).rejects.toMatchObject({
      name: 'NewerMessageError',
    });
  });

  it('a message sealed under a key that is not cached makes the worker read the secret once more', async () => {
    const bench = workerBench();
    const freshFlags: boolean[] = [];
    const stale = parseEnvelopeKeys({ current: 's'.repeat(64) });
    const keys = async (fresh: boolean): Promise<EnvelopeKeys> => {
      freshFlags.push(fresh);
      return fresh ? envelopeKeys : stale;
    };
    await createApply({ ...bench.deps, envelopeKeys: keys })(bench.envelope());
    expect(freshFlags).toEqual([false, true]);
    expect(bench.memory.data('payment')).toHaveLength(1);
  });
});

describe('the count of settled messages', () => {
  const settled = (bench: Bench) => bench.metric('Settled').length;

  it('each message counts Settled once per end: a copy as Duplicates, the same message as Applied and Redelivered', async () => {
    const bench = workerBench();
    const message = bench.envelope({ note: 'first' });
    for (let time = 0; time < 3; time++) await bench.apply(message);
    const counted = (...names: string[]) => names.map((name) => bench.metric(name).length);
    expect(counted('Settled', 'Applied', 'Redelivered', 'Duplicates')).toEqual([3, 3, 2, 0]);
    await bench.apply(bench.envelope({ note: 'second' }));
    expect(counted('Settled', 'Applied', 'Redelivered', 'Duplicates')).toEqual([4, 3, 2, 1]);
  });

  it('a message that failed after its transaction counts Settled and Applied once, when it succeeds', async () => {
    const bench = workerBench();
    bench.fulfilment.fails = crash;
    const message = bench.envelope();
    for (let time = 0; time < 3; time++) await expect(bench.apply(message)).rejects.toThrow('killed');
    expect(settled(bench)).toBe(0);
    bench.fulfilment.fails = undefined;
    await bench.apply(message);
    expect([settled(bench), bench.metric('Applied').length]).toEqual([1, 1]);
  });

  it('a message whose worker died before the count settles as Redelivered: applied, conflicting or in quarantine', async () => {
    const bench = workerBench();
    const lines = bench.lines;
    const first = bench.envelope();
    const other = bench.envelope({ fact: 'reversed' });
    const odd = bench.envelope({}, { quarantine: 'ambiguous' });
    for (const message of [first, other, odd]) {
      await bench.apply(message);
      // The worker died: its rows are written, its lines are not.
      lines.length = 0;
      await bench.apply(message);
      expect([settled(bench), bench.metric('Redelivered').length], message).toEqual([1, 1]);
      lines.length = 0;
    }
  });

  it('the metric Settled has receivedAt of the notification as its timestamp', async () => {
    const bench = workerBench();
    const receivedAt = '2026-02-27T09:59:59.999Z';
    await bench.apply(bench.envelope({}, { receivedAt }));
    const stamps = bench
      .metric('Settled')
      .map(({ _aws }) => (_aws as { readonly Timestamp: number }).Timestamp);
    expect(stamps).toEqual([Date.parse(receivedAt)]);
  });
});
