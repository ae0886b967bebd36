/** Attempts of an effect: their time, the check of the rows before each attempt, and the metrics and log lines. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { backoffSeconds, MAX_DELIVERY_ATTEMPTS } from '../../../shared/app/fulfilment/backoff.ts';
import { StillRunningError } from '../../../shared/app/fulfilment/idempotency.ts';
import { TargetError } from '../../../shared/app/fulfilment/targets/target.ts';
import type { Write } from '../../../shared/app/ports.ts';
import { effectItem, effectOf } from '../../../shared/app/table/rows.ts';
import type { Effect, Payment } from '../../../shared/payment/types.ts';
import { paymentRow } from '../../support/payment-row.ts';
import { type Bench, START, workerBench } from '../../support/worker-bench.ts';

const P1 = 'paymentwall:toy:p1';
const message = (effect: string) =>
  JSON.stringify({ version: 1, kind: 'effect', correlationId: 'c-delivery', payment: P1, effect });
const deliver = (bench: Bench, effect = '1#fulfil') => bench.deliver(message(effect), bench.invocation);
const effect = (bench: Bench, name = '1#fulfil') =>
  bench.memory.data<Effect>(`effect#${name}`)[0] ?? expect.fail(name);
const iso = (ms: number) => new Date(ms).toISOString();

/** Changes the row of an effect, as an operator, another worker or a reversal does. */
async function set(bench: Bench, name: string, changed: Partial<Effect>): Promise<void> {
  const item = await bench.memory.get({ pk: `payment#${P1}`, sk: `effect#${name}` });
  if (item === undefined) throw new Error(`no effect ${name}`);
  const { effect: before, version } = effectOf(item);
  const put = effectItem({ effect: { ...before, ...changed }, version: version + 1 }, before.updatedAt);
  await bench.memory.write([{ put, when: 'always' }]);
}
/** Runs the change just before the next write. */
const meanwhile = (bench: Bench, change: () => Promise<void>) => {
  bench.memory.beforeWrite = async () => {
    bench.memory.beforeWrite = undefined;
    await change();
  };
};
const refusing = (error: unknown) => () => {
  throw error;
};

async function granted(): Promise<Bench> {
  const bench = workerBench();
  await bench.apply(bench.envelope({}, { correlationId: 'c-new' }));
  bench.lines.length = 0;
  return bench;
}

/** A payment that was fulfilled, reversed and granted again: its second fulfil waits for its first revoke. */
async function grantedAgain(): Promise<Bench> {
  const bench = await granted();
  await bench.deliverAll();
  await bench.apply(bench.envelope({ key: 'k2', fact: 'reversed' }));
  bench.fulfilment.sent.length = 0;
  const [payment] = bench.memory.data<Payment>('payment');
  if (payment === undefined) throw new Error('no payment');
  const put = paymentRow({ ...payment, grant: { ...payment.grant, state: 'granted', epoch: 2 } });
  const { leaseUntil: _, ...first } = effect(bench);
  const second: Effect = {
    ...{ ...first, name: '2#fulfil', epoch: 2, id: `${P1}#2#fulfil`, state: 'pending', attempts: 0 },
    updatedAt: iso(bench.time.now),
  };
  await bench.memory.write([
    { put, when: 'always' },
    { put: effectItem({ effect: second, version: 1 }, second.updatedAt), when: 'absent' },
  ]);
  bench.lines.length = 0;
  bench.memory.writes.length = 0;
  return bench;
}

afterEach(() => vi.restoreAllMocks());

