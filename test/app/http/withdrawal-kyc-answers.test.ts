/** Questions: who answers, what is stored, and that only the merchant's answer states that a balance was taken. */

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { checkReply, signNotification } from '../../../local/demo/senders/trustly-europe.ts';
import type { Ask, HookResponse } from '../../../shared/app/http/decision-hook.ts';
import { createIntake } from '../../../shared/app/http/intake.ts';
import { BUDGET_MS } from '../../../shared/app/http/intake-http.ts';
import {
  createQuestions,
  FINISH_MS,
  HOOK_MS,
  MIN_HOOK_MS,
  RECOVERY_MS,
} from '../../../shared/app/http/withdrawal-kyc-answers.ts';
import { createLog } from '../../../shared/app/platform/log.ts';
import { ENVELOPE_SCHEMA, type NotificationEnvelope } from '../../../shared/app/platform/message-schema.ts';
import { createMetrics } from '../../../shared/app/platform/metrics.ts';
import { readMessage } from '../../../shared/app/platform/read-message.ts';
import { parseEnvelopeKeys } from '../../../shared/app/platform/seal.ts';
import { createSecrets } from '../../../shared/app/platform/secrets.ts';
import type { Write } from '../../../shared/app/ports.ts';
import { questionKey } from '../../../shared/app/table/keys.ts';
import { type QuestionRow, questionRowOf } from '../../../shared/app/table/rows.ts';
import { changeRegisteredOrder } from '../../../shared/app/transition/order-changes.ts';
import { registerOrder } from '../../../shared/app/transition/orders.ts';
import { createApply } from '../../../shared/app/transition/receive.ts';
import { type Effect, hashCanonical, materialHash, type Payment } from '../../../shared/payment/index.ts';
import { providers } from '../../../shared/providers/index.ts';
import { parseOrder } from '../../../shared/providers/orders.ts';
import type { TrustlyEuropeAccount } from '../../../shared/providers/trustly-europe/account.ts';
import { trustlyEurope } from '../../../shared/providers/trustly-europe/index.ts';
import { parsePublicKeys } from '../../../shared/providers/trustly-europe/keys.ts';
import { account, merchant, SAMPLES, trustly, UUID } from '../../providers/trustly-europe/support.ts';
import { httpEvent } from '../../support/http-event.ts';
import { MemoryQueue } from '../../support/memory-queue.ts';
import { MemoryStore } from '../../support/memory-store.ts';
import { guarded } from '../../support/row-guard.ts';

const START = Date.parse('2026-03-01T12:00:00.000Z');
const SIGNING = { current: `whsec_${Buffer.alloc(32, 7).toString('base64')}` };
const ENVELOPE = { current: 'e'.repeat(64) };
const never = () => new Promise<never>(() => undefined);

const decision = { url: 'https://shop.example/decide' };
const asking = account({ withdrawals: true, kyc: true, decision });

const DEBIT = { ...SAMPLES.debit };
const ID = DEBIT.notificationid;
const withdrawal = {
  reference: DEBIT.messageid,
  kind: 'withdrawal',
  amounts: [{ currency: 'EUR', exact: '902.50' }],
  endUser: DEBIT.enduserid,
};

const says =
  (reply: object): Ask =>
  async ({ id }) => ({ answered: true, text: JSON.stringify({ id, ...reply }) });
const silent: HookResponse = { answered: false, why: 'unreachable' };

function bench(of: TrustlyEuropeAccount = asking) {
  const queue = new MemoryQueue();
  const store = new MemoryStore();
  const lines: string[] = [];
  const sink = (line: string) => lines.push(line);
  const clock = () => Date.now();
  const log = createLog({ service: 'test', functionName: 'test', clock, sink });
  const metrics = createMetrics({ namespace: 'Test', service: 'test', clock, sink });
  const values: Record<string, string> = {
    'payhooks/sandbox/trustly-europe/shop': JSON.stringify({
      current: { privateKey: merchant.privateKey },
      trustly: { current: trustly.publicKey },
    }),
    'payhooks/sandbox/envelope-key': JSON.stringify(ENVELOPE),
  };
  const asked: { question: Parameters<Ask>[0]; patienceMs: number }[] = [];
  const hook: { ask: Ask } = { ask: says({ status: 'OK' }) };
  const keysOf = { fails: false };
  const questions = createQuestions(trustlyEurope, {
    ...{ store: guarded(store, 'intake-trustly-europe-decisions'), clock, log, metrics },
    ask: (question, keys, patienceMs) => {
      asked.push({ question, patienceMs });
      return hook.ask(question, keys, patienceMs);
    },
    keys: async () => {
      if (keysOf.fails) throw new Error('no secret');
      return [Buffer.from(SIGNING.current)];
    },
  });
  const deps = {
    ...{ queue, clock, log, metrics, accounts: [of], environment: 'sandbox' as const },
    secrets: createSecrets({ fetch: async (name) => values[name] ?? '', clock, report: () => undefined }),
  };
  const intake = createIntake(trustlyEurope, deps, questions);
  const send = async (method: string, data: object, timeEpoch = Date.now(), uuid = UUID) => {
    const { headers, body } = signNotification({ method, uuid, data: { ...data } }, trustly.privateKey);
    const answer = await intake(
      httpEvent({ account: 'shop', method: 'POST', headers: { ...headers }, body, timeEpoch }),
    );
    if (answer.statusCode !== 200) return answer.statusCode;
    const reply = checkReply(String(answer.body), { method, uuid }, merchant.publicKey);
    if (!reply.accepted) throw new Error(reply.problem);
    return reply.data;
  };
  const register = (order: object) =>
    registerOrder(store, queue, parseOrder(order, new Date(START).toISOString()));
  const row = (id: string = ID): QuestionRow | undefined => {
    const found = store.all().find(({ pk }) => pk === questionKey(of, id).pk);
    return found === undefined ? undefined : questionRowOf(found);
  };
  /** The answers in the queued messages, as the worker reads them. */
  const decided = () =>
    queue.bodies.map((body) => (readMessage(body, ENVELOPE_SCHEMA) as NotificationEnvelope).decided);
  const apply = createApply({
    ...{ store, clock, log, metrics, providers, accounts: [of], evidenceDays: 400 },
    fulfilment: new MemoryQueue(),
    envelopeKeys: async () => parseEnvelopeKeys(ENVELOPE),
    publicKeys: async () =>
      parsePublicKeys(JSON.parse(values['payhooks/sandbox/trustly-europe/shop'] ?? ''), of),
    pause: async () => undefined,
  });
  /** Applies the queued messages. @returns the payment's status and holds, and the number of balance.restore effects */
  const work = async () => {
    for (const { body } of queue.sent.splice(0)) await apply(body);
    const [payment] = store.data<Payment>('payment');
    const restores = store.data<Effect>('effect#').filter(({ type }) => type === 'balance.restore');
    return {
      status: payment?.status,
      holds: payment?.holds.map(({ reason }) => reason),
      restores: restores.length,
    };
  };
  return { work, ...{ queue, store, lines, asked, hook, keysOf, send, register, row, decided } };
}

