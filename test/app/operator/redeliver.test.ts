/** Redelivery of a final effect: the same event with the same id. The fence and the idempotency records still count. */
import type { Context } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import { failedEffects } from '../../../cli/undelivered.ts';
import { backoffSeconds, MAX_DELIVERY_ATTEMPTS } from '../../../shared/app/fulfilment/backoff.ts';
import type { Invocation } from '../../../shared/app/fulfilment/deliver.ts';
import { onceWith } from '../../../shared/app/fulfilment/idempotency.ts';
import { TargetError } from '../../../shared/app/fulfilment/targets/target.ts';
import { redeliver } from '../../../shared/app/operator/redeliver.ts';
import { sweep } from '../../../shared/app/schedules/sweep.ts';
import { effectKey, paymentKeyOf } from '../../../shared/app/table/keys.ts';
import { effectItem, effectOf, type LedgerRow, paymentOf } from '../../../shared/app/table/rows.ts';
import type { Effect } from '../../../shared/payment/types.ts';
import { MemoryPersistence } from '../../support/memory-persistence.ts';
import { paymentRow } from '../../support/payment-row.ts';
import { type Bench, workerBench } from '../../support/worker-bench.ts';

const FULFIL = 'paymentwall:toy:p1#1#fulfil';
const MESSAGE = JSON.stringify({
  ...{ version: 1, kind: 'effect', correlationId: 'c' },
  ...{ payment: 'paymentwall:toy:p1', effect: '1#fulfil' },
});
const operatorNote = { by: 'ada', note: 'the shop lost it' };
const context = { getRemainingTimeInMillis: () => 30_000 } as Context;

/** A bench with the idempotency records of Powertools, as deployed. */
function benchWithRecords() {
  const bench = workerBench();
  const once = onceWith(new MemoryPersistence())(context);
  const invocation: Invocation = { once, remainingMs: () => 30_000 };
  const work = async () => {
    for (const { body } of bench.fulfilment.sent.splice(0)) await bench.deliver(body, invocation);
  };
  return { bench, work };
}
const effect = (bench: Bench, name = '1#fulfil') =>
  bench.memory.data<Effect>('effect#').find((each) => each.name === name);
const fulfils = (bench: Bench) => bench.target.received.filter(({ type }) => type === 'fulfil');

describe('a delivered effect', () => {
  it('a delivered effect is redelivered as the identical event with the identical id, although Powertools knows it', async () => {
    const { bench, work } = benchWithRecords();
    await bench.apply(bench.envelope());
    await work();
    for (const time of [1, 2]) {
      expect(await redeliver(FULFIL, operatorNote, bench.deps)).toMatchObject({ underWay: false });
      await work();
      expect(effect(bench)).toMatchObject({ state: 'delivered', redeliveries: time });
    }
    expect(fulfils(bench)).toHaveLength(3);
    expect(new Set(fulfils(bench).map((event) => JSON.stringify(event))).size).toBe(1);
    expect(bench.memory.data<LedgerRow>('ledger#')).toMatchObject([
      { what: 'redeliver', ...operatorNote, detail: { effect: '1#fulfil', was: 'delivered' } },
      { what: 'redeliver', ...operatorNote, detail: { effect: '1#fulfil', was: 'delivered' } },
    ]);
  });

  it('a redelivered effect is delivered once more, however many messages name it', async () => {
    const { bench, work } = benchWithRecords();
    await bench.apply(bench.envelope());
    await work();
    await redeliver(FULFIL, operatorNote, bench.deps);
    const [message] = bench.fulfilment.sent;
    for (let n = 0; n < 4; n++) await bench.fulfilment.send(message?.body ?? '');
    await work();
    expect(fulfils(bench)).toHaveLength(2);
  });

  it('redeliver of an effect under way sends another message but causes no further delivery', async () => {
    const { bench, work } = benchWithRecords();
    await bench.apply(bench.envelope());
    await work();
    await redeliver(FULFIL, operatorNote, bench.deps);
    expect(await redeliver(FULFIL, operatorNote, bench.deps)).toMatchObject({ underWay: true });
    expect(bench.fulfilment.sent.length).toBe(2);
    await work();
    expect(fulfils(bench)).toHaveLength(2);
    expect(bench.memory.data('ledger#')).toHaveLength(1);
  });

  it('a redelivered effect whose message was never sent is republished by the sweeper', async () => {
    const { bench, work } = benchWithRecords();
    await bench.apply(bench.envelope());
    await work();
    bench.fulfilment.fails = () => {
      throw new Error('queue down');
    };
    await expect(redeliver(FULFIL, operatorNote, bench.deps)).rejects.toThrow('queue down');
    bench.fulfilment.fails = undefined;
    bench.time.now += 301_000;
    expect(await sweep(bench.deps, () => 60_000)).toMatchObject({ republished: 1 });
    await work();
    expect(fulfils(bench)).toHaveLength(2);
  });
});

