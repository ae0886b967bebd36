/** The fulfilment worker on memory ports: fence, lease, backoff, and crashes of the worker. */
import { describe, expect, it } from 'vitest';
import { MAX_RECEIVE_COUNT } from '../../../infra/queue-limits.ts';
import { backoffSeconds, MAX_DELIVERY_ATTEMPTS } from '../../../shared/app/fulfilment/backoff.ts';
import { TargetError } from '../../../shared/app/fulfilment/targets/target.ts';
import type { Store } from '../../../shared/app/ports.ts';
import { sweep } from '../../../shared/app/schedules/sweep.ts';
import { effectItem, effectOf } from '../../../shared/app/table/rows.ts';
import type { Effect, Payment } from '../../../shared/payment/types.ts';
import { paymentRow } from '../../support/payment-row.ts';
import { type Bench, workerBench } from '../../support/worker-bench.ts';

const effects = (bench: Bench) =>
  Object.fromEntries(bench.memory.data<Effect>('effect#').map((effect) => [effect.name, effect.state]));
const message = (effect: string, payment = 'paymentwall:toy:p1') =>
  JSON.stringify({ version: 1, kind: 'effect', correlationId: 'c', payment, effect });
const refuse = (error: unknown) => () => {
  throw error;
};

describe('a delivery', () => {
  it('a delivery sends an event once and marks its effect as delivered', async () => {
    const bench = workerBench();
    await bench.apply(bench.envelope());
    await bench.deliverAll();
    expect(bench.target.types).toContain('fulfil');
    expect(new Set(Object.values(effects(bench)))).toEqual(new Set(['delivered']));
    await bench.deliver(message('1#fulfil'), bench.invocation);
    expect(bench.target.types.filter((type) => type === 'fulfil')).toHaveLength(1);
  });

  it('fulfil and payment.paid are delivered once each when two workers get the message before either takes a lease', async () => {
    const bench = workerBench();
    const send = bench.fulfilment.send.bind(bench.fulfilment);
    let received = 0;
    bench.fulfilment.send = async (body, options) => {
      await send(body, options);
      // Both read the rows before either takes a lease.
      await Promise.all([bench.deliver(body, bench.invocation), bench.deliver(body, bench.invocation)]);
      received += 2;
    };
    await bench.apply(bench.envelope());
    expect(received).toBe(2);
    await bench.deliverAll();
    expect(effects(bench)).toEqual({ '1#fulfil': 'delivered', 'n1#payment.paid': 'delivered' });
    expect(bench.target.types.sort()).toEqual(['fulfil', 'payment.paid']);
  });

  it('a message about an effect that does not exist is refused as unknown_effect', async () => {
    const bench = workerBench();
    await bench.apply(bench.envelope());
    await expect(bench.deliver(message('9#fulfil'), bench.invocation)).rejects.toMatchObject({
      reason: 'unknown_effect',
    });
  });
});

describe('the header webhook-id', () => {
  const delivered = async (change: (effect: Effect) => Effect) => {
    const bench = workerBench();
    await bench.apply(bench.envelope());
    for (const row of bench.memory.all().filter(({ sk }) => sk.startsWith('effect#'))) {
      bench.memory.rows.set(`${row.pk}\u0000${row.sk}`, { ...row, data: change(effectOf(row).effect) });
    }
    await bench.deliverAll();
    return bench.target.received.map(({ id }, at) => [id, bench.target.webhookIds[at]] as const);
  };

  it('webhook-id of an effect is its id with every full stop percent-encoded', async () => {
    const pairs = await delivered((effect) => effect);
    expect(pairs).toContainEqual([
      'paymentwall:toy:p1#n1#payment.paid',
      'paymentwall:toy:p1#n1#payment%2Epaid',
    ]);
    for (const [id, webhookId] of pairs) expect(webhookId).toBe(id.replaceAll('.', '%2E'));
  });

  it('webhook-id of an effect that an older version made is its id unchanged', async () => {
    const pairs = await delivered(({ webhookId: _, ...effect }) => effect);
    expect(pairs.some(([id]) => id.includes('.'))).toBe(true);
    for (const [id, webhookId] of pairs) expect(webhookId).toBe(id);
  });
});