describe('the pause after an attempt', () => {
  it('backoffSeconds is 30, doubles with each attempt, and is at most 3,600', () => {
    expect([1, 2, 3, 7, 8, 20, MAX_DELIVERY_ATTEMPTS].map(backoffSeconds)).toEqual([
      30, 60, 120, 1_920, 3_600, 3_600, 3_600,
    ]);
  });

  it('the pause is stored as notBefore with the lease and with the failure, and the failure moves openAt', async () => {
    const bench = await granted();
    bench.target.fails = refusing(new TargetError('unavailable', { retryAfterSeconds: 600 }));
    await deliver(bench);
    const [lease, failure] = bench.memory.writes
      .slice(-2)
      .map(([write]) => (write !== undefined && 'put' in write ? write.put : undefined));
    expect(lease).toMatchObject({
      // The lease does not move openAt: the pause and the lease end before this time.
      openAt: iso(START + 300_000),
      data: { leaseUntil: iso(START + 35_000), notBefore: iso(START + 30_000), attempts: 1 },
    });
    expect(failure).toMatchObject({
      openAt: iso(START + 4_200_000),
      data: { notBefore: iso(START + 600_000) },
    });
    expect(failure?.data).not.toHaveProperty('leaseUntil');
  });

  it('a message received during the pause is put off for the rest, rounded up, and 30 seconds more', async () => {
    const bench = await granted();
    bench.target.fails = refusing(new TargetError('unavailable'));
    await deliver(bench);
    bench.time.now += 9_500;
    expect(await deliver(bench)).toEqual({ type: 'later', seconds: 21 + 30 });
  });

  it('an effect is delivered when the clock is exactly at notBefore', async () => {
    const bench = await granted();
    await set(bench, '1#fulfil', { notBefore: iso(START) });
    expect(await deliver(bench)).toEqual({ type: 'done', how: 'delivered' });
  });

  it('an effect in state delivering waits for notBefore when notBefore is later than leaseUntil', async () => {
    const bench = await granted();
    const held = { state: 'delivering', leaseUntil: iso(START + 35_000), attempts: 9 } as const;
    await set(bench, '1#fulfil', { ...held, notBefore: iso(START + 3_600_000) });
    expect(await deliver(bench)).toEqual({ type: 'later', seconds: 3_600 });
  });
});

describe('the lease of an effect', () => {
  it('a lease ends exactly at leaseUntil, and another worker delivers the effect', async () => {
    const bench = await granted();
    await set(bench, '1#fulfil', { state: 'delivering', leaseUntil: iso(START), attempts: 1 });
    expect(await deliver(bench)).toEqual({ type: 'done', how: 'delivered' });
    expect(effect(bench).attempts).toBe(2);
  });

  it('an effect under a lease is not superseded: the lease is checked before the fence', async () => {
    const bench = await granted();
    await set(bench, '1#fulfil', { state: 'delivering', leaseUntil: iso(START + 35_000), attempts: 1 });
    await bench.apply(bench.envelope({ key: 'k2', fact: 'reversed' }));
    expect(await deliver(bench)).toEqual({ type: 'later', seconds: 35 });
    expect(effect(bench).state).toBe('delivering');
  });

  it('leaseUntil does not delay an effect that is not in state delivering', async () => {
    const bench = await granted();
    await set(bench, '1#fulfil', { state: 'queued', leaseUntil: iso(START + 60_000) });
    expect(await deliver(bench)).toEqual({ type: 'done', how: 'delivered' });
  });

  it('a lease that another worker took in between stays, and the message is put off for one second', async () => {
    const bench = await granted();
    const leased = Promise.withResolvers<void>();
    const answered = Promise.withResolvers<void>();
    bench.target.fails = async () => {
      bench.target.fails = undefined;
      leased.resolve();
      await answered.promise;
    };
    let other: ReturnType<typeof deliver> | undefined;
    meanwhile(bench, async () => {
      other = deliver(bench);
      await leased.promise;
    });
    expect(await deliver(bench)).toEqual({ type: 'later', seconds: 1 });
    expect(effect(bench)).toMatchObject({ state: 'delivering', attempts: 1 });
    expect(bench.target.received).toEqual([]);
    answered.resolve();
    expect(await other).toEqual({ type: 'done', how: 'delivered' });
    expect(bench.target.types).toEqual(['fulfil']);
  });

  it('the lease of payment.paid checks no other effect', async () => {
    const bench = await granted();
    bench.memory.writes.length = 0;
    await deliver(bench, 'n1#payment.paid');
    expect(bench.memory.writes.map((writes) => writes.length)).toEqual([1, 1]);
  });
});