describe('an effect in its backoff', () => {
  /** A bench whose fulfil failed this many attempts, each when it was due. */
  async function failedTimes(attempts: number, retryAfterSeconds?: number) {
    const { bench, work } = benchWithRecords();
    await bench.apply(bench.envelope());
    const options = retryAfterSeconds === undefined ? {} : { retryAfterSeconds };
    bench.target.fails = () => {
      throw new TargetError('unavailable', options);
    };
    await work();
    for (let n = 1; n < attempts; n++) {
      bench.time.now += 6 * 3_600_000;
      await bench.fulfilment.send(MESSAGE);
      await work();
    }
    expect(effect(bench)).toMatchObject({ state: 'queued', attempts });
    return { bench, work };
  }

  it('redeliver makes an effect in its backoff due at once, also when the target asked for a longer wait', async () => {
    const { bench, work } = await failedTimes(8, 21_600);
    bench.target.fails = undefined;
    expect(await redeliver(FULFIL, operatorNote, bench.deps)).toMatchObject({
      underWay: true,
      effect: { state: 'queued', attempts: 1 },
    });
    await work();
    expect(effect(bench)?.state).toBe('delivered');
    expect(fulfils(bench)).toHaveLength(1);
    expect(bench.memory.data<LedgerRow>('ledger#')).toMatchObject([
      {
        what: 'redeliver',
        ...operatorNote,
        effects: ['1#fulfil'],
        detail: { effect: '1#fulfil', was: 'queued' },
      },
    ]);
  });

  it('redeliver starts the backoff of an effect anew, for more than 48 hours, however often it is repeated', async () => {
    const { bench, work } = await failedTimes(MAX_DELIVERY_ATTEMPTS - 1);
    for (let n = 0; n < 5; n++) {
      await redeliver(FULFIL, operatorNote, bench.deps);
      await work();
      // The backoff starts anew: the pause is a minute, not an hour.
      expect(effect(bench)).toMatchObject({ state: 'queued', attempts: 2 });
      expect(Date.parse(effect(bench)?.notBefore ?? '')).toBe(bench.time.now + 60_000);
    }
    expect(bench.memory.data('ledger#')).toHaveLength(5);
    let rest = 0;
    for (let n = 2; n < MAX_DELIVERY_ATTEMPTS; n++) rest += backoffSeconds(n);
    expect(rest).toBeGreaterThan(48 * 3_600);
  });

  it('redeliver of an effect that a worker is delivering only sends another message', async () => {
    const { bench } = await failedTimes(3);
    bench.time.now += 3_600_000;
    bench.target.fails = async () => {
      const before = effect(bench);
      expect(before?.state).toBe('delivering');
      await redeliver(FULFIL, operatorNote, bench.deps);
      expect(effect(bench)).toEqual(before);
    };
    await bench.deliver(MESSAGE, bench.invocation);
    expect(effect(bench)?.state).toBe('delivered');
    expect(bench.fulfilment.sent).toHaveLength(1);
    expect(bench.memory.data('ledger#')).toEqual([]);
  });
});

describe('a failed effect', () => {
  it('redeliver of a failed effect starts its backoff anew and delivers the effect', async () => {
    const { bench, work } = benchWithRecords();
    await bench.apply(bench.envelope());
    bench.target.fails = () => {
      throw new TargetError('gone');
    };
    await work();
    expect(effect(bench)?.state).toBe('failed');
    bench.target.fails = () => {
      throw new TargetError('unavailable');
    };
    await redeliver(FULFIL, operatorNote, bench.deps);
    await work();
    expect(effect(bench)).toMatchObject({ state: 'queued', attempts: 2 });
    bench.target.fails = undefined;
    await redeliver(FULFIL, operatorNote, bench.deps);
    await work();
    expect(effect(bench)).toMatchObject({ state: 'delivered', redeliveries: 1 });
    expect(fulfils(bench)).toHaveLength(1);
  });
});

