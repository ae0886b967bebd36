/** Evidence that today's version reads in another way than the version that stored the evidence. */
import { describe, expect, it } from 'vitest';
import { listedPayments } from '../../../shared/app/operator/payment-pages.ts';
import { rederive } from '../../../shared/app/operator/rederive.ts';
import {
  keysOfAddedEntries,
  openSealed,
  readEvidence,
} from '../../../shared/app/operator/rederive-evidence.ts';
import { notificationContext } from '../../../shared/app/platform/message.ts';
import { parseEnvelopeKeys, seal } from '../../../shared/app/platform/seal.ts';
import { hashText } from '../../../shared/app/table/keys.ts';
import { type EventRow, eventItem, evidenceOf } from '../../../shared/app/table/rows.ts';
import type { Effect, Payment } from '../../../shared/payment/types.ts';
import type { RegisteredProvider } from '../../../shared/providers/index.ts';
import { toyProvider } from '../../support/toy-provider.ts';
import { type Bench, envelopeKeys, workerBench } from '../../support/worker-bench.ts';

const P1 = 'paymentwall:toy:p1';
const payment = (bench: Bench, id = 'p1') =>
  bench.memory.data<Payment>('payment').find((each) => each.id === id);

describe('rederive with other provider code', () => {
  const operatorNote = { by: 'ada', note: 'release 1.2' };
  const run = (bench: Bench, change: Partial<typeof toyProvider>) => {
    const toy = { ...toyProvider, ...change } as RegisteredProvider;
    const deps = { ...bench.deps, providers: { ...bench.deps.providers, paymentwall: toy } };
    return rederive(listedPayments([P1]), { dryRun: false, ...operatorNote }, deps);
  };

  it('rederive applies no evidence that the present code assigns to another payment', async () => {
    const bench = workerBench();
    await bench.apply(bench.envelope({ fact: 'processing' }));
    await bench.apply(bench.envelope({ key: 'k2', fact: 'settled' }));
    const { changed, notable } = await run(bench, {
      normalize: (notification, account) => {
        const normalized = toyProvider.normalize(notification, account);
        if (notification.key !== 'k2') return normalized;
        const facts = { 'paid/1': { codes: ['paid'], amounts: ['5 EUR'] } };
        return { ...normalized, subject: { kind: 'payment', id: 'p2' }, facts };
      },
    });
    expect(changed).toEqual([]);
    expect(notable).toMatchObject([{ payment: P1, unusable: { other_subject: 1 } }]);
    expect(payment(bench)?.status).toBe('processing');
    expect(bench.memory.data<Effect>('effect#').map(({ type }) => type)).not.toContain('fulfil');
  });

  it('rederive writes a change of aliases alone, without events', async () => {
    const bench = workerBench();
    await bench.apply(bench.envelope({ fact: 'processing' }));
    const { changed } = await run(bench, {
      normalize: (notification, account) => ({
        ...toyProvider.normalize(notification, account),
        aliases: [{ type: 'reference', value: 'r9' }],
      }),
    });
    expect(changed).toEqual([{ payment: P1, events: [] }]);
    expect(payment(bench)?.aliases).toContainEqual({ type: 'reference', value: 'r9' });
  });
});

describe('one piece of evidence', () => {
  /** Reads evidence again after its event row got other material fields and the given values. */
  const read = async (over: Partial<EventRow>) => {
    const bench = workerBench();
    await bench.apply(bench.envelope());
    const item = bench.memory.all().find(({ sk }) => sk.startsWith('evidence#')) ?? expect.fail('none');
    const row = evidenceOf(item);
    const [event] = bench.memory.data<EventRow>('event');
    const changed = eventItem(bench.account, 'k1', {
      ...(event ?? expect.fail('no event')),
      ...{ materialHash: 'of other fields', ...over },
    });
    await bench.memory.write([{ put: changed, when: 'always' }]);
    return { row, read: await readEvidence(row, bench.account, bench.deps) };
  };

  it('evidence counts as applied when its own request made the event row, whatever fields are material today', async () => {
    const { row, read: found } = await read({});
    expect(found).toMatchObject({ row, normalized: { key: 'k1' }, event: { outcome: 'applied' } });
  });

  it.each<[string, Partial<EventRow>]>([
    ['another request made the event row', { correlationId: 'another' }],
    ['the row was imported, under any request', { outcome: 'imported' }],
  ])('evidence is a conflicting_copy when %s', async (_, over) => {
    const { row, read: found } = await read(over);
    expect(found).toEqual({ row, unusable: 'conflicting_copy' });
  });
});

describe('a sealed message', () => {
  const account = workerBench().account;
  const message = 'a message';
  const digest = hashText(message);
  const sealed = seal(message, notificationContext('paymentwall', 'toy', digest), envelopeKeys);
  const other = parseEnvelopeKeys({ current: 'd'.repeat(64) });
  const open = async (of: string, keys: (fresh: boolean) => typeof other) => {
    const freshFlags: boolean[] = [];
    const envelopeKeysOf = async (fresh: boolean) => {
      freshFlags.push(fresh);
      return keys(fresh);
    };
    const text = await openSealed({ sealed: of, digest }, account, { envelopeKeys: envelopeKeysOf });
    return { text, freshFlags };
  };

  it('openSealed uses the cached keys, and fresh keys only when the cached keys do not fit', async () => {
    expect(await open(sealed, () => envelopeKeys)).toEqual({ text: message, freshFlags: [false] });
    expect(await open(sealed, (fresh) => (fresh ? envelopeKeys : other))).toEqual({
      ...{ text: message, freshFlags: [false, true] },
    });
    expect(await open(sealed, () => other)).toEqual({ text: undefined, freshFlags: [false, true] });
  });

  it('openSealed asks for no fresh keys when the message was altered', async () => {
    const moved = seal(message, notificationContext('paymentwall', 'other', digest), envelopeKeys);
    expect(await open(moved, () => envelopeKeys)).toEqual({ text: undefined, freshFlags: [false] });
  });
});

it('keysOfAddedEntries names an entry with any code or amount that is not known', () => {
  const known = { a: { codes: ['1', '2'], amounts: ['5 EUR'] } };
  const beyond = (codes: readonly string[], amounts: readonly string[]) =>
    keysOfAddedEntries({ a: { codes, amounts } }, known);
  expect(beyond(['1'], ['5 EUR'])).toEqual([]);
  expect(beyond(['1', '3'], ['5 EUR'])).toEqual(['a']);
  expect(beyond(['1'], ['5 EUR', '6 EUR'])).toEqual(['a']);
  expect(keysOfAddedEntries({ b: { codes: [], amounts: [] } }, known)).toEqual(['b']);
});