describe('a fulfil behind the revoke of the epoch before', () => {
  it.each<[string, Partial<Effect>, number]>([
    ['a revoke not tried yet, until it is due and 30 seconds more', { state: 'pending' }, 15 + 30],
    [
      'a failed revoke, until its next attempt and 30 seconds more',
      { state: 'queued', notBefore: iso(START + 90_500) },
      91 + 30,
    ],
    [
      'a failed revoke of an older version, for the pause of its attempts and 30 seconds more',
      { state: 'queued', attempts: 3 },
      120 + 30,
    ],
    [
      'a revoke being delivered, for 30 seconds',
      { state: 'delivering', leaseUntil: iso(START + 300_000), attempts: 1 },
      30,
    ],
    ['a revoke due now, for 30 seconds', { state: 'queued', notBefore: iso(START) }, 30],
    [
      'an overdue revoke, for as long as it is overdue',
      { state: 'queued', notBefore: iso(START - 99_500) },
      100,
    ],
    ['a revoke overdue for long, for 3,630 seconds', { state: 'queued', notBefore: iso(START - 9e6) }, 3_630],
    [
      'a revoke left by a killed worker, for the time since its lease ended',
      { state: 'delivering', leaseUntil: iso(START - 100_000), notBefore: iso(START - 200_000), attempts: 1 },
      100,
    ],
  ])('a fulfil of epoch 2 waits for the revoke of epoch 1: %s', async (_, changed, seconds) => {
    const bench = await grantedAgain();
    await set(bench, '1#revoke', { updatedAt: iso(START), ...changed });
    expect(await deliver(bench, '2#fulfil')).toEqual({ type: 'later', seconds });
    expect(bench.target.types.filter((type) => type === 'fulfil')).toHaveLength(1);
  });

  it('a fulfil takes no lease when an operator sends the revoke of the epoch before again in between', async () => {
    const bench = await grantedAgain();
    await deliver(bench, '1#revoke');
    meanwhile(bench, () => set(bench, '1#revoke', { state: 'queued' }));
    expect(await deliver(bench, '2#fulfil')).toEqual({ type: 'later', seconds: 1 });
    expect(effect(bench, '2#fulfil').state).toBe('pending');
  });

  it('the lease of a fulfil checks only the revoke of the epoch before', async () => {
    const bench = await grantedAgain();
    await deliver(bench, '1#revoke');
    bench.memory.writes.length = 0;
    expect(await deliver(bench, '2#fulfil')).toMatchObject({ how: 'delivered' });
    const checked = (bench.memory.writes[0] ?? []).flatMap((write: Write) =>
      'check' in write ? [write.check.sk] : [],
    );
    expect(checked).toEqual(['effect#1#revoke']);
  });
});

describe('a revoke that is sent again', () => {
  it('a revoke that is sent again takes no lease when a fulfil of a later epoch was tried in between', async () => {
    const bench = await grantedAgain();
    meanwhile(bench, () => set(bench, '2#fulfil', { state: 'delivering', attempts: 1 }));
    expect(await deliver(bench, '1#revoke')).toEqual({ type: 'later', seconds: 1 });
    expect(bench.target.types).not.toContain('revoke');
  });

  it('the lease of a revoke checks only the fulfils of later epochs', async () => {
    const bench = await grantedAgain();
    await deliver(bench, '1#revoke');
    const checked = (bench.memory.writes[0] ?? []).flatMap((write: Write) =>
      'check' in write ? [write.check.sk] : [],
    );
    expect(checked).toEqual(['effect#2#fulfil']);
  });
});

describe('a message about a final effect', () => {
  it.each(['delivered', 'superseded', 'failed'] as const)(
    'a message about an effect in state %s changes nothing',
    async (state) => {
      const bench = await granted();
      await set(bench, '1#fulfil', { state });
      const before = bench.memory.all();
      expect(await deliver(bench)).toEqual({ type: 'done', how: 'final' });
      expect([bench.memory.all(), bench.lines]).toEqual([before, []]);
    },
  );
});

describe('a delivery', () => {
  it.each([
    [30_000, 10_000],
    [5_000, 2_000],
    [2_000, 1],
  ])('a delivery with %i ms left of its invocation gives the target %i ms', async (left, given) => {
    const timeout = vi.spyOn(AbortSignal, 'timeout');
    const bench = await granted();
    await bench.deliver(message('1#fulfil'), { ...bench.invocation, remainingMs: () => left });
    expect(timeout.mock.calls).toEqual([[given]]);
  });

  it('a delivery is recorded under its effect’s id, and under another id after each redeliver of an operator', async () => {
    const bench = await granted();
    const turns: string[] = [];
    const invocation = { ...bench.invocation, once: async (id: string) => void turns.push(id) };
    await bench.deliver(message('1#fulfil'), invocation);
    await set(bench, '1#fulfil', { state: 'queued', redeliveries: 2, notBefore: iso(START) });
    await bench.deliver(message('1#fulfil'), invocation);
    expect(turns).toEqual([`${P1}#1#fulfil`, `${P1}#1#fulfil#again2`]);
  });

  it('a delivery sends the same text, in whatever order the stored members inside lists are', async () => {
    const bench = await granted();
    const { event } = effect(bench);
    const turned = { ...event, moved: [{ currency: 'EUR', amount: '5' }], none: null } as typeof event;
    await set(bench, '1#fulfil', { event: turned });
    await deliver(bench);
    const [received] = bench.target.received as unknown as [
      { readonly moved: unknown; readonly none: unknown },
    ];
    expect(JSON.stringify([received.moved, received.none])).toBe('[[{"amount":"5","currency":"EUR"}],null]');
  });

  it('a delivery that the target accepted does not count EffectsDelivered when its row changed meanwhile', async () => {
    const bench = await granted();
    bench.target.fails = () => set(bench, '1#fulfil', { state: 'superseded' });
    expect(await deliver(bench)).toEqual({ type: 'done', how: 'delivered' });
    expect(effect(bench).state).toBe('superseded');
    expect(bench.metric('EffectsDelivered')).toEqual([]);
  });
});