describe('the fence at a redelivery', () => {
  it('redeliver refuses a fulfil whose grant is over, and sends its revoke again', async () => {
    const { bench, work } = benchWithRecords();
    await bench.apply(bench.envelope());
    await work();
    await bench.apply(bench.envelope({ key: 'k2', fact: 'reversed' }));
    await work();
    await expect(redeliver(FULFIL, operatorNote, bench.deps)).rejects.toThrow('the grant of epoch 1 is over');
    expect(effect(bench)?.state).toBe('delivered');
    // The revoke may be redelivered.
    await redeliver('paymentwall:toy:p1#1#revoke', operatorNote, bench.deps);
    await work();
    expect(bench.target.types.filter((type) => type === 'revoke')).toHaveLength(2);
  });

  it('a reversal between redeliver and delivery stops the fulfil and sends the revoke', async () => {
    const { bench, work } = benchWithRecords();
    await bench.apply(bench.envelope());
    await work();
    await redeliver(FULFIL, operatorNote, bench.deps);
    await bench.apply(bench.envelope({ key: 'k2', fact: 'reversed' }));
    await work();
    expect(fulfils(bench)).toHaveLength(1);
    expect(bench.target.types.filter((type) => type === 'revoke')).toHaveLength(1);
  });

  it('redeliver refuses an effect that was superseded', async () => {
    const { bench, work } = benchWithRecords();
    await bench.apply(bench.envelope());
    await bench.apply(bench.envelope({ key: 'k2', fact: 'reversed' }));
    await work();
    await expect(redeliver(FULFIL, operatorNote, bench.deps)).rejects.toThrow('was superseded');
  });
});

describe('a failed revoke whose goods were granted again', () => {
  const REVOKE = 'paymentwall:toy:p1#1#revoke';
  const messageOf = (name: string) => MESSAGE.replace('1#fulfil', name);

  /** A bench whose fulfil of epoch 1 is delivered, whose revoke failed, and whose fulfil of epoch 2 is pending. */
  async function grantedAgain() {
    const { bench, work } = benchWithRecords();
    await bench.apply(bench.envelope());
    await work();
    await bench.apply(bench.envelope({ key: 'k2', fact: 'reversed' }));
    bench.target.fails = () => {
      throw new TargetError('gone');
    };
    await work();
    bench.target.fails = undefined;
    const first = effect(bench);
    const row = await bench.memory.get(paymentKeyOf('paymentwall:toy:p1'));
    if (first === undefined || row === undefined) throw new Error('nothing was granted');
    const payment = { ...paymentOf(row), grant: { epoch: 2, state: 'granted' as const } };
    const second: Effect = {
      ...{ ...first, id: 'paymentwall:toy:p1#2#fulfil', name: '2#fulfil', epoch: 2 },
      ...{ state: 'pending', attempts: 0 },
    };
    await bench.memory.write([
      { put: paymentRow(payment), when: 'always' },
      {
        put: effectItem({ effect: second, version: 1 }, new Date(bench.time.now).toISOString()),
        when: 'absent',
      },
    ]);
    bench.target.received.splice(0);
    return { bench, work };
  }

  it('redeliver refuses the revoke of epoch 1 once the fulfil of epoch 2 was delivered', async () => {
    const { bench } = await grantedAgain();
    expect(await bench.deliver(messageOf('2#fulfil'), bench.invocation)).toMatchObject({ how: 'delivered' });
    await expect(redeliver(REVOKE, operatorNote, bench.deps)).rejects.toThrow(
      'the goods were given again since',
    );
    expect(bench.target.types).toEqual(['fulfil']);
  });

  it('a fulfil of epoch 2 waits when the revoke of epoch 1 is redelivered during its delivery', async () => {
    const { bench, work } = await grantedAgain();
    bench.memory.beforeWrite = async (writes) => {
      if (!writes.some((write) => 'put' in write && write.put.sk === 'effect#2#fulfil')) return;
      bench.memory.beforeWrite = undefined;
      await redeliver(REVOKE, operatorNote, bench.deps);
    };
    expect(await bench.deliver(messageOf('2#fulfil'), bench.invocation)).toMatchObject({ type: 'later' });
    expect(bench.target.types).toEqual([]);
    await work();
    expect(await bench.deliver(messageOf('2#fulfil'), bench.invocation)).toMatchObject({ how: 'delivered' });
    expect(bench.target.types).toEqual(['revoke', 'fulfil']);
  });

  it('a redelivered revoke is superseded when the fulfil of epoch 2 is delivered at the same moment', async () => {
    const { bench } = await grantedAgain();
    await redeliver(REVOKE, operatorNote, bench.deps);
    const [revoke] = bench.fulfilment.sent.splice(0);
    const second = await bench.memory.get(effectKey('paymentwall:toy:p1', '2#fulfil'));
    bench.memory.beforeWrite = async (writes) => {
      if (
        second === undefined ||
        !writes.some((write) => 'put' in write && write.put.sk === 'effect#1#revoke')
      )
        return;
      bench.memory.beforeWrite = undefined;
      const { effect: row } = effectOf(second);
      const taken = { ...row, state: 'delivered' as const, attempts: 1 };
      await bench.memory.write([
        { put: effectItem({ effect: taken, version: 2 }, ''), when: { versionIs: 1 } },
      ]);
    };
    expect(await bench.deliver(revoke?.body ?? '', bench.invocation)).toMatchObject({ type: 'later' });
    expect(await bench.deliver(revoke?.body ?? '', bench.invocation)).toMatchObject({ how: 'superseded' });
    expect(bench.target.types).toEqual([]);
  });
});