describe('the fence', () => {
  it('a reversal before the delivery supersedes fulfil and revoke, whichever message is received first', async () => {
    for (const order of ['sent', 'reversed'] as const) {
      const bench = workerBench();
      await bench.apply(bench.envelope());
      await bench.apply(bench.envelope({ key: 'k2', fact: 'reversed' }));
      if (order === 'reversed') bench.fulfilment.sent.reverse();
      await bench.deliverAll();
      expect(effects(bench)).toMatchObject({ '1#fulfil': 'superseded', '1#revoke': 'superseded' });
      expect(bench.target.types).not.toContain('fulfil');
      expect(bench.target.types).not.toContain('revoke');
    }
  });

  it('a reversal after the delivery of fulfil sends revoke after fulfil', async () => {
    const bench = workerBench();
    await bench.apply(bench.envelope());
    await bench.deliverAll();
    await bench.apply(bench.envelope({ key: 'k2', fact: 'reversed' }));
    await bench.deliverAll();
    expect(effects(bench)).toMatchObject({ '1#fulfil': 'delivered', '1#revoke': 'delivered' });
    expect(bench.target.types.indexOf('revoke')).toBeGreaterThan(bench.target.types.indexOf('fulfil'));
  });

  it('a revoke is put off for 30 seconds while its fulfil is being delivered', async () => {
    const bench = workerBench();
    await bench.apply(bench.envelope());
    let revoke: unknown;
    bench.target.fails = async ({ type }) => {
      if (type !== 'fulfil') return;
      await bench.apply(bench.envelope({ key: 'k2', fact: 'reversed' }));
      revoke = await bench.deliver(message('1#revoke'), bench.invocation);
    };
    await bench.deliverAll();
    expect(revoke).toEqual({ type: 'later', seconds: 30 });
    await bench.deliver(message('1#revoke'), bench.invocation);
    expect(bench.target.types.filter((type) => type === 'fulfil' || type === 'revoke')).toEqual([
      'fulfil',
      'revoke',
    ]);
  });

  it('a revoke is sent after a fulfil with an unknown result, and its transaction supersedes the fulfil', async () => {
    const bench = workerBench();
    await bench.apply(bench.envelope());
    bench.target.fails = ({ type }) => {
      if (type === 'fulfil') throw new TargetError('unavailable');
    };
    await bench.deliverAll();
    bench.target.fails = undefined;
    await bench.apply(bench.envelope({ key: 'k2', fact: 'reversed' }));
    const before = bench.memory.writes.length;
    await bench.deliver(message('1#revoke'), bench.invocation);
    const written = bench.memory.writes.slice(before).map((writes) =>
      Object.fromEntries(
        writes.flatMap((write) => {
          if (!('put' in write)) return [];
          const { name, state } = effectOf(write.put).effect;
          return [[name, state]];
        }),
      ),
    );
    expect(written).toEqual([
      { '1#revoke': 'delivering', '1#fulfil': 'superseded' },
      { '1#revoke': 'delivered' },
    ]);
    expect(effects(bench)).toMatchObject({ '1#fulfil': 'superseded', '1#revoke': 'delivered' });
    await bench.deliver(message('1#fulfil'), bench.invocation);
    expect(bench.target.types).not.toContain('fulfil');
  });

  it('a revoke is not superseded when another worker leased its fulfil in between', async () => {
    const bench = workerBench();
    await bench.apply(bench.envelope());
    await bench.apply(bench.envelope({ key: 'k2', fact: 'reversed' }));
    const rows = bench.memory.data<Effect>('effect#');
    const fulfil = rows.find(({ name }) => name === '1#fulfil');
    bench.memory.beforeWrite = async () => {
      bench.memory.beforeWrite = undefined;
      // Another worker, which read the payment before the reversal, takes the lease.
      const row = await bench.memory.get({ pk: 'payment#paymentwall:toy:p1', sk: 'effect#1#fulfil' });
      const data = { ...fulfil, state: 'delivering', attempts: 1, leaseUntil: '2099-01-01T00:00:00Z' };
      if (row)
        await bench.memory.write([
          { put: { ...row, version: (row.version ?? 0) + 1, data }, when: 'always' },
        ]);
    };
    expect(await bench.deliver(message('1#revoke'), bench.invocation)).toMatchObject({ type: 'later' });
    expect(effects(bench)['1#revoke']).toBe('pending');
    expect(await bench.deliver(message('1#revoke'), bench.invocation)).toEqual({
      type: 'later',
      seconds: 30,
    });
  });
});

