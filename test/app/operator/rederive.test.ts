/** Rederive: a dry run writes nothing, a run is in the ledger, and no delivered event is sent again. */
import { describe, expect, it } from 'vitest';
import { listedPayments } from '../../../shared/app/operator/payment-pages.ts';
import { type RederiveDeps, rederive } from '../../../shared/app/operator/rederive.ts';
import { parseEnvelopeKeys } from '../../../shared/app/platform/seal.ts';
import type { Store } from '../../../shared/app/ports.ts';
import type { LedgerRow } from '../../../shared/app/table/rows.ts';
import type { Facts } from '../../../shared/payment/types.ts';
import { operatorNote, payment, type Toy, updated } from '../../support/rederive-bench.ts';
import { toyProvider } from '../../support/toy-provider.ts';
import { type Bench, workerBench } from '../../support/worker-bench.ts';

const P1 = 'paymentwall:toy:p1';
const run = (
  bench: Bench,
  over: Partial<Parameters<typeof rederive>[1]> = {},
  deps: RederiveDeps = bench.deps,
) => rederive(listedPayments([P1]), { dryRun: false, ...operatorNote, ...over }, deps);
const rows = (bench: Bench) => JSON.stringify(bench.memory.all());

/** An updated provider whose tables read "processing" as paid. */
const processingIsPaid: Partial<Toy> = {
  readFacts: (facts: Facts) => {
    const reading = toyProvider.readFacts(facts, { orderKind: undefined });
    return facts['processing/1'] === undefined || reading.status !== 'processing'
      ? reading
      : { ...reading, status: 'paid' };
  },
};
/** An updated provider whose parser reads another fact in the same message. */
const settledIsPaid: Partial<Toy> = {
  normalize: (notification, account) => {
    const normalized = toyProvider.normalize(notification, account);
    return notification.fact === 'settled'
      ? { ...normalized, facts: { 'paid/1': { codes: ['paid'], amounts: ['5 EUR'] } } }
      : normalized;
  },
};

describe('rederive without a change', () => {
  it('rederive writes nothing and reports no change when the code and the tables are the same', async () => {
    const bench = workerBench();
    await bench.apply(bench.envelope());
    await bench.apply(bench.envelope({ key: 'k2', fact: 'reversed' }));
    await bench.deliverAll();
    const before = rows(bench);
    expect(await run(bench)).toEqual({ examined: 1, changed: [], notable: [], skipped: [] });
    expect(rows(bench)).toBe(before);
  });
});

