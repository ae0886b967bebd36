/** Messages in quarantine: their rows, their metrics, and contended writes. */
import { describe, expect, it } from 'vitest';
import { StoreBusyError } from '../../../shared/app/ports.ts';
import { quarantineCountKey, quarantineKey } from '../../../shared/app/table/keys.ts';
import { type QuarantineRow, quarantineCountItem } from '../../../shared/app/table/rows.ts';
import { MAX_QUARANTINED_PER_MONTH, quarantine } from '../../../shared/app/transition/quarantine.ts';
import { type Bench, START, workerBench } from '../../support/worker-bench.ts';

const quarantineOne = (bench: Bench, over: object = {}, note = '') =>
  bench.apply(bench.envelope({ note }, { quarantine: 'ambiguous', ...over }));
const count = (bench: Bench) =>
  bench.memory.get(quarantineCountKey(bench.account, '2026-03')).then((row) => row?.data);
const rows = (bench: Bench) =>
  bench.memory.all().filter(({ pk, sk }) => pk.startsWith('quarantine#') && !sk.startsWith('count#'));

describe('the quarantine row of a message', () => {
  it('a quarantine row keeps reason, keyId, keyFingerprint, variant, sealed text, digest and correlation id', async () => {
    const bench = workerBench();
    const message = bench.envelope({}, { quarantine: 'ambiguous', keyFingerprint: 'f1f2' });
    await bench.apply(message);
    const { sealed, digest, receivedAt, correlationId } = JSON.parse(message) as QuarantineRow;
    const row = await bench.memory.get(quarantineKey(bench.account, digest));
    expect(row?.data).toEqual({
      ...{ reason: 'ambiguous', keyId: 'current', variant: 'toy', keyFingerprint: 'f1f2' },
      ...{ sealed, digest, receivedAt, correlationId },
    });
  });

  it('a quarantine row has no keyFingerprint when the message has none', async () => {
    const bench = workerBench();
    await quarantineOne(bench);
    expect(Object.keys(rows(bench)[0]?.data ?? {})).not.toContain('keyFingerprint');
  });
});

describe('a quarantine that several workers write to', () => {
  it('the quarantine keeps both messages when another message is counted between read and write', async () => {
    const bench = workerBench();
    bench.memory.beforeWrite = async () => {
      bench.memory.beforeWrite = undefined;
      await quarantineOne(bench, {}, 'other');
    };
    await quarantineOne(bench, {}, 'one');
    expect(rows(bench)).toHaveLength(2);
    expect(await count(bench)).toEqual({ count: 2 });
    expect(bench.metric('Quarantined')).toHaveLength(2);
  });

  it('the quarantine keeps one row when two workers write one message, and counts one Quarantined, one Duplicates', async () => {
    const bench = workerBench();
    bench.memory.beforeWrite = async () => {
      bench.memory.beforeWrite = undefined;
      await quarantineOne(bench, { signatureDigest: 'a'.repeat(64) });
    };
    await quarantineOne(bench, { signatureDigest: 'a'.repeat(64) });
    expect(rows(bench)).toHaveLength(1);
    expect(await count(bench)).toEqual({ count: 1 });
    expect([bench.metric('Quarantined').length, bench.metric('Duplicates').length]).toEqual([1, 1]);
  });

  /** A write into quarantine whose first attempts are refused as by a transaction conflict, and the pauses between. */
  const contended = (bench: Bench, times: number) => {
    const pauses: number[] = [];
    bench.memory.busyFor(times);
    const envelope = JSON.parse(bench.envelope());
    const deps = { ...bench.deps, pause: async (attempt: number) => void pauses.push(attempt) };
    return { pauses, done: quarantine(envelope, 'ambiguous', deps) };
  };

  it('a contended quarantine write is tried twelve times, with a pause after each refusal', async () => {
    const bench = workerBench();
    const { pauses, done } = contended(bench, 11);
    await done;
    expect(pauses).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    expect(rows(bench)).toHaveLength(1);
  });

  it('a quarantine write fails with StoreBusyError after twelve contended attempts and counts nothing', async () => {
    const bench = workerBench();
    const { pauses, done } = contended(bench, 12);
    await expect(done).rejects.toThrow(new StoreBusyError('quarantine counter is contended'));
    expect(pauses).toHaveLength(12);
    expect([rows(bench), bench.metric('Settled')]).toEqual([[], []]);
  });

  it('a quarantine write is tried once when the table fails other than by contention', async () => {
    const bench = workerBench();
    let writes = 0;
    bench.memory.beforeWrite = () => {
      writes += 1;
      throw new Error('table gone');
    };
    await expect(quarantineOne(bench)).rejects.toThrow('table gone');
    expect(writes).toBe(1);
  });
});

describe('the counts of the quarantine', () => {
  const at = new Date(START - 5_000).toISOString();
  const operatorNote = { provider: 'paymentwall', account: 'toy' };
  /** The lines with metrics, without the members that are equal in all lines. */
  const counted = (bench: Bench) =>
    bench.metric('_aws').map(({ _aws, service: _, ...line }) => ({
      ...line,
      at: (_aws as { readonly Timestamp: number }).Timestamp,
    }));

  it('a message in quarantine counts Quarantined and Settled with account, reason and receivedAt', async () => {
    const bench = workerBench();
    await quarantineOne(bench, { correlationId: 'c9', receivedAt: at });
    expect(counted(bench)).toEqual([
      {
        ...{ ...operatorNote, reason: 'ambiguous', correlationId: 'c9', at: Date.parse(at) },
        ...{ Quarantined: 1, Settled: 1 },
      },
    ]);
  });

  it('a copy of a message in quarantine counts Duplicates, the same message again Quarantined and Redelivered', async () => {
    const bench = workerBench();
    const first = { signatureDigest: 'a'.repeat(64), correlationId: 'c1', receivedAt: at };
    await quarantineOne(bench, first);
    bench.lines.length = 0;
    await quarantineOne(bench, { ...first, correlationId: 'c2' });
    await quarantineOne(bench, first);
    const line = { ...operatorNote, reason: 'ambiguous', at: Date.parse(at), Settled: 1 };
    expect(counted(bench)).toEqual([
      { ...line, correlationId: 'c2', Duplicates: 1 },
      { ...line, correlationId: 'c1', Quarantined: 1, Redelivered: 1 },
    ]);
  });

  it('a message beyond the bound of the quarantine counts QuarantineOverflow and not Settled', async () => {
    const bench = workerBench();
    const key = quarantineCountKey(bench.account, '2026-03');
    const put = quarantineCountItem(key, MAX_QUARANTINED_PER_MONTH, '2026-03-01T00:00:00Z', 400);
    await bench.memory.write([{ put, when: 'always' }]);
    await expect(quarantineOne(bench, { correlationId: 'c7' })).rejects.toMatchObject({
      reason: 'quarantine_full',
    });
    expect(counted(bench)).toEqual([
      { ...operatorNote, correlationId: 'c7', at: START, QuarantineOverflow: 1 },
    ]);
  });
});
