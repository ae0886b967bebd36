/** The exact rows, metrics and log lines of the worker for one message. Accepted and settled messages must balance. */
import { describe, expect, it } from 'vitest';
import { notificationContext } from '../../../shared/app/platform/message.ts';
import { seal } from '../../../shared/app/platform/seal.ts';
import { StoreBusyError } from '../../../shared/app/ports.ts';
import { hashText, paymentKeyOf, quarantineKey, questionKey } from '../../../shared/app/table/keys.ts';
import { type EventRow, questionItem } from '../../../shared/app/table/rows.ts';
import { createApply } from '../../../shared/app/transition/receive.ts';
import { materialHash } from '../../../shared/payment/index.ts';
import type { Effect, Payment } from '../../../shared/payment/types.ts';
import { type ToyNotification, toyMessage, toyProvider } from '../../support/toy-provider.ts';
import { type Bench, envelopeKeys, START, workerBench } from '../../support/worker-bench.ts';

const P1 = 'paymentwall:toy:p1';
const ACCOUNT = { provider: 'paymentwall', account: 'toy' };
const RECEIVED_AT = new Date(START - 5_000).toISOString();
const AT = { correlationId: 'c1', receivedAt: RECEIVED_AT };

/** The lines with metrics, with `at` where the timestamp is not the present time. */
const counted = (bench: Bench) =>
  bench.metric('_aws').map(({ _aws, service: _, ...line }) => {
    const { Timestamp: at } = _aws as { readonly Timestamp: number };
    return at === bench.time.now ? line : { ...line, at };
  });
const logLines = (bench: Bench) =>
  bench
    .metric('level')
    .map(({ timestamp: _, service: __, function: ___, ...line }) => line)
    .map((line) => ('error' in line ? { ...line, error: (line.error as { name: string }).name } : line));
const send = (bench: Bench, fields: Partial<ToyNotification> = {}, over: object = {}) =>
  bench.apply(bench.envelope(fields, { ...AT, ...over }));
const crash = () => {
  throw new Error('killed');
};
const reevaluate = (over: object = {}) =>
  JSON.stringify({
    ...{ version: 1, kind: 'reevaluate', correlationId: 'c9', payment: P1, cause: 'order r1' },
    ...over,
  });
const hashOfToy = ({ account }: Bench) =>
  materialHash(toyProvider.normalize(toyProvider.parse(toyMessage(), account), account, undefined));
/** The data of the rows whose sort key begins with the prefix. */
const data = <T>(bench: Bench, prefix: string) => bench.memory.data<T>(prefix);

/** The member that names the payment of a request in the lines. */
const PAYMENT = { payment: 'paymentwall:toy:p1' };