/** A payment that was granted again: its second fulfil waits for its first revoke. */
async function grantedAgain(): Promise<Bench> {
  const bench = workerBench();
  await bench.apply(bench.envelope());
  await bench.deliverAll();
  await bench.apply(bench.envelope({ key: 'k2', fact: 'reversed' }));
  bench.fulfilment.sent.length = 0;
  const [payment] = bench.memory.data<Payment>('payment');
  const fulfil = bench.memory.data<Effect>('effect#').find(({ name }) => name === '1#fulfil');
  if (payment === undefined || fulfil === undefined) throw new Error('nothing was granted');
  const again: Payment = { ...payment, grant: { ...payment.grant, state: 'granted', epoch: 2 } };
  const at = new Date(bench.time.now).toISOString();
  const effect = {
    ...{ ...fulfil, name: '2#fulfil', epoch: 2, id: `${payment.key}#2#fulfil`, state: 'pending' as const },
    ...{ attempts: 0, updatedAt: at },
  };
  await bench.memory.write([
    { put: paymentRow(again), when: 'always' },
    { put: effectItem({ effect, version: 1 }, at), when: 'absent' },
  ]);
  return bench;
}

/** Delivers both messages as SQS does, until all are done or `untilMs`. @returns the receives of the fulfil */
async function receivesOfTheFulfil(bench: Bench, untilMs: number, revokeOnceMore: boolean): Promise<number> {
  const due = new Map([
    ['1#revoke', bench.time.now],
    ['2#fulfil', bench.time.now],
  ]);
  for (let receives = 0; ; ) {
    const [next] = [...due].sort(([, a], [, b]) => a - b);
    if (next === undefined || next[1] > untilMs) return receives;
    const [name, at] = next;
    bench.time.now = Math.max(bench.time.now, at);
    if (name === '2#fulfil') receives += 1;
    const delivery = await bench.deliver(message(name), bench.invocation);
    const isOver = delivery.type === 'done' || (name === '1#revoke' && !revokeOnceMore);
    if (isOver) due.delete(name);
    else due.set(name, bench.time.now + delivery.seconds * 1_000);
  }
}