describe('rederive with other tables', () => {
  it('a dry run of rederive lists status, grant and events that would change, and writes nothing', async () => {
    const bench = workerBench();
    await bench.apply(bench.envelope({ fact: 'processing' }));
    await bench.deliverAll();
    const before = rows(bench);
    const { changed } = await run(bench, { dryRun: true }, updated(bench, processingIsPaid));
    expect(changed).toEqual([
      {
        payment: P1,
        status: { from: 'processing', to: 'paid' },
        grant: { from: 'none', to: 'granted 1' },
        reading: true,
        events: ['payment.paid', 'fulfil'],
      },
    ]);
    expect(rows(bench)).toBe(before);
    expect(bench.fulfilment.sent).toEqual([]);
  });

  it('rederive does once what the dry run listed, with a ledger row of operator and note', async () => {
    const bench = workerBench();
    await bench.apply(bench.envelope({ fact: 'processing' }));
    await bench.deliverAll();
    const listed = await run(bench, { dryRun: true }, updated(bench, processingIsPaid));
    const done = await run(bench, {}, updated(bench, processingIsPaid));
    expect(done).toEqual(listed);
    expect(await run(bench, {}, updated(bench, processingIsPaid))).toMatchObject({ changed: [] });
    await bench.deliverAll();
    expect(bench.target.types).toEqual(['payment.processing', 'payment.paid', 'fulfil']);
    expect(bench.memory.data<LedgerRow>('ledger#')).toMatchObject([
      {
        what: 'rederive',
        ...operatorNote,
        effects: ['n2#payment.paid', '1#fulfil'],
        detail: { status: 'paid' },
      },
    ]);
  });

  it('rederive sends no delivered event again when only the sums change', async () => {
    const bench = workerBench();
    await bench.apply(bench.envelope());
    await bench.deliverAll();
    const sent = bench.target.received.length;
    // Only the sums differ: status and grant stay.
    const deps = updated(bench, {
      readFacts: (facts) => ({
        ...toyProvider.readFacts(facts, { orderKind: undefined }),
        moved: [{ amount: '6', currency: 'EUR' }],
      }),
    });
    expect(await run(bench, {}, deps)).toMatchObject({
      changed: [{ payment: P1, reading: true, events: [] }],
    });
    await bench.deliverAll();
    expect(bench.target.received).toHaveLength(sent);
    expect(payment(bench)?.grant).toEqual({ epoch: 1, state: 'granted' });
  });

  it('rederive after a change of policy lists the new holds by reason and sends payment.at_risk', async () => {
    const bench = workerBench();
    await bench.apply(bench.envelope());
    await bench.deliverAll();
    const accounts = bench.deps.accounts.map((account) => ({
      ...account,
      policy: { ...account.policy, unknownOrder: 'hold' as const },
    }));
    const { changed } = await run(bench, {}, { ...bench.deps, accounts });
    expect(changed).toMatchObject([
      { holds: { from: [], to: ['unknown_order'] }, events: ['payment.at_risk'] },
    ]);
    expect(payment(bench)?.grant.state).toBe('granted');
  });

  it('rederive in mode observe writes no effect', async () => {
    const bench = workerBench({ policy: { mode: 'observe' } });
    await bench.apply(bench.envelope({ fact: 'processing' }));
    const { changed } = await run(bench, {}, updated(bench, processingIsPaid));
    expect(changed).toMatchObject([{ grant: { to: 'granted 1' }, events: [] }]);
    expect(bench.memory.data('effect#')).toEqual([]);
  });
});

describe('rederive with another parser', () => {
  it('rederive adds the facts that the present parser reads from the evidence, and derives the payment from them', async () => {
    const bench = workerBench();
    await bench.apply(bench.envelope({ fact: 'settled' }));
    expect(payment(bench)?.status).toBe('processing');
    const { changed, notable } = await run(bench, {}, updated(bench, settledIsPaid));
    expect(changed).toMatchObject([{ factsAdded: ['paid/1'], status: { from: 'processing', to: 'paid' } }]);
    // The fact of the old parser stays, and the report names it.
    expect(notable).toEqual([{ payment: P1, unusable: {}, noLongerSupported: ['settled/1'] }]);
    expect(Object.keys(payment(bench)?.facts ?? {})).toEqual(['paid/1', 'settled/1']);
    await bench.deliverAll();
    expect(bench.target.types).toContain('fulfil');
  });

  it('rederive does not report facts whose evidence may have expired', async () => {
    const bench = workerBench();
    await bench.apply(bench.envelope({ fact: 'processing' }));
    await bench.apply(bench.envelope({ key: 'k2' }));
    const [first] = bench.memory.all().filter(({ sk }) => sk.startsWith('evidence#'));
    bench.memory.rows.delete(`${first?.pk}\u0000${first?.sk}`);
    expect(await run(bench)).toMatchObject({ changed: [], notable: [] });
  });

  it('rederive never applies a conflicting duplicate', async () => {
    const bench = workerBench();
    await bench.apply(bench.envelope({ fact: 'processing' }));
    await bench.apply(bench.envelope({ fact: 'paid' }));
    const { changed, notable } = await run(bench);
    expect(changed).toEqual([]);
    expect(notable).toEqual([]);
    expect(Object.keys(payment(bench)?.facts ?? {})).toEqual(['processing/1']);
  });

  it('rederive applies no evidence of a conflicting duplicate whose own row is not written yet', async () => {
    const bench = workerBench();
    await bench.apply(bench.envelope({ fact: 'processing' }));
    bench.memory.beforeWrite = async (writes) => {
      if (writes.length === 1) return;
      bench.memory.beforeWrite = undefined;
      expect((await run(bench)).changed).toEqual([]);
    };
    await bench.apply(bench.envelope({ fact: 'paid' }));
    expect(bench.memory.beforeWrite).toBeUndefined();
    expect(Object.keys(payment(bench)?.facts ?? {})).toEqual(['processing/1']);
  });

  it('rederive reports evidence as not_opened, not_parsed, key_changed or not_applied', async () => {
    const bench = workerBench();
    await bench.apply(bench.envelope());
    const other = parseEnvelopeKeys({ current: 'o'.repeat(64) });
    const unusable = async (deps: RederiveDeps) => (await run(bench, {}, deps)).notable[0]?.unusable;
    expect(await unusable({ ...bench.deps, envelopeKeys: async () => other })).toEqual({ not_opened: 1 });
    const refuses = () => {
      throw new Error('refused');
    };
    expect(await unusable(updated(bench, { parse: refuses }))).toEqual({ not_parsed: 1 });
    const renamed: Partial<Toy> = {
      normalize: (notification, account) => ({
        ...toyProvider.normalize(notification, account),
        key: 'other',
      }),
    };
    expect(await unusable(updated(bench, renamed))).toEqual({ key_changed: 1 });
    const event = bench.memory.all().find(({ sk }) => sk === 'event');
    bench.memory.rows.delete(`${event?.pk}\u0000event`);
    expect(await unusable(bench.deps)).toEqual({ not_applied: 1 });
  });

  it('rederive fetches the fresh envelope key before evidence counts as not_opened', async () => {
    const bench = workerBench();
    await bench.apply(bench.envelope());
    const keys = await bench.deps.envelopeKeys(true);
    const stale = parseEnvelopeKeys({ current: 's'.repeat(64) });
    const result = await run(
      bench,
      {},
      { ...bench.deps, envelopeKeys: async (fresh) => (fresh ? keys : stale) },
    );
    expect(result.notable).toEqual([]);
  });
});