describe('an applied notification', () => {
  it('the event row of an applied notification names the payment, the effects and the correlation id', async () => {
    const bench = workerBench();
    await send(bench);
    expect(data<EventRow>(bench, 'event')).toEqual([
      {
        ...{ outcome: 'applied', payment: P1, effects: ['n1#payment.paid', '1#fulfil'] },
        ...{ receivedAt: RECEIVED_AT, correlationId: 'c1' },
        materialHash: hashOfToy(bench),
      },
    ]);
  });

  it('the evidence row keeps sealed text, digest, keyFingerprint, variant, keys, correlation id and answer', async () => {
    const bench = workerBench();
    const decided = { status: 'OK', reason: 'merchant' } as const;
    const question = {
      asks: 'debit',
      materialHash: hashOfToy(bench),
      firstAskedAt: RECEIVED_AT,
      uncertain: false,
      decided,
    } as const;
    const put = questionItem(questionKey(bench.account, 'k1'), question, 1);
    await bench.memory.write([{ put, when: 'absent' }]);
    const body = bench.envelope({}, { ...AT, keyFingerprint: 'f1f2', decided });
    const { sealed, digest } = JSON.parse(body) as { readonly sealed: string; readonly digest: string };
    await bench.apply(body);
    expect(data(bench, 'evidence#')).toMatchObject([
      {
        ...{
          sealed,
          digest,
          keyId: 'current',
          keyFingerprint: 'f1f2',
          variant: 'toy',
          normalizedKey: 'k1',
          toldKey: 'k1',
        },
        ...{ ...AT, decided },
      },
    ]);
  });

  it('the evidence row has no keyFingerprint and no decided when the message has none', async () => {
    const bench = workerBench();
    await send(bench);
    const [row] = data<object>(bench, 'evidence#');
    for (const name of ['keyFingerprint', 'decided']) expect(row).not.toHaveProperty(name);
  });

  it('an applied notification counts Applied, Settled and each of its effects under its correlation id', async () => {
    const bench = workerBench();
    await send(bench);
    const correlationId = 'c1';
    expect(counted(bench)).toEqual([
      { type: 'payment.paid', correlationId, Effects: 1 },
      { type: 'fulfil', correlationId, Effects: 1 },
      { ...ACCOUNT, correlationId, at: Date.parse(RECEIVED_AT), ...PAYMENT, Applied: 1, Settled: 1 },
    ]);
    expect(logLines(bench)).toEqual([]);
  });

  it('a notification whose payment is held counts PaymentsHeld with the reason and logs "payment held"', async () => {
    const bench = workerBench({ policy: { unknownOrder: 'hold' } });
    await send(bench, { reference: 'r1' });
    expect(counted(bench)).toContainEqual({
      ...{ ...ACCOUNT, reason: 'unknown_order', correlationId: 'c1', PaymentsHeld: 1 },
    });
    expect(logLines(bench)).toEqual([
      {
        ...{ level: 'WARN', message: 'payment held', correlationId: 'c1', ...ACCOUNT, payment: P1 },
        ...{ status: 'paid', holds: ['unknown_order'] },
      },
    ]);
  });

  it('every effect and the fulfilment message have the correlation id of the notification', async () => {
    const bench = workerBench();
    await send(bench);
    expect(data<Effect>(bench, 'effect#').map(({ event }) => event.correlationId)).toEqual(['c1', 'c1']);
    expect(bench.fulfilment.sent.map(({ group }) => group)).toEqual(['paymentwall.toy']);
    expect(bench.fulfilment.drain()).toEqual([
      {
        ...{ version: 1, kind: 'effect', correlationId: 'c1', payment: P1 },
        ...{ effect: 'n1#payment.paid', also: '1#fulfil', acceptedAt: RECEIVED_AT },
      },
    ]);
  });

  it('a notification without a subject leaves an event row with remark no_subject, without payment and effects', async () => {
    const bench = workerBench();
    await send(bench, { payment: '' });
    const [row] = data<EventRow>(bench, 'event');
    expect(row).toMatchObject({ outcome: 'recorded', effects: [], remark: 'no_subject', ...AT });
    expect(row).not.toHaveProperty('payment');
    expect(counted(bench)).toEqual([
      {
        ...{ ...ACCOUNT, reason: 'no_subject', correlationId: 'c1', at: Date.parse(RECEIVED_AT) },
        ...{ Applied: 1, Settled: 1 },
      },
    ]);
  });
});

describe('a counted duplicate', () => {
  const line = { ...ACCOUNT, at: Date.parse(RECEIVED_AT), Settled: 1 };

  it('a duplicate counts Duplicates under its own correlation id, and the line names payment and notification', async () => {
    const bench = workerBench();
    await send(bench);
    bench.lines.length = 0;
    await send(bench, {}, { correlationId: 'c2' });
    expect(counted(bench)).toEqual([
      { ...line, ...PAYMENT, notification: 'k1', correlationId: 'c2', Duplicates: 1 },
    ]);
  });

  it('the same message processed again counts Applied and Redelivered, not Duplicates', async () => {
    const bench = workerBench();
    await send(bench);
    bench.lines.length = 0;
    await send(bench);
    expect(counted(bench)).toEqual([
      { ...line, ...PAYMENT, correlationId: 'c1', Applied: 1, Redelivered: 1 },
    ]);
  });

  it('a notification without a subject counts as a duplicate when a copy is stored between its read and its write', async () => {
    const bench = workerBench();
    const other = bench.envelope({ payment: '' }, { ...AT, correlationId: 'c2' });
    bench.memory.beforeWrite = async (writes) => {
      if (!writes.some((write) => 'put' in write && write.put.sk === 'event')) return;
      bench.memory.beforeWrite = undefined;
      await bench.apply(other);
    };
    await send(bench, { payment: '' });
    const reason = 'no_subject';
    expect(counted(bench)).toEqual([
      { ...line, reason, correlationId: 'c2', Applied: 1 },
      { ...line, reason, correlationId: 'c1', notification: 'k1', Duplicates: 1 },
    ]);
  });

  it('a duplicate that was received first but processed second sets the earlier firstSeenAt and counts PaymentsHeld', async () => {
    const bench = workerBench({ policy: { unknownOrder: 'hold' } });
    await send(bench, { note: 'second' });
    bench.lines.length = 0;
    const receivedAt = new Date(START - 60_000).toISOString();
    await send(bench, { note: 'first' }, { correlationId: 'c2', receivedAt });
    expect(data<Payment>(bench, 'payment')[0]?.firstSeenAt).toBe(receivedAt);
    expect(counted(bench)).toContainEqual({
      ...{ ...ACCOUNT, reason: 'unknown_order', correlationId: 'c2', PaymentsHeld: 1 },
    });
  });

  it('a duplicate with the same receivedAt does not change the payment', async () => {
    const bench = workerBench();
    await send(bench);
    const [before] = data<Payment>(bench, 'payment');
    await send(bench, { note: 'other' }, { correlationId: 'c2' });
    expect(data<Payment>(bench, 'payment')).toEqual([before]);
  });

  it('a duplicate fails when the event row that refused its write is gone', async () => {
    const bench = workerBench();
    const other = bench.envelope({ payment: '' }, AT);
    const { get } = bench.memory;
    bench.memory.beforeWrite = async (writes) => {
      if (!writes.some((write) => 'put' in write && write.put.sk === 'event')) return;
      bench.memory.beforeWrite = undefined;
      await bench.apply(other);
      bench.memory.get = async (key) => (key.sk === 'event' ? undefined : get.call(bench.memory, key));
    };
    await expect(send(bench, { payment: '' })).rejects.toThrow('an event row that refused a write is gone');
  });
});