describe('a fulfil behind a failing revoke', () => {
  it('a fulfil behind a failing revoke gets all its attempts within the receives of its message', async () => {
    const bench = await grantedAgain();
    bench.target.fails = refuse(new TargetError('unavailable'));
    const receives = await receivesOfTheFulfil(bench, Number.POSITIVE_INFINITY, true);
    expect(effects(bench)).toMatchObject({ '1#revoke': 'failed', '2#fulfil': 'failed' });
    // Its own attempts and about as many receives during the wait. The rest is left for crashes and duplicates.
    expect(receives).toBeLessThan(MAX_DELIVERY_ATTEMPTS * 2.3);
    expect(receives).toBeLessThan(MAX_RECEIVE_COUNT.fulfilment * 0.7);
  });

  it('a fulfil behind a revoke that fails for ten minutes is delivered within twenty minutes', async () => {
    const bench = await grantedAgain();
    const from = bench.time.now;
    bench.target.fails = ({ type }) => {
      if (type === 'revoke' && bench.time.now < from + 600_000) throw new TargetError('unavailable');
    };
    await receivesOfTheFulfil(bench, Number.POSITIVE_INFINITY, true);
    expect(effects(bench)).toMatchObject({ '1#revoke': 'delivered', '2#fulfil': 'delivered' });
    const delivered = bench.memory.data<Effect>('effect#').map(({ updatedAt }) => Date.parse(updatedAt));
    expect(Math.max(...delivered) - from).toBeLessThan(20 * 60_000);
  });

  it('a fulfil behind a revoke with Retry-After of six hours is received less than 12 times in 48 hours', async () => {
    const bench = await grantedAgain();
    const refused = new TargetError('unavailable', { retryAfterSeconds: 6 * 3_600 });
    bench.target.fails = refuse(refused);
    const receives = await receivesOfTheFulfil(bench, bench.time.now + 48 * 3_600_000, true);
    expect(receives).toBeLessThan(12);
  });

  it('a fulfil behind a revoke with a lost message has 11 to 24 receives in 12 hours, until a sweep sends the revoke', async () => {
    const bench = await grantedAgain();
    bench.target.fails = refuse(new TargetError('unavailable'));
    const receives = await receivesOfTheFulfil(bench, bench.time.now + 12 * 3_600_000, false);
    expect(receives).toBeGreaterThan(10);
    expect(receives).toBeLessThan(25);
    expect(effects(bench)).toMatchObject({ '1#revoke': 'queued', '2#fulfil': 'pending' });
    bench.target.fails = undefined;
    await sweep(bench.deps, () => 60_000);
    const swept = bench.fulfilment.drain().map(({ effect }) => effect);
    expect(swept).toContain('1#revoke');
    await bench.deliver(message('1#revoke'), bench.invocation);
    await bench.deliver(message('2#fulfil'), bench.invocation);
    expect(effects(bench)).toMatchObject({ '1#revoke': 'delivered', '2#fulfil': 'delivered' });
  });
});

describe('a lease of an effect', () => {
  it('a lease keeps a second worker away for 35 seconds, then the effect is delivered', async () => {
    const bench = workerBench();
    await bench.apply(bench.envelope());
    // The worker dies during the delivery: no result is stored.
    const dead = bench.deliver(message('1#fulfil'), {
      ...bench.invocation,
      once: () => new Promise<void>(() => undefined),
    });
    await Promise.race([dead, new Promise((resolve) => setImmediate(resolve))]);
    const later = await bench.deliver(message('1#fulfil'), bench.invocation);
    expect(later).toEqual({ type: 'later', seconds: 35 });
    bench.time.now += 35_001;
    await bench.deliver(message('1#fulfil'), bench.invocation);
    expect(effects(bench)['1#fulfil']).toBe('delivered');
  });
});