/** Whether the writes store the answer. The write before a question stores only that the merchant is asked. */
const decides = (writes: readonly Write[]): boolean =>
  writes.some((write) => 'put' in write && (write.put.data as Partial<QuestionRow>).decided !== undefined);

beforeEach(() => {
  vi.useFakeTimers({ now: START, toFake: ['setTimeout', 'clearTimeout', 'Date'] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('the time budget of a question', () => {
  it('the budget leaves at least 700 ms for reading besides HOOK_MS and FINISH_MS', () => {
    expect(BUDGET_MS - HOOK_MS - FINISH_MS).toBeGreaterThanOrEqual(700);
    expect(MIN_HOOK_MS).toBeLessThan(HOOK_MS);
  });
});

describe('two questions about one withdrawal', () => {
  const other = { ...DEBIT, notificationid: '456787655' };
  const elsewhere = { ...other, orderid: '127675893' };

  it('a second question about a taken withdrawal is answered FAILED (already_taken) without asking, and counted', async () => {
    const { send, register, asked, row, work, lines } = bench();
    await register(withdrawal);
    expect(await send('debit', DEBIT)).toEqual({ status: 'OK' });
    expect(await send('debit', other)).toEqual({ status: 'FAILED' });
    expect(asked).toHaveLength(1);
    expect(row('456787655')).toMatchObject({ decided: { status: 'FAILED', reason: 'already_taken' } });
    expect(lines.some((line) => line.includes('"reason":"already_taken"'))).toBe(true);
    // The answer to each question stays the same.
    expect(await send('debit', DEBIT)).toEqual({ status: 'OK' });
    expect(await send('debit', other)).toEqual({ status: 'FAILED' });
    const end = await work();
    expect(end).toMatchObject({ status: 'processing', holds: ['contradictory_evidence'], restores: 0 });
  });

  it('a `once` order allows one withdrawal under any orderid; an `open` order allows one for each orderid', async () => {
    const once = bench();
    await once.register(withdrawal);
    expect(await once.send('debit', DEBIT)).toEqual({ status: 'OK' });
    expect(await once.send('debit', elsewhere)).toEqual({ status: 'FAILED' });
    const open = bench();
    await open.register({ ...withdrawal, use: 'open' });
    expect(await open.send('debit', DEBIT)).toEqual({ status: 'OK' });
    expect(await open.send('debit', elsewhere)).toEqual({ status: 'OK' });
    expect(await open.send('debit', { ...other, notificationid: '1' })).toEqual({ status: 'FAILED' });
  });

  it('a second question about a withdrawal is asked when the first question was answered FAILED', async () => {
    const { send, register, hook } = bench();
    await register(withdrawal);
    hook.ask = says({ status: 'FAILED' });
    expect(await send('debit', DEBIT)).toEqual({ status: 'FAILED' });
    hook.ask = says({ status: 'OK' });
    expect(await send('debit', other)).toEqual({ status: 'OK' });
  });

  it('two concurrent questions about one withdrawal get one OK and one FAILED, with one balance.restore', async () => {
    for (const second of [other, elsewhere]) {
      const { send, register, work, row } = bench();
      await register(withdrawal);
      const answers = await Promise.all([send('debit', DEBIT), send('debit', second)]);
      expect(answers.map((answer) => (answer as { status: string }).status).sort()).toEqual(['FAILED', 'OK']);
      const loser = [row(), row('456787655')].find((each) => each?.decided?.status === 'FAILED');
      expect(loser?.decided).toMatchObject({ reason: 'already_taken', restore: true });
      expect((await work()).restores).toBe(1);
    }
  });

  it('a second OK is held as contradictory_evidence when an older version wrote no row of the taken withdrawal', async () => {
    const { send, register, store, work } = bench();
    await register(withdrawal);
    expect(await send('debit', DEBIT)).toEqual({ status: 'OK' });
    const taken = store.all().filter(({ sk }) => sk === 'taken');
    expect(taken).toHaveLength(2);
    await store.write(taken.map((key) => ({ remove: key, when: 'always' as const })));
    expect(await send('debit', other)).toEqual({ status: 'OK' });
    expect((await work()).holds).toEqual(['amount_differs', 'contradictory_evidence']);
  });
});

describe('the debit question of a withdrawal', () => {
  it.each(['OK', 'FAILED'] as const)(
    'the merchant’s answer %s to a debit is stored, queued and given to the provider',
    async (status) => {
      const { send, register, hook, asked, row, decided } = bench();
      await register(withdrawal);
      hook.ask = says({ status });
      expect(await send('debit', DEBIT)).toEqual({ status });
      expect(asked).toHaveLength(1);
      expect(asked[0]).toMatchObject({
        patienceMs: HOOK_MS,
        question: { id: `trustly-europe:shop:${ID}`, orderReference: DEBIT.messageid, amount: '902.50' },
      });
      expect(row()).toMatchObject({ asks: 'debit', decided: { status, reason: 'merchant' } });
      expect(decided()).toEqual([{ status, reason: 'merchant' }]);
    },
  );

  it('every copy of a debit gets the stored answer, even when the merchant would answer otherwise by now', async () => {
    const { send, register, hook, asked, decided } = bench();
    await register(withdrawal);
    await send('debit', DEBIT);
    hook.ask = says({ status: 'FAILED' });
    expect(await send('debit', DEBIT)).toEqual({ status: 'OK' });
    vi.setSystemTime(START + 10 * 86_400_000);
    expect(await send('debit', DEBIT)).toEqual({ status: 'OK' });
    expect(asked).toHaveLength(1);
    expect(decided()).toHaveLength(3);
  });

  it.each(['OK', 'FAILED'] as const)(
    'two concurrent copies of a debit, both answered %s, store one answer without restore',
    async (status) => {
      const { send, register, hook, asked, row, decided } = bench();
      await register(withdrawal);
      let both: () => void = () => undefined;
      const met = new Promise<void>((resolve) => {
        both = resolve;
      });
      hook.ask = async (...args) => {
        if (asked.length === 2) both();
        await met;
        return says({ status })(...args);
      };
      expect(await Promise.all([send('debit', DEBIT), send('debit', DEBIT)])).toEqual([
        { status },
        { status },
      ]);
      expect(asked).toHaveLength(2);
      const expected = { status, reason: 'merchant' };
      expect(row()?.decided).toEqual(expected);
      expect(decided()).toEqual([expected, expected]);
    },
  );

  it('an OK for a debit whose id was answered with other content becomes FAILED, with one balance.restore', async () => {
    const { send, register, hook, store, row, decided, work } = bench();
    await register({ ...withdrawal, amounts: [{ currency: 'EUR', open: true }] });
    hook.ask = async (...args) => {
      store.beforeWrite = async () => {
        store.beforeWrite = undefined;
        hook.ask = says({ status: 'FAILED' });
        await send('debit', { ...DEBIT, amount: '9999.00' });
      };
      return says({ status: 'OK' })(...args);
    };
    expect(await send('debit', DEBIT)).toEqual({ status: 'FAILED' });
    expect(row()?.decided).toEqual({ status: 'FAILED', reason: 'merchant' });
    // A later copy has the restore too: the message of the first may be lost before the queue.
    expect(await send('debit', DEBIT)).toEqual({ status: 'FAILED' });
    const ours = { status: 'FAILED', reason: 'conflicting_duplicate', restore: true };
    expect(decided()).toEqual([{ status: 'FAILED', reason: 'merchant' }, ours, ours]);
    expect(await send('debit', { ...DEBIT, amount: '9999.00' })).toEqual({ status: 'FAILED' });
    expect(decided().at(-1)).toEqual({ status: 'FAILED', reason: 'merchant' });
    expect(await work()).toMatchObject({ status: 'denied', restores: 1 });
  });

  it('a debit without an answer, whose id was answered with other content, is answered FAILED with restore', async () => {
    const { send, register, hook, decided } = bench();
    await register({ ...withdrawal, amounts: [{ currency: 'EUR', open: true }] });
    hook.ask = async () => {
      hook.ask = says({ status: 'FAILED' });
      await send('debit', { ...DEBIT, amount: '9999.00' });
      return silent;
    };
    expect(await send('debit', DEBIT)).toBe(503);
    expect(decided().at(-1)).toEqual({ status: 'FAILED', reason: 'merchant' });
    expect(await send('debit', DEBIT)).toEqual({ status: 'FAILED' });
    expect(decided().at(-1)).toEqual({ status: 'FAILED', reason: 'conflicting_duplicate', restore: true });
  });

  it('an OK after a stored FAILED is answered FAILED with restore: true, and so is every later copy', async () => {
    const { send, register, hook, store, row, decided } = bench();
    await register(withdrawal);
    hook.ask = async (...args) => {
      // A concurrent copy stores FAILED while the merchant answers OK.
      store.beforeWrite = async () => {
        store.beforeWrite = undefined;
        hook.ask = says({ status: 'FAILED' });
        await send('debit', DEBIT);
      };
      return says({ status: 'OK' })(...args);
    };
    expect(await send('debit', DEBIT)).toEqual({ status: 'FAILED' });
    expect(row()?.decided).toEqual({ status: 'FAILED', reason: 'merchant', restore: true });
    expect(await send('debit', DEBIT)).toEqual({ status: 'FAILED' });
    expect(decided()).toEqual([
      { status: 'FAILED', reason: 'merchant' },
      { status: 'FAILED', reason: 'merchant', restore: true },
      { status: 'FAILED', reason: 'merchant', restore: true },
    ]);
  });

  it.each<[string, object, string]>([
    ['another amount', { amounts: [{ currency: 'EUR', exact: '9.00' }] }, 'amount_differs'],
    ['another currency', { amounts: [{ currency: 'SEK', open: true }] }, 'amount_differs'],
    ['another end user', { endUser: 'somebody' }, 'end_user_differs'],
  ])(
    'a debit with %s than registered is answered FAILED without asking the merchant',
    async (_, change, reason) => {
      const { send, register, asked, decided } = bench();
      await register({ ...withdrawal, ...change });
      expect(await send('debit', DEBIT)).toEqual({ status: 'FAILED' });
      expect(asked).toEqual([]);
      expect(decided()).toEqual([{ status: 'FAILED', reason }]);
    },
  );

  // A reason to hold the payment is checked before the money leaves.
  it.each<[string, 'order_closed' | 'order_expired']>([
    ['a closed order', 'order_closed'],
    ['an expired order', 'order_expired'],
  ])('a debit of %s is answered FAILED without asking the merchant', async (_, reason) => {
    const { send, register, asked, decided, store, queue, work } = bench();
    const validUntil = new Date(START + 60_000).toISOString();
    await register({ ...withdrawal, ...(reason === 'order_expired' ? { validUntil } : {}) });
    if (reason === 'order_closed') {
      const close = { reference: withdrawal.reference, action: 'close', by: 'ada', note: 'test' } as const;
      await changeRegisteredOrder(close, { store, queue, at: new Date(START).toISOString() });
    }
    vi.setSystemTime(START + 60_001);
    expect(await send('debit', DEBIT)).toEqual({ status: 'FAILED' });
    expect(asked).toEqual([]);
    expect(decided()).toEqual([{ status: 'FAILED', reason }]);
    expect(await work()).toEqual({ status: 'denied', holds: [], restores: 0 });
  });

  it('a debit whose order expired after the merchant was asked is answered FAILED, with one balance.restore', async () => {
    const { send, register, hook, work } = bench();
    await register({ ...withdrawal, validUntil: new Date(START + 60_000).toISOString() });
    hook.ask = async () => silent;
    expect(await send('debit', DEBIT)).toBe(503);
    hook.ask = says({ status: 'OK' });
    vi.setSystemTime(START + 60_001);
    expect(await send('debit', DEBIT)).toEqual({ status: 'FAILED' });
    expect(await work()).toEqual({ status: 'denied', holds: [], restores: 1 });
  });

  it('a debit at exactly validUntil of its order is still answered OK', async () => {
    const { send, register } = bench();
    await register({ ...withdrawal, validUntil: new Date(START + 60_000).toISOString() });
    vi.setSystemTime(START + 60_000);
    expect(await send('debit', DEBIT)).toEqual({ status: 'OK' });
  });

  it('a debit with the amount 0.00 is answered FAILED without asking, also when the order has an open amount', async () => {
    const { send, register, asked } = bench();
    await register({ ...withdrawal, amounts: [{ currency: 'EUR', open: true }] });
    expect(await send('debit', { ...DEBIT, amount: '0.00' })).toEqual({ status: 'FAILED' });
    expect(asked).toEqual([]);
  });

  it('a debit of 902.50 matches the registered amount 902.5', async () => {
    const { send, register } = bench();
    await register({ ...withdrawal, amounts: [{ currency: 'EUR', exact: '902.5' }] });
    expect(await send('debit', DEBIT)).toEqual({ status: 'OK' });
  });

  it('a debit with other content under an answered id gets FAILED (conflicting_duplicate); the answer stays OK', async () => {
    const { send, register, asked, decided, row } = bench();
    await register({ ...withdrawal, amounts: [{ currency: 'EUR', open: true }] });
    await send('debit', DEBIT);
    expect(await send('debit', { ...DEBIT, amount: '9999.00' })).toEqual({ status: 'FAILED' });
    expect(asked).toHaveLength(1);
    expect(row()?.decided).toEqual({ status: 'OK', reason: 'merchant' });
    expect(decided()[1]).toEqual({ status: 'FAILED', reason: 'conflicting_duplicate' });
  });
});

describe('the payment of an answered question', () => {
  const about = { messageid: DEBIT.messageid, orderid: DEBIT.orderid, enduserid: DEBIT.enduserid };

  it('a withdrawal answered OK is processing, a withdrawal answered FAILED is denied, without balance.restore', async () => {
    for (const [status, expected] of [
      ['OK', 'processing'],
      ['FAILED', 'denied'],
    ]) {
      const { send, register, hook, work } = bench();
      await register(withdrawal);
      hook.ask = says({ status });
      await send('debit', DEBIT);
      await send('debit', DEBIT);
      expect(await work()).toMatchObject({ status: expected, holds: [], restores: 0 });
    }
  });

  it('a withdrawal answered FAILED for lack of an answer is denied, with one balance.restore', async () => {
    const { send, register, hook, work } = bench();
    await register(withdrawal);
    hook.ask = async () => silent;
    await send('debit', DEBIT);
    vi.setSystemTime(START + RECOVERY_MS);
    await send('debit', DEBIT);
    await send('debit', DEBIT);
    await send('cancel', { ...about, notificationid: '5' });
    expect(await work()).toMatchObject({ status: 'denied', holds: [], restores: 1 });
  });

  /** Another order for the withdrawal, with Trustly's order id as its alias. */
  const dearer = {
    ...{ ...withdrawal, reference: 'dearer', provider: 'trustly-europe', account: 'shop' },
    ...{ amounts: [{ currency: 'EUR', exact: '950.00' }], aliases: [{ type: 'id', value: DEBIT.orderid }] },
  };

  it('a debit without an answer that gets FAILED for another amount causes one balance.restore', async () => {
    const { send, register, hook, work } = bench();
    await register(withdrawal);
    hook.ask = async () => silent;
    expect(await send('debit', DEBIT)).toBe(503);
    await register(dearer);
    expect(await send('debit', DEBIT)).toMatchObject({ status: 'FAILED' });
    expect(await work()).toMatchObject({ status: 'denied', restores: 1 });
  });

  it('a debit that gets FAILED for another amount while the merchant is asked causes one balance.restore', async () => {
    const { send, register, hook, work } = bench();
    await register(withdrawal);
    hook.ask = async () => {
      await register(dearer);
      expect(await send('debit', DEBIT)).toMatchObject({ status: 'FAILED' });
      await work();
      return silent;
    };
    expect(await send('debit', DEBIT)).toBe(503);
    expect(await send('debit', DEBIT)).toMatchObject({ status: 'FAILED' });
    expect(await work()).toMatchObject({ status: 'denied', restores: 1 });
  });

  it('one balance.restore is sent when FAILED is stored before a simultaneous OK', async () => {
    const { send, register, hook, store, work } = bench();
    await register(withdrawal);
    hook.ask = async (...args) => {
      store.beforeWrite = async () => {
        store.beforeWrite = undefined;
        hook.ask = says({ status: 'FAILED' });
        await send('debit', DEBIT);
        await work();
      };
      return says({ status: 'OK' })(...args);
    };
    await send('debit', DEBIT);
    expect(await work()).toMatchObject({ status: 'denied', holds: [], restores: 1 });
  });

  it('a withdrawal with OK and then cancel is held as contradictory_evidence until a credit returns the money', async () => {
    const { send, register, work } = bench();
    await register(withdrawal);
    await send('debit', DEBIT);
    await send('cancel', { ...about, notificationid: '5' });
    expect(await work()).toMatchObject({ status: 'canceled', holds: ['contradictory_evidence'] });
    await send('credit', { ...DEBIT, notificationid: '6' });
    expect(await work()).toMatchObject({ status: 'failed', holds: [], restores: 1 });
  });

  it('a copy of a debit with the same instant in another time zone gets the stored answer and is no conflict', async () => {
    const { send, register, asked, work } = bench();
    await register(withdrawal);
    expect(DEBIT.timestamp).toMatch(/14:42:04\.675645\+01$/);
    expect(await send('debit', DEBIT)).toEqual({ status: 'OK' });
    for (const [from, to] of [
      ['14:42', '13:42'],
      ['14:42', '19:12'],
    ] as const) {
      const offset = to === '13:42' ? '+00:00' : '+0530';
      const timestamp = DEBIT.timestamp.replace(from, to).replace('+01', offset);
      expect(await send('debit', { ...DEBIT, timestamp })).toEqual({ status: 'OK' });
    }
    expect(asked).toHaveLength(1);
    expect(await work()).toMatchObject({ status: 'processing', holds: [] });
  });

  it('a copy of a debit with another uuid gets the stored answer, signed for that uuid, and is no conflict', async () => {
    const { send, register, asked, work } = bench();
    await register(withdrawal);
    for (const uuid of [UUID, UUID.replace('258a', '0000')]) {
      expect(await send('debit', DEBIT, Date.now(), uuid)).toEqual({ status: 'OK' });
    }
    expect(asked).toHaveLength(1);
    expect(await work()).toMatchObject({ status: 'processing', holds: [] });
  });

  it('a debit stored under the former hash of an older version is neither asked again nor held', async () => {
    const { send, register, asked, work, store } = bench();
    await register(withdrawal);
    await send('debit', DEBIT);
    await work();
    const parsed = trustlyEurope.parse(
      signNotification({ method: 'debit', uuid: UUID, data: DEBIT }, trustly.privateKey).body,
      asking,
    );
    const { formerMaterial, ...normalized } = trustlyEurope.normalize(parsed, asking);
    const [present, former] = [materialHash(normalized), hashCanonical(formerMaterial)];
    expect(former).not.toBe(present);
    let met = 0;
    for (const [address, item] of store.rows) {
      const text = JSON.stringify(item);
      if (text.includes(present)) met += 1;
      store.rows.set(address, JSON.parse(text.replaceAll(present, former)));
    }
    expect(met).toBeGreaterThanOrEqual(2);
    expect(await send('debit', DEBIT)).toEqual({ status: 'OK' });
    expect(asked).toHaveLength(1);
    expect(await work()).toMatchObject({ status: 'processing', holds: [], restores: 0 });
    // Other content still is a conflicting duplicate.
    await send('debit', { ...DEBIT, amount: '9999.00' });
    expect(await work()).toMatchObject({ holds: ['conflicting_duplicate'] });
  });

  it('a debit with other content under an answered id is kept and held as conflicting_duplicate', async () => {
    const { send, register, work } = bench();
    await register({ ...withdrawal, amounts: [{ currency: 'EUR', open: true }] });
    await send('debit', DEBIT);
    await send('debit', { ...DEBIT, amount: '9999.00' });
    expect(await work()).toMatchObject({ status: 'processing', holds: ['conflicting_duplicate'] });
  });

  it('the answer to a question is kept as evidence with its notification', async () => {
    const { send, register, hook, store, work } = bench();
    await register(withdrawal);
    hook.ask = says({ status: 'FAILED' });
    await send('debit', DEBIT);
    await work();
    expect(store.data<{ decided: unknown }>('evidence#').map(({ decided }) => decided)).toEqual([
      { status: 'FAILED', reason: 'merchant' },
    ]);
  });
});

describe('a question without an answer', () => {
  const silences: [string, Ask][] = [
    ['an endpoint that is not reached', async () => silent],
    ['an endpoint that refuses', async () => ({ answered: false, why: 'refused' })],
    ['the text of a health check', async () => ({ answered: true, text: '{"status":"OK"}' })],
    ['a web page', async () => ({ answered: true, text: '<html>OK</html>' })],
    ['a status of another question', says({ status: 'CONTINUE' })],
  ];
  for (const [name, ask] of silences) {
    it(`${name} is no answer: the debit gets 503, is not queued, and its next copy is asked again`, async () => {
      const { send, register, hook, queue, row } = bench();
      await register(withdrawal);
      hook.ask = ask;
      expect(await send('debit', DEBIT)).toBe(503);
      expect(queue.sent).toEqual([]);
      expect(row()).toMatchObject({ uncertain: true });
      expect(row()?.decided).toBeUndefined();
      hook.ask = says({ status: 'OK' });
      vi.setSystemTime(START + 5_000);
      expect(await send('debit', DEBIT)).toEqual({ status: 'OK' });
      expect(row()).toMatchObject({ decided: { status: 'OK' } });
    });

    it(`${name} for five minutes makes the debit FAILED (no_answer) for ever, with restore: true`, async () => {
      const { send, register, hook, decided } = bench();
      await register(withdrawal);
      hook.ask = ask;
      expect(await send('debit', DEBIT)).toBe(503);
      vi.setSystemTime(START + RECOVERY_MS - 1);
      expect(await send('debit', DEBIT)).toBe(503);
      vi.setSystemTime(START + RECOVERY_MS);
      expect(await send('debit', DEBIT)).toEqual({ status: 'FAILED' });
      hook.ask = says({ status: 'OK' });
      expect(await send('debit', DEBIT)).toEqual({ status: 'FAILED' });
      const given = { status: 'FAILED', reason: 'no_answer', restore: true };
      expect(decided()).toEqual([given, given]);
    });
  }

  it('a debit of an unknown order gets 503 without asking, and is asked once the order is registered', async () => {
    const { send, register, asked, queue, row } = bench();
    expect(await send('debit', DEBIT)).toBe(503);
    expect(asked).toEqual([]);
    expect(queue.sent).toEqual([]);
    expect(row()).toMatchObject({ uncertain: false });
    await register(withdrawal);
    expect(await send('debit', DEBIT)).toEqual({ status: 'OK' });
  });

  it('a debit whose order stays unknown for five minutes is answered FAILED (order_unknown) without restore', async () => {
    const { send, register, asked, decided } = bench();
    await send('debit', DEBIT);
    vi.setSystemTime(START + RECOVERY_MS);
    expect(await send('debit', DEBIT)).toEqual({ status: 'FAILED' });
    expect(decided()).toEqual([{ status: 'FAILED', reason: 'order_unknown' }]);
    await register(withdrawal);
    expect(await send('debit', DEBIT)).toEqual({ status: 'FAILED' });
    expect(asked).toEqual([]);
  });

  it('a debit asked once without an answer and then not asked again gets FAILED with restore: true', async () => {
    const { send, register, hook, keysOf, decided } = bench();
    await register(withdrawal);
    hook.ask = async () => silent;
    await send('debit', DEBIT);
    keysOf.fails = true;
    vi.setSystemTime(START + RECOVERY_MS);
    expect(await send('debit', DEBIT)).toEqual({ status: 'FAILED' });
    expect(decided()).toEqual([{ status: 'FAILED', reason: 'no_answer', restore: true }]);
  });

  it('the five minutes until FAILED count from the first copy of a debit, also when its order was unknown then', async () => {
    const { send, register, hook, row, decided } = bench();
    expect(await send('debit', DEBIT)).toBe(503);
    await register(withdrawal);
    hook.ask = async () => silent;
    vi.setSystemTime(START + 60_000);
    expect(await send('debit', DEBIT)).toBe(503);
    expect(row()).toMatchObject({ firstAskedAt: new Date(START).toISOString(), uncertain: true });
    vi.setSystemTime(START + RECOVERY_MS);
    expect(await send('debit', DEBIT)).toEqual({ status: 'FAILED' });
    expect(decided()).toEqual([{ status: 'FAILED', reason: 'no_answer', restore: true }]);
  });

  it('a debit first asked after five minutes, without an answer, gets FAILED with restore: true', async () => {
    const { send, register, hook, decided } = bench();
    await send('debit', DEBIT);
    await register(withdrawal);
    hook.ask = async () => silent;
    vi.setSystemTime(START + RECOVERY_MS);
    expect(await send('debit', DEBIT)).toEqual({ status: 'FAILED' });
    expect(decided()).toEqual([{ status: 'FAILED', reason: 'no_answer', restore: true }]);
  });

  it('a question whose row a concurrent copy wrote first is still marked as asked: FAILED with restore: true', async () => {
    const { send, register, hook, store, keysOf, decided } = bench();
    hook.ask = async () => {
      // A concurrent copy, for which the hook could not be asked, writes the row first.
      keysOf.fails = true;
      await send('debit', DEBIT);
      return silent;
    };
    await register(withdrawal);
    expect(await send('debit', DEBIT)).toBe(503);
    expect(store.all().filter(({ sk }) => sk === 'decision')).toHaveLength(1);
    vi.setSystemTime(START + RECOVERY_MS);
    expect(await send('debit', DEBIT)).toEqual({ status: 'FAILED' });
    expect(decided()).toEqual([{ status: 'FAILED', reason: 'no_answer', restore: true }]);
  });

  it('a debit gets 503 without a signing key, and the merchant is not asked', async () => {
    const { send, register, keysOf, asked, row } = bench();
    await register(withdrawal);
    keysOf.fails = true;
    expect(await send('debit', DEBIT)).toBe(503);
    expect(asked).toEqual([]);
    expect(row()).toMatchObject({ uncertain: false });
  });

  it('a decision hook that never answers leads to 503 within the deadline, and nothing is queued', async () => {
    const { send, register, hook, queue } = bench();
    await register(withdrawal);
    hook.ask = never;
    const answering = send('debit', DEBIT);
    await vi.advanceTimersByTimeAsync(BUDGET_MS);
    expect(await answering).toBe(503);
    expect(queue.sent).toEqual([]);
  });
});

describe('the time for the decision hook', () => {
  it('the decision hook gets the time that is left before FINISH_MS', async () => {
    const { send, register, asked } = bench();
    await register(withdrawal);
    await send('debit', DEBIT, START - 1_000);
    expect(asked[0]?.patienceMs).toBe(BUDGET_MS - 1_000 - FINISH_MS);
  });

  it('the merchant is not asked when less than MIN_HOOK_MS is left: 503, and the row says uncertain: false', async () => {
    const { send, register, asked, row } = bench();
    await register(withdrawal);
    expect(await send('debit', DEBIT, START - (BUDGET_MS - FINISH_MS - MIN_HOOK_MS) - 1)).toBe(503);
    expect(asked).toEqual([]);
    expect(row()).toMatchObject({ uncertain: false });
  });
});

describe('a failure of Payhooks while a question is answered', () => {
  it('an answer that cannot be stored leads to 503, and the merchant is asked again', async () => {
    const { send, register, store, queue, asked, lines } = bench();
    await register(withdrawal);
    store.beforeWrite = (writes) => {
      if (!decides(writes)) return;
      store.beforeWrite = undefined;
      throw new Error('table down');
    };
    expect(await send('debit', DEBIT)).toBe(503);
    expect(queue.sent).toEqual([]);
    expect(lines.join()).toContain('an answer could not be stored');
    expect(await send('debit', DEBIT)).toEqual({ status: 'OK' });
    expect(asked.map(({ question }) => question.id)).toEqual([
      `trustly-europe:shop:${ID}`,
      `trustly-europe:shop:${ID}`,
    ]);
  });

  it('an OK that cannot be stored, nor asked for again in time, ends in FAILED with restore: true', async () => {
    const { send, register, store, keysOf, decided } = bench();
    await register(withdrawal);
    store.beforeWrite = (writes) => {
      if (!decides(writes)) return;
      store.beforeWrite = undefined;
      throw new Error('table down');
    };
    expect(await send('debit', DEBIT)).toBe(503);
    keysOf.fails = true;
    vi.setSystemTime(START + RECOVERY_MS);
    expect(await send('debit', DEBIT)).toEqual({ status: 'FAILED' });
    expect(decided()).toEqual([{ status: 'FAILED', reason: 'no_answer', restore: true }]);
  });

  it('an answer that is stored although the write reports an error is not asked for again', async () => {
    const { send, register, store, asked } = bench();
    await register(withdrawal);
    store.afterWrite = (writes) => {
      if (!decides(writes)) return;
      store.afterWrite = undefined;
      throw new Error('answer lost');
    };
    expect(await send('debit', DEBIT)).toBe(503);
    expect(await send('debit', DEBIT)).toEqual({ status: 'OK' });
    expect(asked).toHaveLength(1);
  });

  it('a question whose row cannot be written is not asked: 503', async () => {
    const { send, register, store, asked, row } = bench();
    await register(withdrawal);
    store.beforeWrite = () => {
      throw new Error('table down');
    };
    expect(await send('debit', DEBIT)).toBe(503);
    expect(asked).toEqual([]);
    expect(row()).toBeUndefined();
  });

  it('a question whose row took too long to write is not asked, and ends in FAILED without restore', async () => {
    const { send, register, store, asked, row, decided } = bench();
    await register(withdrawal);
    store.beforeWrite = () => {
      store.beforeWrite = undefined;
      vi.setSystemTime(START + BUDGET_MS - FINISH_MS - MIN_HOOK_MS + 1);
    };
    expect(await send('debit', DEBIT, START)).toBe(503);
    expect([asked, row()?.uncertain, row()?.takenFor]).toEqual([[], false, []]);
    vi.setSystemTime(START + RECOVERY_MS + BUDGET_MS);
    expect(await send('debit', DEBIT, START + RECOVERY_MS + BUDGET_MS - (BUDGET_MS - FINISH_MS - 1))).toEqual(
      {
        status: 'FAILED',
      },
    );
    expect(decided()).toEqual([{ status: 'FAILED', reason: 'no_answer' }]);
  });

  it('a FAILED has restore: true when an earlier process died while the merchant was asked', async () => {
    const { send, register, hook, decided } = bench();
    await register({ ...withdrawal, amounts: [{ currency: 'EUR', open: true }] });
    hook.ask = () => new Promise(() => undefined);
    const died = send('debit', DEBIT);
    await vi.advanceTimersByTimeAsync(BUDGET_MS);
    expect(await died).toBe(503);
    // An order with Trustly's order id is more specific. Its amount differs, so the merchant is not asked again.
    await register({
      ...withdrawal,
      reference: 'other',
      provider: 'trustly-europe',
      account: 'shop',
      amounts: [{ currency: 'EUR', exact: '1' }],
      aliases: [{ type: 'id', value: DEBIT.orderid }],
    });
    expect(await send('debit', DEBIT)).toEqual({ status: 'FAILED' });
    expect(decided()).toEqual([{ status: 'FAILED', reason: 'amount_differs', restore: true }]);
  });

  it('two concurrent contents under one id, both answered FAILED by the merchant, cause no restore', async () => {
    const { send, register, hook, decided } = bench();
    await register({ ...withdrawal, amounts: [{ currency: 'EUR', open: true }] });
    const no = says({ status: 'FAILED' });
    hook.ask = async (...args) => {
      hook.ask = no;
      await send('debit', { ...DEBIT, amount: '9999.00' });
      return no(...args);
    };
    expect(await send('debit', DEBIT)).toEqual({ status: 'FAILED' });
    expect(decided().some((each) => each?.restore === true)).toBe(false);
  });

  it.each(['first', 'last'])(
    'a copy with restore: true causes no balance.restore after the merchant answered FAILED: it comes %s',
    async (when) => {
      const { send, register, hook, queue, row, work } = bench();
      await register({ ...withdrawal, amounts: [{ currency: 'EUR', open: true }] });
      const other = { ...DEBIT, amount: '9999.00' };
      // While the merchant is asked about the other content, this content gets OK, and the other content arrives again.
      hook.ask = async (...args) => {
        hook.ask = says({ status: 'OK' });
        expect(await send('debit', DEBIT)).toEqual({ status: 'OK' });
        expect(await send('debit', other)).toEqual({ status: 'FAILED' });
        return says({ status: 'FAILED' })(...args);
      };
      expect(await send('debit', other)).toEqual({ status: 'FAILED' });
      expect(row()).toMatchObject({ decided: { status: 'OK' }, takenFor: [] });
      if (when === 'first') queue.sent.unshift(...queue.sent.splice(1, 1));
      // In both orders the balance was taken once, for the content that got OK: no restore is due.
      expect(await work()).toMatchObject({ holds: ['conflicting_duplicate'], restores: 0 });
    },
  );

  it('an OK that cannot be queued leads to 503, and the retry gets OK without asking again', async () => {
    const { send, register, queue, asked, decided } = bench();
    await register(withdrawal);
    queue.fails = () => {
      throw new Error('down');
    };
    expect(await send('debit', DEBIT)).toBe(503);
    queue.fails = undefined;
    expect(await send('debit', DEBIT)).toEqual({ status: 'OK' });
    expect(asked).toHaveLength(1);
    expect(decided()).toEqual([{ status: 'OK', reason: 'merchant' }]);
  });

  it('a table that cannot be read leads to 503, and the merchant is not asked', async () => {
    const { send, store, asked } = bench();
    store.get = async () => {
      throw new Error('down');
    };
    expect(await send('debit', DEBIT)).toBe(503);
    expect(asked).toEqual([]);
  });
});

describe('a debit that is no question', () => {
  it.each(['payment', 'payout', 'refund'] as const)(
    'a debit of a registered %s is answered OK without asking the merchant',
    async (kind) => {
      const { send, register, asked, row, decided } = bench();
      await register({ ...withdrawal, kind });
      expect(await send('debit', DEBIT)).toEqual({ status: 'OK' });
      expect(asked).toEqual([]);
      expect(row()).toBeUndefined();
      expect(decided()).toEqual([undefined]);
    },
  );

  it('a debit with refund: 1 is answered OK without asking the merchant', async () => {
    const { send, asked } = bench();
    expect(await send('debit', { ...DEBIT, refund: '1' })).toEqual({ status: 'OK' });
    expect(asked).toEqual([]);
  });

  it('a debit in an account without withdrawals is answered OK without asking the merchant', async () => {
    const { send, asked } = bench(account({ kyc: true, decision }));
    expect(await send('debit', DEBIT)).toEqual({ status: 'OK' });
    expect(asked).toEqual([]);
  });
});

describe('a kyc question', () => {
  const KYC_ID = SAMPLES.kyc.notificationid;

  it.each([{ status: 'CONTINUE' }, { status: 'CONTINUE', limit: '100.00' }, { status: 'FINISH' }])(
    'the merchant’s kyc answer %j is stored, and every copy gets the same answer',
    async (reply) => {
      const { send, hook, asked, row } = bench();
      hook.ask = says(reply);
      expect(await send('kyc', SAMPLES.kyc)).toEqual(reply);
      hook.ask = says({ status: 'CONTINUE', limit: '1' });
      expect(await send('kyc', SAMPLES.kyc)).toEqual(reply);
      expect(asked).toHaveLength(1);
      expect(row(KYC_ID)?.decided).toEqual({ ...reply, reason: 'merchant' });
    },
  );

  it('a kyc question leaves no attribute of the person in clear in the table, the queue or the log', async () => {
    const { send, store, queue, lines, asked } = bench();
    await send('kyc', SAMPLES.kyc);
    expect(asked[0]?.question.kyc?.attributes.personid).toBe('SE196512171957');
    const kept = JSON.stringify(store.all()) + queue.bodies.join() + lines.join();
    for (const value of Object.values(SAMPLES.kyc.attributes)) expect(kept).not.toContain(value);
  });

  it('a kyc question that Trustly aborted is answered FINISH (aborted) without asking the merchant', async () => {
    const { send, asked, decided } = bench();
    expect(await send('kyc', { ...SAMPLES.kyc, abort: '1', abortmessage: 'underage' })).toEqual({
      status: 'FINISH',
    });
    expect(asked).toEqual([]);
    expect(decided()).toEqual([{ status: 'FINISH', reason: 'aborted' }]);
  });

  it('a kyc question without an answer gets 503, then FINISH (no_answer) after five minutes, without restore', async () => {
    const { send, hook, decided } = bench();
    hook.ask = async () => silent;
    expect(await send('kyc', SAMPLES.kyc)).toBe(503);
    vi.setSystemTime(START + RECOVERY_MS);
    expect(await send('kyc', SAMPLES.kyc)).toEqual({ status: 'FINISH' });
    expect(decided()).toEqual([{ status: 'FINISH', reason: 'no_answer' }]);
  });

  it('a CONTINUE that loses to a stored FINISH is answered FINISH, without restore', async () => {
    const { send, hook, store, row } = bench();
    hook.ask = async (...args) => {
      store.beforeWrite = async () => {
        store.beforeWrite = undefined;
        hook.ask = says({ status: 'FINISH' });
        await send('kyc', SAMPLES.kyc);
      };
      return says({ status: 'CONTINUE' })(...args);
    };
    expect(await send('kyc', SAMPLES.kyc)).toEqual({ status: 'FINISH' });
    expect(row(KYC_ID)?.decided).toEqual({ status: 'FINISH', reason: 'merchant' });
  });

  it('a kyc question in an account without kyc is answered FINISH without asking the merchant', async () => {
    const { send, asked } = bench(account({ withdrawals: true, decision }));
    expect(await send('kyc', SAMPLES.kyc)).toEqual({ status: 'FINISH' });
    expect(asked).toEqual([]);
  });
});

describe('a debit and a kyc under one notification id', () => {
  const kyc = { ...SAMPLES.kyc, notificationid: ID };
  const sent = { debit: DEBIT, kyc } as const;
  type Method = keyof typeof sent;
  const allowed = { debit: ['OK', 'FAILED'], kyc: ['CONTINUE', 'FINISH'] } as const;
  const words = { yes: { debit: 'OK', kyc: 'CONTINUE' }, no: { debit: 'FAILED', kyc: 'FINISH' } } as const;
  const replies = ['yes', 'no', 'silence'] as const;
  const cases = (['debit', 'kyc'] as const).flatMap((outer) =>
    replies.flatMap((ofOuter) => replies.map((ofInner) => [outer, ofOuter, ofInner] as const)),
  );

  /** A decision hook that gives the chosen answer to each method. */
  const answering = (of: Readonly<Record<Method, (typeof replies)[number]>>): Ask => {
    return async ({ id, asks }) => {
      const reply = of[asks];
      if (reply === 'silence') return silent;
      return { answered: true, text: JSON.stringify({ id, status: words[reply][asks] }) };
    };
  };

  const answerOf = async (b: ReturnType<typeof bench>, method: Method) => {
    const answer = await b.send(method, sent[method]);
    return typeof answer === 'number' ? answer : String(answer?.status);
  };

  it.each(cases)(
    'a question during a %s question (%s, %s) gets its own kind of answer; a balance taken in vain is restored',
    async (outer, ofOuter, ofInner) => {
      const inner = outer === 'debit' ? 'kyc' : 'debit';
      const b = bench();
      await b.register(withdrawal);
      const merchant = answering({ [outer]: ofOuter, [inner]: ofInner } as Record<Method, typeof ofOuter>);
      let answerOfInner: number | string | undefined;
      b.hook.ask = async (...args) => {
        b.hook.ask = merchant;
        answerOfInner = await answerOf(b, inner);
        return merchant(...args);
      };
      const first = [await answerOf(b, outer), answerOfInner];
      vi.setSystemTime(START + RECOVERY_MS);
      const last = { [outer]: await answerOf(b, outer), [inner]: await answerOf(b, inner) };
      const ofDebit = outer === 'debit' ? ofOuter : ofInner;
      for (const method of ['debit', 'kyc'] as const) expect(allowed[method]).toContain(last[method]);
      // An answer that the provider received does not change.
      if (typeof first[0] === 'string') expect(last[outer]).toBe(first[0]);
      if (typeof first[1] === 'string') expect(last[inner]).toBe(first[1]);
      const isTakenForNothing = last.debit !== 'OK' && ofDebit !== 'no';
      const { restores } = await b.work();
      expect(restores).toBe(isTakenForNothing ? 1 : 0);
      if (ofDebit !== 'yes') expect(last.debit).toBe('FAILED');
    },
  );

  it.each([
    ['debit', 'kyc'],
    ['kyc', 'debit'],
  ] as const)(
    'after a %s is answered, a %s under the same id gets the negative answer of its own kind',
    async (first, then) => {
      const b = bench();
      await b.register(withdrawal);
      b.hook.ask = answering({ debit: 'yes', kyc: 'yes' });
      expect(await answerOf(b, first)).toBe(words.yes[first]);
      expect(await answerOf(b, then)).toBe(words.no[then]);
      expect(await answerOf(b, first)).toBe(words.yes[first]);
      expect(b.asked).toHaveLength(1);
      expect((await b.work()).restores).toBe(0);
    },
  );
});

describe('a question in quarantine', () => {
  it('a debit without orderid is quarantined and answered FAILED without asking the merchant', async () => {
    const { send, asked, queue } = bench();
    const { orderid: _, ...torn } = DEBIT;
    expect(await send('debit', torn)).toEqual({ status: 'FAILED' });
    expect(asked).toEqual([]);
    expect(queue.drain()[0]).toMatchObject({ quarantine: 'missing_field' });
  });
});

it('credit, pending, cancel, account and payoutconfirmation are answered OK without asking or reading the table', async () => {
  const { send, store, asked } = bench();
  store.get = async () => {
    throw new Error('must not be read');
  };
  for (const method of ['credit', 'pending', 'cancel', 'account', 'payoutconfirmation'] as const) {
    expect(await send(method, SAMPLES[method])).toEqual({ status: 'OK' });
  }
  expect(asked).toEqual([]);
});
