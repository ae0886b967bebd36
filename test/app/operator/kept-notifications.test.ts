/** Stored notifications: which arrived out of order by the provider's times. Their results: holds.test.ts. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ContentDeps, keptNotifications } from '../../../shared/app/operator/kept-notifications.ts';
import { showPayment } from '../../../shared/app/operator/views.ts';
import { notificationContext } from '../../../shared/app/platform/message.ts';
import { CONFIRMATION } from '../../../shared/app/platform/message-schema.ts';
import { seal } from '../../../shared/app/platform/seal.ts';
import type { Key } from '../../../shared/app/ports.ts';
import { conflictKey, hashText } from '../../../shared/app/table/keys.ts';
import { type EvidenceRow, eventItem, SCHEMA } from '../../../shared/app/table/rows.ts';
import type { Effect } from '../../../shared/payment/types.ts';
import type { RegisteredProvider } from '../../../shared/providers/index.ts';
import { MemoryStore } from '../../support/memory-store.ts';
import { toyAccount, toyMessage, toyProvider } from '../../support/toy-provider.ts';
import { envelopeKeys, START, workerBench } from '../../support/worker-bench.ts';

async function timesShown(stated: readonly (number | undefined)[], keys = async () => envelopeKeys) {
  const bench = workerBench();
  for (const [index, time] of stated.entries()) {
    await bench.apply(bench.envelope({ key: `k${index}`, fact: 'failed', note: String(time ?? 'none') }));
  }
  const contents = { ...{ providers: bench.deps.providers, accounts: [bench.account] }, envelopeKeys: keys };
  const view = await showPayment(bench.store, 'paymentwall:toy:p1', contents);
  const late = (view?.timeline ?? []).flatMap((each) =>
    each.what === 'notification' ? [[each.key, each.outOfOrder === true] as const] : [],
  );
  return new Map(late);
}

it('a notification is out of order exactly when an earlier notification states a later time', async () => {
  const times = fc.array(fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined }), { maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(times, async (stated) => {
      const late = await timesShown(stated);
      for (const [index, time] of stated.entries()) {
        const isLate =
          time !== undefined &&
          stated.slice(0, index).some((before) => before !== undefined && before > time);
        expect(late.get(`k${index}`)).toBe(isLate);
      }
    }),
    { numRuns: 50 },
  );
});

it('no notification is shown as out of order without permission for the key, and the key is requested once', async () => {
  let requests = 0;
  const denied = async () => {
    requests += 1;
    throw new Error('AccessDenied');
  };
  const late = await timesShown([3, 2, 1], denied);
  expect([...late.values()]).toEqual([false, false, false]);
  expect(requests).toBe(1);
});

const P1 = 'paymentwall:toy:p1';
const at = (second: number): string => new Date(START + second * 1_000).toISOString();

/** A stored notification with the key k1 of the request c1, unless the arguments differ. */
function evidence(
  fields: Parameters<typeof toyMessage>[0] = {},
  over: Partial<EvidenceRow> = {},
): EvidenceRow {
  const message = toyMessage(fields);
  const digest = hashText(message);
  const sealed = seal(message, notificationContext('paymentwall', 'toy', digest), envelopeKeys);
  return {
    ...{ sealed, digest, keyId: 'current', variant: 'toy', normalizedKey: fields.key ?? 'k1' },
    ...{ receivedAt: at(0), correlationId: 'c1', ...over },
  };
}