describe('a failing target', () => {
  it('a failing target is tried with growing pauses for at least 48 hours, then the effect is failed', async () => {
    const bench = workerBench();
    await bench.apply(bench.envelope());
    bench.target.fails = refuse(new TargetError('unavailable'));
    let waited = 0;
    for (let attempt = 1; attempt < MAX_DELIVERY_ATTEMPTS; attempt++) {
      const delivery = await bench.deliver(message('1#fulfil'), bench.invocation);
      expect(delivery).toEqual({ type: 'later', seconds: backoffSeconds(attempt) });
      if (delivery.type !== 'later') return;
      waited += delivery.seconds;
      bench.time.now += delivery.seconds * 1_000;
    }
    expect(waited).toBeGreaterThanOrEqual(48 * 3_600);
    expect(await bench.deliver(message('1#fulfil'), bench.invocation)).toEqual({
      type: 'done',
      how: 'failed',
    });
    expect(bench.metric('EffectsFailed')).toHaveLength(1);
  });

  it('a failed delivery stores its reason as lastFailure', async () => {
    const bench = workerBench();
    await bench.apply(bench.envelope());
    bench.target.fails = refuse(new TargetError('rejected'));
    await bench.deliver(message('1#fulfil'), bench.invocation);
    const [fulfil] = bench.memory.data<Effect>('effect#1#fulfil');
    expect(fulfil).toMatchObject({ state: 'queued', attempts: 1, lastFailure: 'rejected' });
  });

  it('retryAfterSeconds of a target lengthens the pause, up to 21,600 seconds', async () => {
    const bench = workerBench();
    await bench.apply(bench.envelope());
    for (const [requested, given] of [
      [5, 30],
      [600, 600],
      [999_999, 21_600],
      [99_999_999, 21_600],
      [Number.MAX_SAFE_INTEGER, 21_600],
    ] as const) {
      bench.target.fails = refuse(new TargetError('unavailable', { retryAfterSeconds: requested }));
      const fresh = workerBench();
      await fresh.apply(fresh.envelope());
      fresh.target.fails = bench.target.fails;
      expect(await fresh.deliver(message('1#fulfil'), fresh.invocation)).toEqual({
        type: 'later',
        seconds: given,
      });
    }
  });

  it('a requested pause beyond 21,600 seconds is logged with retryAfterSeconds and waitSeconds', async () => {
    const bench = workerBench();
    await bench.apply(bench.envelope());
    bench.target.fails = refuse(new TargetError('unavailable', { retryAfterSeconds: 99_999_999 }));
    await bench.deliver(message('1#fulfil'), bench.invocation);
    const logLine = bench.lines.find((line) => line.includes('will be tried again'));
    expect(JSON.parse(logLine ?? '{}')).toMatchObject({ retryAfterSeconds: 99_999_999, waitSeconds: 21_600 });
  });

  it('an effect is failed at its first attempt when the target answers 410', async () => {
    const bench = workerBench();
    await bench.apply(bench.envelope());
    bench.target.fails = refuse(new TargetError('gone'));
    expect(await bench.deliver(message('1#fulfil'), bench.invocation)).toEqual({
      type: 'done',
      how: 'failed',
    });
  });

  it('every retry of a delivery sends the identical event', async () => {
    const bench = workerBench();
    await bench.apply(bench.envelope());
    const seen: string[] = [];
    bench.target.fails = (event) => {
      seen.push(JSON.stringify(event));
      throw new TargetError('rejected');
    };
    for (let n = 0; n < 3; n++) {
      await bench.deliver(message('1#fulfil'), bench.invocation);
      bench.time.now += 3_600_000;
    }
    expect(new Set(seen).size).toBe(1);
    expect(seen).toHaveLength(3);
  });
});

const HOUR = 3_600_000;

interface Course {
  /** The times at which the target was called. */
  readonly attempts: readonly number[];
  /** The receives of the message with the most receives. */
  readonly receives: number;
  readonly failedAt: number;
}

/**
 * A fulfil that the target always refuses, and its messages: a postponed message is received again after its pause.
 * @param arrivals milliseconds from the start, one for each message
 */
async function failingWith(arrivals: readonly number[], failure = new TargetError('unavailable')) {
  const bench = workerBench();
  await bench.apply(bench.envelope());
  const from = bench.time.now;
  const attempts: number[] = [];
  bench.target.fails = async () => {
    attempts.push(bench.time.now);
    // The attempt takes 5 seconds, so that other messages arrive during the attempt.
    bench.time.now += 5_000;
    throw failure;
  };
  const waiting = arrivals.map((after) => ({ at: from + after, receives: 0 }));
  const course = async (): Promise<Course> => {
    let [receives, failedAt] = [0, 0];
    for (;;) {
      const next = waiting.sort((a, b) => a.at - b.at).shift();
      if (next === undefined) return { attempts, receives, failedAt };
      bench.time.now = Math.max(bench.time.now, next.at);
      next.receives += 1;
      receives = Math.max(receives, next.receives);
      const delivery = await bench.deliver(message('1#fulfil'), bench.invocation);
      if (delivery.type === 'later') waiting.push({ ...next, at: bench.time.now + delivery.seconds * 1_000 });
      else if (delivery.how === 'failed') failedAt = bench.time.now;
    }
  };
  return { bench, attempts, course };
}