describe('a counted conflicting duplicate', () => {
  const conflict = (over: object) => ({
    ...{ ...ACCOUNT, at: Date.parse(RECEIVED_AT), ConflictingDuplicates: 1, Settled: 1 },
    ...over,
  });

  it('a conflicting duplicate counts ConflictingDuplicates and logs the digest; the same message adds Redelivered', async () => {
    const bench = workerBench();
    await send(bench, { fact: 'processing' });
    bench.lines.length = 0;
    const body = bench.envelope({ fact: 'paid' }, { ...AT, correlationId: 'c2' });
    await bench.apply(body);
    await bench.apply(body);
    const { digest } = JSON.parse(body) as { readonly digest: string };
    const lines = counted(bench).filter((line) => 'ConflictingDuplicates' in line);
    expect(lines).toEqual([
      conflict({ ...PAYMENT, correlationId: 'c2' }),
      conflict({ ...PAYMENT, correlationId: 'c2', Redelivered: 1 }),
    ]);
    expect(logLines(bench).filter(({ level }) => level === 'ERROR')).toEqual(
      Array(2).fill({ level: 'ERROR', message: 'same notification id, other content', ...ACCOUNT, digest }),
    );
    expect(data(bench, 'conflict#')).toMatchObject([{ receivedAt: RECEIVED_AT, correlationId: 'c2' }]);
    expect(counted(bench)).toContainEqual({ type: 'payment.held', correlationId: 'c2', Effects: 1 });
  });

  it('a conflicting duplicate without a payment is kept as a conflict row and counted', async () => {
    const bench = workerBench();
    await send(bench, { payment: '', fact: 'a' });
    await send(bench, { payment: '', fact: 'b' }, { correlationId: 'c2' });
    await send(bench, { payment: '', fact: 'b' }, { correlationId: 'c3' });
    expect(data(bench, 'conflict#')).toMatchObject([{ correlationId: 'c2' }]);
    expect(data(bench, 'evidence#')).toHaveLength(2);
    expect(data(bench, 'payment')).toEqual([]);
    const lines = counted(bench).filter((line) => 'ConflictingDuplicates' in line);
    expect(lines).toEqual(['c2', 'c3'].map((correlationId) => conflict({ correlationId })));
  });

  it('a notification under the key of an imported event is no conflict: an import stores only the key', async () => {
    const bench = workerBench();
    await send(bench);
    const row = bench.memory.all().find(({ sk }) => sk === 'event');
    if (row === undefined) throw new Error('no event');
    const put = { ...row, data: { ...(row.data as EventRow), outcome: 'imported' } };
    await bench.memory.write([{ put, when: 'always' }]);
    await send(bench, { fact: 'reversed' }, { correlationId: 'c2', receivedAt: '2026-02-01T00:00:00.000Z' });
    expect(data(bench, 'conflict#')).toEqual([]);
    expect(data<Payment>(bench, 'payment')[0]).toMatchObject({ status: 'paid', version: 1 });
    expect(bench.metric('Duplicates')).toHaveLength(1);
  });
});