describe('rederive over many pages', () => {
  it('rederive examines every page, skips a payment of an unknown account, and ends', async () => {
    const bench = workerBench();
    for (let n = 0; n < 7; n++)
      await bench.apply(bench.envelope({ key: `k${n}`, payment: `p${n}`, fact: 'processing' }));
    const keys = Array.from({ length: 7 }, (_, n) => `paymentwall:toy:p${n}`);
    const pages = listedPayments([...keys.slice(0, 3), 'paymentwall:gone:x', ...keys.slice(3)]);
    const deps = updated(bench, processingIsPaid);
    let after: string | undefined;
    const seen: string[] = [];
    let calls = 0;
    do {
      const page = await rederive(
        pages,
        { dryRun: false, ...operatorNote, limit: 3, ...(after === undefined ? {} : { after }) },
        deps,
      );
      seen.push(...page.changed.map((each) => each.payment), ...page.skipped.map((each) => each.payment));
      after = page.next;
      calls++;
    } while (after !== undefined);
    expect(calls).toBe(3);
    expect(seen.sort()).toEqual([...keys, 'paymentwall:gone:x'].sort());
  });
});

describe('one page of rederive', () => {
  it.each([
    [undefined, 100],
    [7, 7],
    [1_000, 1_000],
    [1_001, 1_000],
  ])(
    'a page of rederive has the requested number of payments, 100 by default, 1000 at most: %s',
    async (limit, most) => {
      const bench = workerBench();
      const calls: unknown[] = [];
      const pages = async (...of: unknown[]) => {
        calls.push(of);
        return { payments: [] };
      };
      const options = { dryRun: true, ...operatorNote, ...(limit === undefined ? {} : { limit }) };
      expect(await rederive(pages, options, bench.deps)).toEqual({
        ...{ examined: 0, changed: [], notable: [], skipped: [] },
      });
      await rederive(pages, { ...options, after: 'here' }, bench.deps);
      expect(calls).toEqual([
        [undefined, most],
        ['here', most],
      ]);
    },
  );

  it('rederive says why it skipped a payment, and goes on with the next payment', async () => {
    const bench = workerBench();
    await bench.apply(bench.envelope());
    const row = bench.memory.all().find(({ sk }) => sk === 'payment');
    if (row === undefined) throw new Error('no payment');
    bench.memory.rows.set('payment#paymentwall:toy:p2\u0000payment', {
      ...{ ...row, pk: 'payment#paymentwall:toy:p2', schema: 99 },
    });
    const store: Store = {
      query: (pk, of) => bench.memory.query(pk, of),
      write: (writes) => bench.memory.write(writes),
      open: async () => [],
      get: async (of) => {
        if (of.pk.endsWith(':p3')) throw new TypeError('table gone');
        // A thrown value may be no Error.
        if (of.pk.endsWith(':p4')) return Promise.reject('odd');
        return bench.memory.get(of);
      },
    };
    const keys = ['gone:x', 'toy:p2', 'toy:p3', 'toy:p4', 'toy:p5', 'toy:p1'].map(
      (of) => `paymentwall:${of}`,
    );
    const found = await rederive(
      listedPayments(keys),
      { dryRun: true, ...operatorNote },
      { ...bench.deps, store },
    );
    expect(found).toMatchObject({ examined: 6, changed: [], notable: [] });
    expect(found.skipped).toEqual([
      { payment: keys[0], why: 'paymentwall/gone is not a configured account' },
      { payment: keys[1], why: expect.stringMatching(/^(?!NewerRowError).*99/) },
      { payment: keys[2], why: 'TypeError: table gone' },
      { payment: keys[3], why: 'unknown' },
    ]);
  });

  it('rederive refuses an empty by, also for a dry run', async () => {
    await expect(run(workerBench(), { dryRun: true, by: '' })).rejects.toThrow('by: a text of');
  });
});