describe('several messages for one effect', () => {
  const minutes = (count: number, every: number) =>
    Array.from({ length: count }, (_, n) => n * every * 60_000);

  it.each<[string, readonly number[]]>([
    ['one message', [0]],
    ['two messages at once', [0, 0]],
    ['six messages at once', [0, 0, 0, 0, 0, 0]],
    ['a second message from the sweeper', [0, 300_000]],
    ['a message every hour for ten hours', minutes(10, 60)],
    ['a message every seven minutes for a day', minutes(205, 7)],
  ])('an effect has no more and no earlier attempts than with one message: %s', async (_, arrivals) => {
    const { course } = await failingWith(arrivals);
    const { attempts, receives, failedAt } = await course();
    expect(attempts).toHaveLength(MAX_DELIVERY_ATTEMPTS);
    for (const [index, at] of attempts.slice(1).entries()) {
      expect(at - (attempts[index] ?? 0)).toBeGreaterThanOrEqual(backoffSeconds(index + 1) * 1_000);
    }
    expect(failedAt - (attempts[0] ?? 0)).toBeGreaterThanOrEqual(48 * HOUR);
    expect(failedAt - (attempts[0] ?? 0)).toBeLessThan(51 * HOUR);
    // About one receive for each attempt. Half of the receives is left.
    expect(receives).toBeLessThan(MAX_DELIVERY_ATTEMPTS * 1.5);
    expect(receives).toBeLessThan(MAX_RECEIVE_COUNT.fulfilment / 2);
  });

  it('several messages for one effect do not shorten the pause of two hours that the target asked for', async () => {
    const requested = new TargetError('unavailable', { retryAfterSeconds: 2 * 3_600 });
    const { course } = await failingWith([0, 0, 60_000, 300_000, HOUR], requested);
    const { attempts } = await course();
    const pauses = attempts.slice(1).map((at, index) => at - (attempts[index] ?? 0));
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(2 * HOUR);
  });

  it('a second message for an effect is put off for 60 seconds and takes over from a lost message', async () => {
    const { bench, attempts } = await failingWith([]);
    expect(await bench.deliver(message('1#fulfil'), bench.invocation)).toEqual({
      type: 'later',
      seconds: 30,
    });
    const second = await bench.deliver(message('1#fulfil'), bench.invocation);
    expect(second).toEqual({ type: 'later', seconds: 60 });
    bench.time.now += 60_000;
    await bench.deliver(message('1#fulfil'), bench.invocation);
    expect(attempts).toHaveLength(2);
  });

  it('an effect whose workers all die with their leases has 11 to 19 attempts in twelve hours', async () => {
    const { bench, attempts } = await failingWith([]);
    const from = bench.time.now;
    const stuck = { ...bench.invocation, once: () => new Promise<void>(() => undefined) };
    // The message is received every minute, and every worker dies during its delivery.
    for (; bench.time.now < from + 12 * HOUR; bench.time.now += 60_000) {
      const dead = bench.deliver(message('1#fulfil'), stuck);
      await Promise.race([dead, new Promise((resolve) => setImmediate(resolve))]);
    }
    const [row] = bench.memory.data<Effect>('effect#1#fulfil');
    expect(attempts).toEqual([]);
    expect(row?.attempts).toBeGreaterThan(10);
    expect(row?.attempts).toBeLessThan(20);
  });

  it('an effect is superseded during its pause, because the fence is checked first', async () => {
    const { bench } = await failingWith([], new TargetError('unavailable', { retryAfterSeconds: 21_600 }));
    await bench.deliver(message('1#fulfil'), bench.invocation);
    await bench.apply(bench.envelope({ key: 'k2', fact: 'reversed' }));
    bench.target.fails = undefined;
    expect(await bench.deliver(message('1#fulfil'), bench.invocation)).toEqual({
      type: 'done',
      how: 'superseded',
    });
  });

  it('an effect row of the version before, without notBefore, is due at once', async () => {
    const { bench, attempts } = await failingWith([]);
    await bench.deliver(message('1#fulfil'), bench.invocation);
    const [row] = bench.memory.all().filter(({ sk }) => sk === 'effect#1#fulfil');
    if (row === undefined) throw new Error('no row');
    const { notBefore, ...before } = row.data as Effect;
    expect(Date.parse(notBefore ?? '')).toBe(bench.time.now + 30_000);
    await bench.memory.write([{ put: { ...row, data: before }, when: 'always' }]);
    await bench.deliver(message('1#fulfil'), bench.invocation);
    expect(attempts).toHaveLength(2);
  });

  it('notBefore is removed from the effect row once the effect is delivered', async () => {
    const { bench } = await failingWith([]);
    await bench.deliver(message('1#fulfil'), bench.invocation);
    bench.time.now += 30_000;
    bench.target.fails = undefined;
    await bench.deliver(message('1#fulfil'), bench.invocation);
    const [row] = bench.memory.data<Effect>('effect#1#fulfil');
    expect(row).toMatchObject({ state: 'delivered', attempts: 2 });
    expect(row).not.toHaveProperty('notBefore');
  });
});