describe('metrics and log lines of a delivery', () => {
  const operatorNote = { provider: 'paymentwall', account: 'toy', target: 'eventbridge' };
  const counted = (bench: Bench) => bench.metric('_aws').map(({ _aws: _, service: __, ...line }) => line);
  const logLines = (bench: Bench) =>
    bench
      .metric('level')
      .map(({ level, message: text, correlationId, effect: of, attempts, reason, error, ...rest }) => ({
        ...{ level, text, correlationId, effect: of, attempts, reason },
        error: (error as { readonly name: string }).name,
        ...('retryAfterSeconds' in rest ? { retryAfterSeconds: rest.retryAfterSeconds } : {}),
        ...('waitSeconds' in rest ? { waitSeconds: rest.waitSeconds } : {}),
      }));

  it('a delivery counts EffectsDelivered, EffectsTried and FulfilmentLag since the effect was created', async () => {
    const bench = await granted();
    bench.time.now += 2_500;
    await deliver(bench);
    expect(counted(bench)).toEqual([
      {
        ...operatorNote,
        correlationId: 'c-delivery',
        EffectsDelivered: 1,
        FulfilmentLag: bench.time.now - Date.parse(effect(bench).createdAt),
        ...{ EffectsTried: 1, EffectsLate: 0 },
      },
    ]);
  });

  describe('the count of late events', () => {
    const from = (bench: Bench, acceptedAt?: string) =>
      bench.deliver(
        JSON.stringify({
          ...JSON.parse(message('1#fulfil')),
          ...(acceptedAt === undefined ? {} : { acceptedAt }),
        }),
        bench.invocation,
      );
    const late = (bench: Bench) =>
      counted(bench).map(({ EffectsTried, EffectsLate }) => [EffectsTried, EffectsLate]);

    it.each([
      [30_000, 0],
      [30_001, 1],
    ])(
      'EffectsLate is 1 when an event is tried more than 30,000 ms after acceptedAt: %d ms',
      async (ms, isLate) => {
        const bench = await granted();
        bench.time.now += 1_000;
        await from(bench, iso(bench.time.now - ms));
        expect(late(bench)).toEqual([[1, isLate]]);
      },
    );

    it('EffectsLate counts from the creation of the effect when the message has no acceptedAt', async () => {
      const bench = await granted();
      bench.time.now = Date.parse(effect(bench).createdAt) + 30_001;
      await from(bench);
      expect(late(bench)).toEqual([[1, 1]]);
    });

    it('EffectsTried and EffectsLate count each event once, at its first attempt', async () => {
      const bench = await granted();
      bench.target.fails = refusing(new TargetError('unavailable'));
      await from(bench);
      bench.time.now += 30_000;
      await from(bench);
      bench.target.fails = undefined;
      bench.time.now += 60_000;
      await from(bench);
      expect(effect(bench).state).toBe('delivered');
      expect(late(bench)).toEqual([
        [1, 1],
        [undefined, undefined],
        [undefined, undefined],
      ]);
    });
  });

  it('FulfilmentLag is 0 and not negative when the clocks of two workers differ', async () => {
    const bench = await granted();
    await set(bench, '1#fulfil', { createdAt: iso(START + 60_000) });
    await deliver(bench);
    expect(counted(bench)).toMatchObject([{ FulfilmentLag: 0 }]);
  });

  it('a superseded revoke counts EffectsSuperseded for the revoke and for its fulfil', async () => {
    const bench = await granted();
    await bench.apply(bench.envelope({ key: 'k2', fact: 'reversed' }));
    bench.lines.length = 0;
    expect(await deliver(bench, '1#revoke')).toEqual({ type: 'done', how: 'superseded' });
    const line = { ...operatorNote, correlationId: 'c-delivery', EffectsSuperseded: 1 };
    expect(counted(bench)).toEqual([line, line]);
  });

  it('effects that could not be superseded are not counted, and the message is put off for one second', async () => {
    const bench = await granted();
    await bench.apply(bench.envelope({ key: 'k2', fact: 'reversed' }));
    bench.lines.length = 0;
    meanwhile(bench, () => set(bench, '1#fulfil', { attempts: 1 }));
    expect(await deliver(bench, '1#revoke')).toEqual({ type: 'later', seconds: 1 });
    expect([effect(bench, '1#revoke').state, bench.lines]).toEqual(['pending', []]);
  });

  it.each<[string, Error, string, string, string]>([
    ['an answer that refuses', new TargetError('rejected'), 'rejected', 'rejected', 'TargetError'],
    ['no answer', new TargetError('unavailable'), 'unavailable', 'unavailable', 'TargetError'],
    ['an error in our code', new TypeError('bug'), 'unavailable', 'unavailable', 'TypeError'],
    [
      'another worker that delivers the effect',
      new StillRunningError('in progress'),
      'in_progress',
      'unavailable',
      'StillRunningError',
    ],
  ])(
    'a failed attempt counts DeliveryRetries and logs its reason: %s',
    async (_, error, reason, logged, name) => {
      const bench = await granted();
      bench.target.fails = refusing(error);
      expect(await deliver(bench)).toEqual({ type: 'later', seconds: 30 });
      expect(counted(bench)).toEqual([
        {
          ...operatorNote,
          correlationId: 'c-delivery',
          reason,
          DeliveryRetries: 1,
          EffectsTried: 1,
          EffectsLate: 1,
        },
      ]);
      expect(effect(bench)).toMatchObject({ state: 'queued', lastFailure: reason });
      expect(logLines(bench)).toEqual([
        {
          ...{ level: 'WARN', text: 'delivery failed, will be tried again', correlationId: 'c-delivery' },
          ...{ effect: `${P1}#1#fulfil`, attempts: 1, reason: logged, error: name, waitSeconds: 30 },
        },
      ]);
    },
  );

  it('a requested pause is logged as retryAfterSeconds only when it exceeds 21,600 seconds', async () => {
    for (const [requested, isLogged] of [
      [21_600, false],
      [21_601, true],
    ] as const) {
      const bench = await granted();
      bench.target.fails = refusing(new TargetError('unavailable', { retryAfterSeconds: requested }));
      await deliver(bench);
      expect(logLines(bench)).toMatchObject([{ waitSeconds: 21_600 }]);
      expect('retryAfterSeconds' in (logLines(bench)[0] ?? {})).toBe(isLogged);
    }
  });

  it('an effect that is given up counts EffectsFailed and is logged as an error with its reason', async () => {
    const bench = await granted();
    bench.target.fails = refusing(new TargetError('gone'));
    expect(await deliver(bench)).toEqual({ type: 'done', how: 'failed' });
    expect(counted(bench)).toEqual([
      {
        ...{ ...operatorNote, correlationId: 'c-delivery', reason: 'gone', EffectsFailed: 1 },
        ...{ EffectsTried: 1, EffectsLate: 1 },
      },
    ]);
    expect(effect(bench)).toMatchObject({ state: 'failed', lastFailure: 'gone' });
    expect(effect(bench)).not.toHaveProperty('notBefore');
    expect(logLines(bench)).toEqual([
      {
        ...{ level: 'ERROR', text: 'gave up on an effect', correlationId: 'c-delivery' },
        ...{ effect: `${P1}#1#fulfil`, attempts: 1, reason: 'gone', error: 'TargetError' },
      },
    ]);
  });

  it('an effect is given up at attempt MAX_DELIVERY_ATTEMPTS, not at the attempt before', async () => {
    const bench = await granted();
    bench.target.fails = refusing(new TargetError('unavailable'));
    await set(bench, '1#fulfil', { attempts: MAX_DELIVERY_ATTEMPTS - 2 });
    expect(await deliver(bench)).toEqual({ type: 'later', seconds: 3_600 });
    bench.time.now += 3_600_000;
    expect(await deliver(bench)).toEqual({ type: 'done', how: 'failed' });
  });

  it('an effect is not logged as given up when another worker changed its row meanwhile', async () => {
    const bench = await granted();
    bench.target.fails = async () => {
      await set(bench, '1#fulfil', { state: 'superseded' });
      throw new TargetError('gone');
    };
    expect(await deliver(bench)).toEqual({ type: 'later', seconds: 1 });
    expect([effect(bench).state, bench.lines]).toEqual(['superseded', []]);
  });
});