/** A store and dependencies that count reads, queries and opened messages. */
function bench() {
  const store = new MemoryStore();
  const seen = { opened: 0, queries: 0, gets: 0, mostAtOnce: 0 };
  const { query, get } = store;
  store.query = (...given) => {
    seen.queries += 1;
    return query.apply(store, given);
  };
  store.get = async (key: Key) => {
    seen.gets += 1;
    seen.mostAtOnce = Math.max(seen.mostAtOnce, seen.gets);
    await Promise.resolve();
    seen.gets -= 1;
    return get.call(store, key);
  };
  const toy = toyProvider as RegisteredProvider;
  const deps = (change: Partial<RegisteredProvider> = {}): ContentDeps => ({
    providers: { paymentwall: { ...toy, ...change } } as unknown as ContentDeps['providers'],
    accounts: [toyAccount],
    envelopeKeys: async () => {
      seen.opened += 1;
      return envelopeKeys;
    },
  });
  const applied = (key: string, correlationId: string, effects: readonly string[] = []) => {
    const row = { materialHash: 'm', outcome: 'applied', effects, receivedAt: at(0), correlationId } as const;
    return store.write([{ put: eventItem(toyAccount, key, row), when: 'always' }]);
  };
  const beside = (key: string, correlationId: string) => {
    const row = { ...conflictKey(toyAccount, key, correlationId), schema: SCHEMA, data: { correlationId } };
    return store.write([{ put: row, when: 'always' }]);
  };
  const kept = (rows: readonly EvidenceRow[], given?: ContentDeps, effects: readonly Effect[] = []) =>
    keptNotifications(P1, { rows, effects }, store, given);
  return { seen, deps, applied, beside, kept };
}

const effect = (name: string, causedBy: readonly string[], correlationId: string): Effect =>
  ({ name, event: { causedBy, correlationId } }) as unknown as Effect;

describe('the outcome of a kept notification', () => {
  const rows = ['c1', 'c2', 'c3'].map((correlationId) => evidence({}, { correlationId }));

  it('a kept notification is applied, conflict, copy or waiting by the request that the rows of its id name', async () => {
    const { kept, applied, beside } = bench();
    await applied('k1', 'c1');
    await beside('k1', 'c2');
    const all = await kept([...rows, evidence({ key: 'k2' }, { correlationId: 'c4' })]);
    expect(all.map(({ as }) => as)).toEqual(['applied', 'conflict', 'copy', 'waiting']);
    expect(all.map(({ row }) => row.correlationId)).toEqual(['c1', 'c2', 'c3', 'c4']);
  });

  it('a kept notification names the effects that its event row or its own request caused', async () => {
    const { kept, applied } = bench();
    await applied('k1', 'c1', ['1#fulfil']);
    const effects = [
      effect('1#fulfil', [], ''),
      effect('n2#payment.held', ['k1'], 'c3'),
      effect('n3#payment.paid', ['k9'], 'c1'),
    ];
    const all = await kept(rows, undefined, effects);
    expect(all.map(({ caused }) => caused)).toEqual([['1#fulfil'], [], ['n2#payment.held']]);
    const waiting = evidence({ key: 'k2' }, { correlationId: 'c4' });
    expect((await kept([waiting], undefined, effects)).map(({ caused }) => caused)).toEqual([[]]);
  });

  it('keptNotifications queries conflict rows only for an id that came with another request', async () => {
    const { kept, applied, seen } = bench();
    await applied('k1', 'c1');
    await applied('k2', 'c2');
    await kept([evidence(), evidence({ key: 'k2' }, { correlationId: 'c2' })]);
    expect(seen.queries).toBe(0);
    await kept(rows);
    expect(seen.queries).toBe(1);
  });

  it('keptNotifications reads at most 25 event rows at a time, and all of them', async () => {
    const { kept, applied, seen } = bench();
    const ids = Array.from({ length: 51 }, (_, n) => `k${n}`);
    for (const id of ids) await applied(id, `c-${id}`);
    const all = await kept(ids.map((key) => evidence({ key }, { correlationId: `c-${key}` })));
    expect(new Set(all.map(({ as }) => as))).toEqual(new Set(['applied']));
    expect(seen.mostAtOnce).toBe(25);
  });
});