describe('a payment.paid that a payment.reversed contradicts', () => {
  const PAID = 'paymentwall:toy:p1#n1#payment.paid';

  /** A bench with a paid and then reversed payment, of which no effect was delivered. */
  async function undelivered() {
    const { bench, work } = benchWithRecords();
    await bench.apply(bench.envelope());
    await bench.apply(bench.envelope({ key: 'k2', fact: 'reversed' }));
    bench.fulfilment.sent.length = 0;
    const rows = await bench.memory.query(paymentKeyOf('paymentwall:toy:p1').pk, {
      prefix: 'effect#',
      limit: 100,
    });
    const names = rows.map((row) => effectOf(row).effect.name);
    return { bench, work, rows, names };
  }

  it('a payment.paid is superseded by its own message when the payment was reversed before', async () => {
    const { bench, names } = await undelivered();
    expect(names).toContain('n1#payment.paid');
    const message = MESSAGE.replace('1#fulfil', 'n1#payment.paid');
    expect(await bench.deliver(message, bench.invocation)).toMatchObject({ how: 'superseded' });
    expect(effect(bench, 'n1#payment.paid')).toMatchObject({ state: 'superseded' });
    expect(bench.target.types).toEqual([]);
  });

  it('redeliver refuses a failed payment.paid after payment.reversed, and sends payment.reversed', async () => {
    const { bench, work, rows, names } = await undelivered();
    for (const row of rows) {
      const { effect: one, version } = effectOf(row);
      const failed = { effect: { ...one, state: 'failed' as const, attempts: 56 }, version: version + 1 };
      await bench.memory.write([{ put: effectItem(failed, one.updatedAt), when: { versionIs: version } }]);
    }
    const reversed = names.find((name) => name.endsWith('#payment.reversed')) ?? '';
    await expect(redeliver(PAID, operatorNote, bench.deps)).rejects.toThrow(`${reversed} says otherwise`);
    const left = (await failedEffects(bench.memory)).map(({ name }) => name);
    expect(left).toContain(reversed);
    expect(left).not.toContain('n1#payment.paid');
    await redeliver(`paymentwall:toy:p1#${reversed}`, operatorNote, bench.deps);
    await work();
    expect(bench.target.types).toEqual(['payment.reversed']);
  });
});

describe('redeliver of an unknown effect or without an operator', () => {
  it.each([
    ['paymentwall:toy:p1#9#fulfil', 'there is no effect'],
    ['nonsense', 'is no effect'],
    ['#1#fulfil', 'is no effect'],
  ])('redeliver refuses the id %s: %s', async (id, sentence) => {
    const { bench } = benchWithRecords();
    await bench.apply(bench.envelope());
    await expect(redeliver(id, operatorNote, bench.deps)).rejects.toThrow(sentence);
  });

  it('redeliver refuses an empty by', async () => {
    const { bench, work } = benchWithRecords();
    await bench.apply(bench.envelope());
    await work();
    await expect(redeliver(FULFIL, { by: '', note: 'x' }, bench.deps)).rejects.toThrow(/^by: /);
  });
});