describe('the sweeper', () => {
  it('the sweeper publishes pending effects again after five minutes, not sooner and not twice', async () => {
    const bench = workerBench();
    bench.fulfilment.fails = refuse(new Error('queue down'));
    await expect(bench.apply(bench.envelope())).rejects.toThrow();
    bench.fulfilment.fails = undefined;
    expect(await sweep(bench.deps, () => 60_000)).toMatchObject({ republished: 0 });
    bench.time.now += 301_000;
    const pending = bench.memory.data<Effect>('effect#').length;
    expect(await sweep(bench.deps, () => 60_000)).toMatchObject({ republished: pending });
    expect(await sweep(bench.deps, () => 60_000)).toMatchObject({ republished: 0 });
    await bench.deliverAll();
    expect(bench.target.types).toContain('fulfil');
    bench.time.now += 10 * 86_400_000;
    expect(await sweep(bench.deps, () => 60_000)).toMatchObject({ republished: 0, effects: 0 });
  });

  it('the sweeper skips effects of a newer version and publishes all other due effects', async () => {
    const bench = workerBench();
    bench.fulfilment.fails = refuse(new Error('queue down'));
    await expect(bench.apply(bench.envelope())).rejects.toThrow();
    bench.fulfilment.fails = undefined;
    const effects = bench.memory.all().filter(({ sk }) => sk.startsWith('effect#'));
    const [newer] = effects;
    if (newer === undefined) throw new Error('no effect');
    await bench.memory.write([{ put: { ...newer, schema: 99 }, when: 'always' }]);
    bench.time.now += 301_000;
    const republished = effects.length - 1;
    expect(republished).toBeGreaterThan(0);
    expect(await sweep(bench.deps, () => 60_000)).toMatchObject({ republished, effects: republished });
  });

  it('the sweeper does not publish an effect during the six hours of pause that the target asked for', async () => {
    const bench = workerBench();
    await bench.apply(bench.envelope());
    bench.target.fails = refuse(new TargetError('unavailable', { retryAfterSeconds: 6 * 3_600 }));
    await bench.deliverAll();
    bench.time.now += 6 * 3_600_000;
    expect(await sweep(bench.deps, () => 60_000)).toMatchObject({ republished: 0 });
    bench.time.now += 3_601_000;
    expect((await sweep(bench.deps, () => 60_000)).republished).toBeGreaterThan(0);
  });

  it('the sweeper publishes no effect with 1,000 ms left', async () => {
    const bench = workerBench();
    bench.fulfilment.fails = refuse(new Error('queue down'));
    await expect(bench.apply(bench.envelope())).rejects.toThrow();
    bench.fulfilment.fails = undefined;
    bench.time.now += 301_000;
    expect(await sweep(bench.deps, () => 1_000)).toMatchObject({ republished: 0 });
  });

  it('the sweeper counts held payments and the age of the oldest held payment', async () => {
    const bench = workerBench({ policy: { unknownOrder: 'hold' } });
    await bench.apply(bench.envelope());
    bench.time.now += 3_600_000;
    expect(await sweep(bench.deps, () => 60_000)).toMatchObject({ payments: 1 });
    expect(bench.metric('OldestHeldAge').at(-1)).toMatchObject({
      PaymentsHeldNow: 1,
      OldestHeldAge: 3_600,
      PaymentsWaiting: 0,
      PaymentsStuck: 0,
    });
  });

  it('the sweeper counts held payments although effects take all other time of the sweep', async () => {
    const bench = workerBench({ policy: { unknownOrder: 'hold' } });
    await bench.apply(bench.envelope());
    bench.time.now += 90_000_000;
    // The sweep has time for one payment. Its remaining time is for effects.
    let timeReads = 0;
    await sweep(bench.deps, () => (timeReads++ <= 1 ? 60_000 : 1_000));
    expect(bench.metric('OldestHeldAge').at(-1)).toMatchObject({ PaymentsHeldNow: 1, OldestHeldAge: 90_000 });
  });

  it('the sweeper publishes undelivered effects although the count of payments takes half of the sweep', async () => {
    const bench = workerBench({ policy: { unknownOrder: 'hold' } });
    await bench.apply(bench.envelope());
    bench.time.now += 90_000_000;
    const unpublished = bench.memory.data<Effect>('effect#').length;
    let timeReads = 0;
    const left = () => (timeReads++ === 0 ? 55_000 : 27_000);
    expect(await sweep(bench.deps, left)).toMatchObject({
      republished: unpublished,
      effects: unpublished,
      payments: 0,
    });
  });

  it('the sweeper publishes undelivered effects and then fails when payments cannot be counted', async () => {
    const bench = workerBench({ policy: { unknownOrder: 'hold' } });
    await bench.apply(bench.envelope());
    const { memory } = bench;
    const store: Store = {
      get: (key) => memory.get(key),
      query: (pk, options) => memory.query(pk, options),
      write: (writes) => memory.write(writes),
      open: async (shard, ...rest) => {
        if (shard.startsWith('held#')) throw new Error('throttled');
        return memory.open(shard, ...rest);
      },
    };
    bench.time.now += 301_000;
    const unpublished = memory.data<Effect>('effect#').length;
    const sent = bench.fulfilment.sent.length;
    await expect(sweep({ ...bench.deps, store }, () => 60_000)).rejects.toThrow('throttled');
    expect(bench.fulfilment.sent.length - sent).toBe(unpublished);
    expect(bench.metric('OldestEffectAge').at(-1)).toMatchObject({ EffectsOpen: unpublished });
    expect(bench.metric('PaymentsHeldNow')).toEqual([]);
  });

  it('the sweeper counts effects that are not final although no effect is due, and 0 once all are delivered', async () => {
    const bench = workerBench();
    await bench.apply(bench.envelope());
    const unpublished = bench.memory.data<Effect>('effect#').length;
    bench.time.now += 90_000;
    await sweep(bench.deps, () => 60_000);
    expect(bench.metric('OldestEffectAge').at(-1)).toMatchObject({
      EffectsOpen: unpublished,
      OldestEffectAge: 90,
    });
    await bench.deliverAll();
    await sweep(bench.deps, () => 60_000);
    expect(bench.metric('OldestEffectAge').at(-1)).toMatchObject({ EffectsOpen: 0, OldestEffectAge: 0 });
  });
});