describe('the contents of conflicting notifications', () => {
  const contradicting = async (fields: Parameters<typeof toyMessage>[0] = {}) => {
    const of = bench();
    await of.applied('k1', 'c1');
    await of.beside('k1', 'c2');
    return { ...of, rows: [evidence(), evidence(fields, { correlationId: 'c2' })] };
  };

  it('conflicting notifications show their codes and amounts, and the payment only when another payment is meant', async () => {
    const { kept, rows, deps } = await contradicting({ payment: 'p2', fact: 'failed' });
    expect((await kept(rows, deps())).map(({ content }) => content)).toEqual([
      { entries: [{ entry: 'paid/1', codes: ['paid'], amounts: ['5 EUR'] }] },
      { about: 'p2', entries: [{ entry: 'failed/1', codes: ['failed'], amounts: [] }] },
    ]);
  });

  it('the content of a conflicting notification is not_parsed or not_opened when it cannot be read', async () => {
    const none = await contradicting({ payment: '' });
    expect((await none.kept(none.rows, none.deps()))[1]?.content).toEqual({ entries: [] });
    const broken = await contradicting({ fact: 'broken' });
    expect((await broken.kept(broken.rows, broken.deps()))[1]?.content).toBe('not_parsed');
    const closed = { ...broken.deps(), envelopeKeys: () => Promise.reject(new Error('denied')) };
    expect((await broken.kept(broken.rows, closed))[1]?.content).toBe('not_opened');
  });

  it('keptNotifications opens nothing without keys, of an unknown account or where nothing contradicts', async () => {
    const { kept, rows, deps, seen } = await contradicting();
    const gone = { ...deps(), accounts: [] };
    for (const each of [...(await kept(rows)), ...(await kept(rows, gone))])
      expect(each).not.toHaveProperty('content');
    const alone = bench();
    await alone.applied('k1', 'c1');
    expect((await alone.kept([evidence()], alone.deps()))[0]).not.toHaveProperty('content');
    expect(seen.opened + alone.seen.opened).toBe(0);
  });
});

describe('a notification that is out of order', () => {
  const stated = (note: number | string, second: number, over: Partial<EvidenceRow> = {}) =>
    evidence({ key: `k${second}`, note: String(note) }, { receivedAt: at(second), ...over });
  const late = async (rows: readonly EvidenceRow[], change: Partial<RegisteredProvider> = {}) => {
    const { kept, deps, seen } = bench();
    const all = await kept(rows, deps(change));
    return { late: all.flatMap(({ row, outOfOrder }) => (outOfOrder ? [row.normalizedKey] : [])), seen };
  };

  it('out of order follows the times of receipt, in whatever order the rows are given', async () => {
    const rows = [stated(1, 3), stated(5, 1), stated(3, 2)];
    expect((await late(rows)).late).toEqual(['k3', 'k2']);
    expect((await late([stated(5, 1), stated(3, 2)])).late).toEqual(['k2']);
  });

  it('a notification that cannot be parsed and an answer of an API are never out of order', async () => {
    const broken = evidence({ key: 'k2', fact: 'broken', note: '1' }, { receivedAt: at(2) });
    expect((await late([stated(5, 1), broken, stated(4, 3)])).late).toEqual(['k3']);
    const answer = stated(1, 2, { variant: CONFIRMATION });
    expect((await late([stated(5, 1), answer, stated(6, 3)])).late).toEqual([]);
  });

  it('keptNotifications opens at most 100 notifications, none for a single one or a provider without times', async () => {
    expect((await late([stated(5, 1)])).seen.opened).toBe(0);
    const { statedAt: _, ...silent } = toyProvider;
    const { kept, seen, deps } = bench();
    const providers = { paymentwall: silent } as unknown as ContentDeps['providers'];
    await kept([stated(5, 1), stated(3, 2)], { ...deps(), providers });
    expect(seen.opened).toBe(0);
    const many = Array.from({ length: 101 }, (_each, n) => stated(200 - n, n));
    const found = await late(many);
    expect(found.seen.opened).toBe(100);
    expect(found.late).toHaveLength(99);
  });
});