describe('a message that cannot be processed', () => {
  it('a message whose text differs from its digest is refused as digest_differs, and no row is written', async () => {
    const bench = workerBench();
    const digest = hashText('another text');
    const sealed = seal(toyMessage(), notificationContext('paymentwall', 'toy', digest), envelopeKeys);
    await expect(send(bench, {}, { digest, sealed })).rejects.toMatchObject({ reason: 'digest_differs' });
    expect(bench.memory.all()).toEqual([]);
  });

  it('a message fails when the envelope keys cannot be read, and the keys are read only once', async () => {
    const bench = workerBench();
    const freshFlags: boolean[] = [];
    const keys = async (fresh: boolean) => {
      freshFlags.push(fresh);
      throw new Error('secrets down');
    };
    const apply = createApply({ ...bench.deps, envelopeKeys: keys });
    await expect(apply(bench.envelope())).rejects.toThrow('secrets down');
    expect(freshFlags).toEqual([false]);
  });

  it('a verified notification that cannot be parsed is logged with digest and error name and goes into quarantine', async () => {
    const bench = workerBench();
    const body = bench.envelope({ fact: 'broken' }, AT);
    const { digest } = JSON.parse(body) as { readonly digest: string };
    await bench.apply(body);
    expect(logLines(bench)).toEqual([
      {
        ...{ level: 'ERROR', message: 'verified notification cannot be read', ...ACCOUNT },
        ...{ correlationId: 'c1', digest, error: 'Error' },
      },
    ]);
    expect((await bench.memory.get(quarantineKey(bench.account, digest)))?.data).toMatchObject({
      reason: 'unreadable',
    });
  });
});

describe('a payment that is derived anew', () => {
  it('a reevaluate message counts Reevaluated and sends pending effects under their original correlation id', async () => {
    const bench = workerBench();
    bench.fulfilment.fails = crash;
    await expect(send(bench)).rejects.toThrow('killed');
    bench.fulfilment.fails = undefined;
    bench.lines.length = 0;
    await bench.apply(reevaluate());
    expect(counted(bench)).toEqual([{ ...ACCOUNT, correlationId: 'c9', Reevaluated: 1 }]);
    expect(bench.fulfilment.drain()).toMatchObject([{ correlationId: 'c1', also: '1#fulfil' }]);
  });

  it('a reevaluate message of a payment that is still held counts PaymentsHeld again', async () => {
    const bench = workerBench({ policy: { unknownOrder: 'hold' } });
    await send(bench, { reference: 'r1' });
    bench.lines.length = 0;
    await bench.apply(reevaluate());
    expect(bench.metric('PaymentsHeld')).toMatchObject([{ ...ACCOUNT, correlationId: 'c9' }]);
  });

  it('a reevaluate message of a payment without a row logs a warning, counts nothing and writes nothing', async () => {
    const bench = workerBench();
    await bench.apply(reevaluate());
    expect(logLines(bench)).toEqual([
      {
        ...{ level: 'WARN', message: 'nothing to derive anew', correlationId: 'c9', ...ACCOUNT },
        payment: P1,
      },
    ]);
    expect([counted(bench), bench.memory.all()]).toEqual([[], []]);
  });

  it('a reevaluate message is refused as unknown_account, or with a malformed key as unreadable_message', async () => {
    const bench = workerBench();
    await expect(bench.apply(reevaluate({ payment: 'paymentwall:gone:p1' }))).rejects.toMatchObject({
      reason: 'unknown_account',
    });
    await expect(bench.apply(reevaluate({ payment: 'p1' }))).rejects.toMatchObject({
      reason: 'unreadable_message',
    });
  });

  it('a reevaluate message fails with TooMuchContentionError when the store refuses every write', async () => {
    const bench = workerBench();
    await send(bench);
    bench.memory.beforeWrite = () => {
      throw new StoreBusyError('throttled');
    };
    await expect(bench.apply(reevaluate())).rejects.toMatchObject({ name: 'TooMuchContentionError' });
    expect((await bench.memory.get(paymentKeyOf(P1)))?.version).toBe(1);
  });
});