describe('differences of the present code', () => {
  const other = (over: object): Partial<Toy> => ({
    normalize: (notification, account) => ({ ...toyProvider.normalize(notification, account), ...over }),
  });

  it('rederive lists evidence with another subject as other_subject and does not apply it to the payment', async () => {
    const bench = workerBench();
    await bench.apply(bench.envelope());
    const deps = updated(bench, other({ subject: { kind: 'payment', id: 'p9' }, facts: {} }));
    const { changed, notable } = await run(bench, {}, deps);
    expect(changed).toEqual([]);
    expect(notable).toEqual([{ payment: P1, unusable: { other_subject: 1 }, noLongerSupported: ['paid/1'] }]);
  });

  it('rederive reports a change of aliases or of test alone as a change without events', async () => {
    const bench = workerBench();
    await bench.apply(bench.envelope());
    const aliases = [{ type: 'reference', value: 'r9' }];
    expect((await run(bench, {}, updated(bench, other({ aliases })))).changed).toEqual([
      { payment: P1, events: [] },
    ]);
    expect(payment(bench)?.aliases).toContainEqual(aliases[0]);
    const tested = await run(bench, {}, updated(bench, other({ aliases, test: true })));
    expect(tested.changed).toEqual([{ payment: P1, events: [] }]);
    expect(payment(bench)?.test).toBe(true);
    expect(bench.memory.data<LedgerRow>('ledger#').map(({ effects }) => effects)).toEqual([[], []]);
  });

  it('rederive grants once when another notification changes the payment during its write', async () => {
    const bench = workerBench();
    await bench.apply(bench.envelope({ fact: 'processing' }));
    bench.memory.beforeWrite = async (writes) => {
      if (!writes.some((write) => 'put' in write && write.put.sk.startsWith('ledger#'))) return;
      bench.memory.beforeWrite = undefined;
      await bench.apply(bench.envelope({ key: 'k2', fact: 'processing', note: 'more' }));
    };
    await run(bench, {}, updated(bench, processingIsPaid));
    expect(payment(bench)).toMatchObject({ status: 'paid', grant: { epoch: 1, state: 'granted' } });
    expect(bench.memory.data('ledger#')).toHaveLength(1);
  });
});
