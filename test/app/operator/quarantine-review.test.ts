/** Messages in quarantine are listed, applied with their time of receipt, or discarded, by the present code. */

import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { erasing } from '../../../cli/erase/sealed.ts';
import { OperatorError } from '../../../shared/app/operator/holds.ts';
import { importProcessedIds } from '../../../shared/app/operator/import.ts';
import {
  applyQuarantined,
  discardQuarantined,
  type QuarantinedMessage,
  readQuarantine,
} from '../../../shared/app/operator/quarantine-review.ts';
import { notificationContext } from '../../../shared/app/platform/message.ts';
import {
  CONFIRMATION,
  ENVELOPE_SCHEMA,
  type NotificationEnvelope,
} from '../../../shared/app/platform/message-schema.ts';
import { readMessage } from '../../../shared/app/platform/read-message.ts';
import { parseEnvelopeKeys, seal, sealTo } from '../../../shared/app/platform/seal.ts';
import { hashText, questionKey } from '../../../shared/app/table/keys.ts';
import { questionItem } from '../../../shared/app/table/rows.ts';
import type { ApplyDeps } from '../../../shared/app/transition/apply.ts';
import { registerOrder } from '../../../shared/app/transition/orders.ts';
import { createApply } from '../../../shared/app/transition/receive.ts';
import { materialHash, type Payment } from '../../../shared/payment/index.ts';
import type { Account, RegisteredProvider } from '../../../shared/providers/index.ts';
import { providers } from '../../../shared/providers/index.ts';
import { parseOrder } from '../../../shared/providers/orders.ts';
import type { PaymentwallAccount } from '../../../shared/providers/paymentwall/account.ts';
import type { Provider } from '../../../shared/providers/provider.ts';
import { trustlyEurope } from '../../../shared/providers/trustly-europe/index.ts';
import { account as americas, authentic, replay } from '../../providers/trustly-americas/support.ts';
import { account as europe, SAMPLES, UUID, body as written } from '../../providers/trustly-europe/support.ts';
import { MemoryQueue } from '../../support/memory-queue.ts';
import { type ToyKeys, type ToyNotification, toyProvider } from '../../support/toy-provider.ts';
import { signedByTrustly } from '../../support/trustly-signature.ts';
import { type Bench, envelopeKeys, workerBench } from '../../support/worker-bench.ts';

type Toy = Provider<ToyNotification, ToyKeys, PaymentwallAccount>;

const CAME = '2026-02-20T08:30:00.000Z';
const operatorNote = { by: 'ada', note: 'a test of ours' };

/** The dependencies after an update that reads the "broken" messages as paid. */
function updated(bench: Bench, change: Partial<Toy> = {}): ApplyDeps {
  const parse: Toy['parse'] = (message, account) =>
    toyProvider.parse(message.replace('|broken|', '|paid|'), account);
  const toy = { ...toyProvider, parse, ...change } as RegisteredProvider;
  return { ...bench.deps, providers: { ...bench.deps.providers, paymentwall: toy } };
}

const list = (account: Account, deps: ApplyDeps, most = 1_000) =>
  Array.fromAsync(readQuarantine(account, most, deps));
const listed = (bench: Bench, deps: ApplyDeps = bench.deps) => list(bench.account, deps);
async function only(bench: Bench, deps: ApplyDeps = bench.deps): Promise<QuarantinedMessage> {
  const [kept, ...more] = await listed(bench, deps);
  if (kept === undefined || more.length > 0) throw new Error(`${more.length} more than one, or none`);
  return kept;
}
const today = async (bench: Bench, deps: ApplyDeps = bench.deps) => (await only(bench, deps)).today;

/** Changes the messages in quarantine into unreadable poll answers, as the worker stores them. */
async function asAnswer({ memory }: Bench): Promise<void> {
  for (const row of memory.all().filter(({ pk }) => pk.startsWith('quarantine#')))
    await memory.write([
      { put: { ...row, data: { ...(row.data as object), variant: CONFIRMATION } }, when: 'always' },
    ]);
}

/** A bench with one unreadable message in quarantine. */
async function withUnreadable(over: Partial<NotificationEnvelope> = {}): Promise<Bench> {
  const bench = workerBench();
  await bench.apply(bench.envelope({ fact: 'broken', note: 'CANARY' }, { receivedAt: CAME, ...over }));
  bench.time.now += 7 * 86_400_000;
  return bench;
}

/** Applies the message in quarantine: sends it to the queue, and a worker with these dependencies applies the queue. */
async function applyAndWork(bench: Bench, deps: ApplyDeps, kept?: QuarantinedMessage): Promise<void> {
  await applyQuarantined(kept ?? (await only(bench, deps)), bench.notifications, bench.memory);
  for (const { body } of bench.notifications.sent.splice(0)) await createApply(deps)(body);
}
const payment = (bench: Bench) => bench.memory.data<Payment>('payment')[0];

describe('the state of a message in quarantine', () => {
  it('a message in quarantine is unreadable while the parser refuses it, and readable after an update', async () => {
    const bench = await withUnreadable();
    expect(await today(bench)).toBe('unreadable');
    expect(await today(bench, updated(bench))).toBe('readable');
  });

  it('a message in quarantine is listed with its row, and without its content in clear', async () => {
    const bench = await withUnreadable();
    const kept = await only(bench);
    expect(kept).toMatchObject({
      account: { account: 'toy' },
      row: { reason: 'unreadable', receivedAt: CAME },
    });
    expect(kept.id).toBe(kept.row.digest.slice(0, 16));
    expect(JSON.stringify(kept)).not.toContain('CANARY');
  });

  it('a message in quarantine is not_opened when its key is gone or when it was altered', async () => {
    const bench = await withUnreadable();
    const other = parseEnvelopeKeys({ current: 'o'.repeat(64) });
    expect(await today(bench, { ...updated(bench), envelopeKeys: async () => other })).toBe('not_opened');
    const { item, row } = await only(bench);
    const sealed = `${row.sealed.slice(0, -4)}${row.sealed.endsWith('AAAA') ? 'BBBB' : 'AAAA'}`;
    await bench.memory.write([{ put: { ...item, data: { ...row, sealed } }, when: 'present' }]);
    expect(await today(bench, updated(bench))).toBe('not_opened');
  });

  it('a message in quarantine is opened with the fresh key when the cached key does not fit', async () => {
    const bench = await withUnreadable();
    const stale = parseEnvelopeKeys({ current: 's'.repeat(64) });
    const keys: ApplyDeps['envelopeKeys'] = async (fresh) => (fresh ? envelopeKeys : stale);
    expect(await today(bench, { ...updated(bench), envelopeKeys: keys })).toBe('readable');
  });

  it('a message in quarantine is applied when a readable copy was applied, also with other immaterial fields', async () => {
    const bench = await withUnreadable();
    const deps = updated(bench);
    await createApply(deps)(bench.envelope({ fact: 'paid', note: 'sent again' }));
    expect(await today(bench, deps)).toBe('applied');
    // The older parser cannot read the message, so it cannot compare the message with the copy.
    expect(await today(bench)).toBe('unreadable');
  });

  it('a message in quarantine is applied when its content is stored as a conflicting duplicate', async () => {
    const bench = await withUnreadable();
    const deps = updated(bench);
    await createApply(deps)(bench.envelope({ fact: 'reversed' }));
    expect(await today(bench, deps)).toBe('readable');
    await createApply(deps)(bench.envelope({ fact: 'paid' }));
    expect(await today(bench, deps)).toBe('applied');
  });

  it('a message in quarantine is applied when its key was imported, whatever its content', async () => {
    const bench = workerBench();
    const deps = updated(bench);
    await bench.apply(bench.envelope({ key: 'b1/0', fact: 'broken' }));
    const line = { provider: 'paymentwall', account: 'toy', key: 'b1/0' } as const;
    expect(await importProcessedIds([line], { ...deps, notifications: bench.notifications })).toMatchObject({
      created: 1,
    });
    expect(await today(bench, deps)).toBe('applied');
  });

  it('a message in quarantine stays unreadable when its reason cannot be checked in the kept message', async () => {
    const bench = await withUnreadable();
    const unseen = (reason: string) => updated(bench, { uncheckableReasons: new Set([reason]) });
    expect(await today(bench, unseen('unreadable'))).toBe('unreadable');
    expect(await today(bench, unseen('another'))).toBe('readable');
  });
});

/** A bench with the real providers. `apply` sends a message to the worker as intake does, also into quarantine. */
function realBench(account: Account) {
  const bench = workerBench();
  const deps: ApplyDeps = { ...bench.deps, providers, accounts: [account] };
  const { provider, account: name } = account;
  const envelope = (unsigned: string, over: Partial<NotificationEnvelope>): string => {
    const message = provider === 'trustly-europe' ? signedByTrustly(unsigned) : unsigned;
    const digest = hashText(message);
    const sealed = seal(message, notificationContext(provider, name, digest), envelopeKeys);
    return bench.envelope({}, { provider, account: name, receivedAt: CAME, sealed, digest, ...over });
  };
  return {
    ...{ bench, deps, account },
    apply: (message: string, over: Partial<NotificationEnvelope> = {}) =>
      createApply(deps)(envelope(message, over)),
    register: (order: object) =>
      registerOrder(bench.memory, bench.notifications, parseOrder(order, '2026-02-01T00:00:00.000Z')),
    states: async (as: Account = account) =>
      (await list(as, { ...deps, accounts: [as] })).map((kept) => kept.today),
  };
}

describe('a Trustly Americas message in quarantine', () => {
  it('an ambiguous message whose splitToken was cut out is unreadable, even if the rest can be parsed', async () => {
    const { apply, states } = realBench(americas);
    const genuine = 'eventId=7&eventType=Deny&objectId=5&transactionType=3&splitToken=abc&status=5';
    const { message, quarantine, signatureDigest } = authentic(
      replay(genuine.replace('abc&', 'abc%26'), genuine),
    );
    if (quarantine === undefined || signatureDigest === undefined) throw new Error('not ambiguous');
    await apply(message, { quarantine, signatureDigest });
    expect(await states()).toEqual(['unreadable']);
    // The same text with a reason that today's parser can check.
    await apply(message, { quarantine: 'invalid_field.errorCode' });
    expect((await states()).sort()).toEqual(['readable', 'unreadable']);
  });

  it('an authorization applied from quarantine has no splitToken, and a later copy brings no splitToken', async () => {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const splitTokenKey = publicKey.export({ format: 'jwk' }) as Record<string, string>;
    const authorization = new URLSearchParams({
      ...{ eventId: '7', createdAt: '1701986450000', eventType: 'Authorize', objectId: '5' },
      ...{ objectType: 'Transaction', transactionType: '1', paymentType: '2', status: '2', splitToken: '' },
    }).toString();
    const copy = { splitToken: sealTo(splitTokenKey, 'token') };
    const tokens = ({ bench }: ReturnType<typeof realBench>) =>
      bench.memory.all().filter(({ sk }) => sk === 'split-token').length;

    const quarantined = realBench({ ...americas, splitTokenKey });
    await quarantined.apply(authorization, { quarantine: 'invalid_field.errorCode' });
    await quarantined.apply(authorization, copy);
    expect(tokens(quarantined)).toBe(1);
    expect(await quarantined.states()).toEqual(['applied']);

    const applied = realBench({ ...americas, splitTokenKey });
    await applied.apply(authorization, { quarantine: 'invalid_field.errorCode' });
    const [kept] = await list(applied.account, applied.deps);
    if (kept === undefined) throw new Error('not listed');
    await applyAndWork(applied.bench, applied.deps, kept);
    expect(payment(applied.bench)).toMatchObject({ status: 'authorized' });
    await applied.apply(authorization, copy);
    expect(tokens(applied)).toBe(0);
  });
});

describe('a Trustly Europe message in quarantine', () => {
  const decision = { url: 'https://shop.example/decide' };
  const asking = europe({ withdrawals: true, kyc: true, decision });
  const telling = europe();
  const message = (method: 'debit' | 'kyc' | 'credit', more: object = {}) =>
    written({ method, uuid: UUID, signature: 's', data: { ...SAMPLES[method], ...more } });
  const kept = { quarantine: 'malformed_field' };
  const order = (kind: string) => ({
    ...{ reference: SAMPLES.debit.messageid, kind, amounts: [{ currency: 'EUR', exact: '902.50' }] },
    ...{ provider: 'trustly-europe', account: 'shop' },
  });

  it.each(['debit', 'kyc'] as const)(
    'a %s in quarantine is a question where the account asks, else readable',
    async (method) => {
      const { apply, states, bench } = realBench(asking);
      await apply(message(method), kept);
      expect(await states()).toEqual(['question']);
      expect(await states(telling)).toEqual(['readable']);
      expect(bench.memory.data('payment')).toEqual([]);
    },
  );

  it('a debit about a refund and a credit in quarantine are no questions and are readable', async () => {
    const { apply, states } = realBench(asking);
    await apply(message('debit', { refund: '1' }), kept);
    await apply(message('credit'), kept);
    expect(await states()).toEqual(['readable', 'readable']);
  });

  it.each([
    ['withdrawal', 'question'],
    ['payment', 'readable'],
  ])('a debit in quarantine for a registered %s is %s', async (kind, state) => {
    const { apply, states, register } = realBench(asking);
    await register(order(kind));
    await apply(message('debit'), kept);
    expect(await states()).toEqual([state]);
  });

  it('a question in quarantine is applied when a readable copy was answered and applied', async () => {
    const { apply, states, bench } = realBench(asking);
    const readable = message('debit', { later: 'x' });
    await apply(message('debit'), kept);
    const decided = { status: 'OK', reason: 'merchant' } as const;
    const stored = {
      asks: 'debit',
      materialHash: materialHash(trustlyEurope.normalize(trustlyEurope.parse(readable, asking), asking)),
      firstAskedAt: CAME,
      uncertain: false,
      decided,
    } as const;
    const put = questionItem(questionKey(asking, SAMPLES.debit.notificationid), stored, 1);
    await bench.memory.write([{ put, when: 'absent' }]);
    await apply(readable, { decided });
    expect(await states()).toEqual(['applied']);
  });

  it('an answer of an API in the quarantine of Trustly Europe is unreadable', async () => {
    const { apply, states, bench } = realBench(asking);
    await apply(message('debit'), kept);
    await asAnswer(bench);
    expect(await states()).toEqual(['unreadable']);
  });
});

describe('the list of the quarantine', () => {
  it('the list of the quarantine has neither the counter of a month nor an erased message', async () => {
    const bench = await withUnreadable();
    await bench.apply(bench.envelope({ key: 'k2' }, { quarantine: 'ambiguous' }));
    const [first] = await listed(bench);
    if (first === undefined) throw new Error('not listed');
    expect(bench.memory.all().filter(({ sk }) => sk.startsWith('count#'))).not.toEqual([]);
    const { item, row } = first;
    const sealed = { where: 'quarantine', receivedAt: row.receivedAt, digest: row.digest, item } as const;
    await bench.memory.write(erasing(sealed, operatorNote, CAME));
    const left = await listed(bench);
    expect(left.map(({ id }) => id)).not.toContain(first.id);
    expect(left).toHaveLength(1);
  });

  it('the list of the quarantine has only the messages of its account, at most as many as requested', async () => {
    const bench = workerBench();
    for (const key of ['k1', 'k2', 'k3'])
      await bench.apply(bench.envelope({ key }, { quarantine: 'ambiguous' }));
    expect(await list({ ...bench.account, account: 'other' }, bench.deps)).toEqual([]);
    expect(await listed(bench)).toHaveLength(3);
    expect(await list(bench.account, bench.deps, 2)).toHaveLength(2);
  });
});

describe('applying a message from quarantine', () => {
  it('an applied message makes its payment with the time of receipt and one fulfil, and is listed as applied', async () => {
    const bench = await withUnreadable();
    const deps = updated(bench);
    await applyAndWork(bench, deps);
    await bench.deliverAll();
    expect(payment(bench)).toMatchObject({ status: 'paid', firstSeenAt: CAME, version: 1 });
    expect(bench.target.types.filter((type) => type === 'fulfil')).toHaveLength(1);
    expect(await today(bench, deps)).toBe('applied');
  });

  it('applyQuarantined queues the sealed message with its own correlation id and receivedAt in the account’s group', async () => {
    const signatureDigest = 'a'.repeat(64);
    const bench = await withUnreadable({ quarantine: 'malformed', signatureDigest, keyId: 'next' });
    const kept = await only(bench, updated(bench));
    expect(kept.id).toBe('a'.repeat(16));
    await applyQuarantined(kept, bench.notifications, bench.memory);
    const [sent] = bench.notifications.sent;
    const { sealed, digest, correlationId } = kept.row;
    expect(sent?.group).toBe('paymentwall.toy');
    expect(readMessage(sent?.body ?? '', ENVELOPE_SCHEMA)).toEqual({
      ...{ version: 1, kind: 'notification', provider: 'paymentwall', account: 'toy' },
      ...{ receivedAt: CAME, keyId: 'next', variant: 'toy', sealed, digest, correlationId, signatureDigest },
    });
    expect(sent?.body).not.toContain('CANARY');
  });

  it('applyQuarantined twice causes one fulfil, before or after the worker has applied the first message', async () => {
    const bench = await withUnreadable();
    const deps = updated(bench);
    const kept = await only(bench, deps);
    await applyQuarantined(kept, bench.notifications, bench.memory);
    await applyAndWork(bench, deps, kept);
    await bench.deliverAll();
    const before = JSON.stringify(bench.memory.all());
    await applyAndWork(bench, deps, kept);
    await bench.deliverAll();
    expect(JSON.stringify(bench.memory.all())).toBe(before);
    expect(bench.target.types.filter((type) => type === 'fulfil')).toHaveLength(1);
  });

  it('an applied message with other content under a known id is held as conflicting_duplicate', async () => {
    const bench = await withUnreadable();
    const deps = updated(bench);
    await createApply(deps)(bench.envelope({ fact: 'processing' }));
    expect(await today(bench, deps)).toBe('readable');
    await applyAndWork(bench, deps);
    expect(payment(bench)).toMatchObject({ status: 'processing', facts: { 'processing/1': {} } });
    expect(Object.keys(payment(bench)?.facts ?? {})).toEqual(['processing/1']);
    expect(payment(bench)?.holds.map(({ reason }) => reason)).toContain('conflicting_duplicate');
    expect(bench.memory.data('conflict#')).toHaveLength(1);
    expect(await today(bench, deps)).toBe('applied');
  });

  it('applyQuarantined queues an answer of an API as kind confirmation', async () => {
    const bench = workerBench();
    const answer = '{"object":"payment","id":"b1","amount":"5.00","currency":"EUR"}';
    const digest = hashText(answer);
    const sealed = seal(answer, notificationContext('paymentwall', 'toy', digest), envelopeKeys);
    const over = { receivedAt: CAME, sealed, digest, quarantine: 'unreadable' };
    await bench.apply(bench.envelope({}, over));
    await asAnswer(bench);
    const kept = await only(bench);
    expect(kept.today).toBe('readable');
    await applyQuarantined(kept, bench.notifications, bench.memory);
    const body = bench.notifications.bodies[0] ?? '';
    const { correlationId } = kept.row;
    expect(readMessage(body, ENVELOPE_SCHEMA)).toEqual({
      ...{ version: 1, kind: 'confirmation', provider: 'paymentwall', account: 'toy' },
      ...{ receivedAt: CAME, sealed, digest, correlationId },
    });
    await bench.apply(body);
    expect(await today(bench)).toBe('applied');
    expect(bench.metric('ConfirmationsApplied')).toHaveLength(1);
  });

  it('applyQuarantined refuses a message that is unreadable, a question, not_opened or applied', async () => {
    const bench = await withUnreadable();
    const queue = new MemoryQueue();
    const kept = await only(bench);
    for (const state of ['unreadable', 'question', 'not_opened', 'applied'] as const) {
      const refused = applyQuarantined({ ...kept, today: state }, queue, bench.memory);
      await expect(refused).rejects.toThrow(OperatorError);
      await expect(refused).rejects.toThrow(`${kept.id} is not sent: `);
    }
    expect(queue.sent).toEqual([]);
  });

  it('applyQuarantined refuses a message that was discarded since it was listed', async () => {
    const bench = await withUnreadable();
    const kept = await only(bench, updated(bench));
    await discardQuarantined(kept, operatorNote, { store: bench.memory, clock: bench.deps.clock });
    const refused = applyQuarantined(kept, bench.notifications, bench.memory);
    await expect(refused).rejects.toThrow(`${kept.id} is not sent: the message is no longer in quarantine`);
    await expect(refused).rejects.toThrow(OperatorError);
    expect(bench.notifications.sent).toEqual([]);
  });

  it('a message stays in quarantine when SQS refuses it, and can be applied later', async () => {
    const bench = await withUnreadable();
    const deps = updated(bench);
    const before = JSON.stringify(bench.memory.all());
    bench.notifications.fails = () => {
      throw new Error('SQS is down');
    };
    const applied = applyQuarantined(await only(bench, deps), bench.notifications, bench.memory);
    await expect(applied).rejects.toThrow('SQS is down');
    expect(JSON.stringify(bench.memory.all())).toBe(before);
    bench.notifications.fails = undefined;
    await applyAndWork(bench, deps);
    expect(payment(bench)?.status).toBe('paid');
  });

  it('a message stays readable in quarantine when the worker fails before its write', async () => {
    const bench = await withUnreadable();
    const deps = updated(bench);
    bench.memory.busyFor(1_000);
    await expect(applyAndWork(bench, deps)).rejects.toThrow();
    bench.memory.beforeWrite = undefined;
    expect(await today(bench, deps)).toBe('readable');
  });

  it.each([
    ['its digest', {}],
    ['its signature', { quarantine: 'malformed', signatureDigest: 'a'.repeat(64) }],
  ])(
    'a worker of the older version leaves an applied message in quarantine unchanged, found by %s',
    async (_, over) => {
      const bench = await withUnreadable(over);
      const before = await only(bench, updated(bench));
      await applyQuarantined(before, bench.notifications, bench.memory);
      for (const { body } of bench.notifications.sent.splice(0)) await bench.apply(body);
      const after = await only(bench, updated(bench));
      expect(after).toEqual(before);
      expect(after.today).toBe('readable');
      expect(payment(bench)).toBeUndefined();
      await applyAndWork(bench, updated(bench));
      expect(payment(bench)?.status).toBe('paid');
    },
  );
});

describe('discarding a message from quarantine', () => {
  const discard = (bench: Bench, kept: QuarantinedMessage) =>
    discardQuarantined(kept, operatorNote, { store: bench.memory, clock: bench.deps.clock });

  it('discardQuarantined removes the message and its content, and keeps operator, note, reason and digest', async () => {
    const bench = await withUnreadable();
    const kept = await only(bench);
    const entry = await discard(bench, kept);
    expect(await listed(bench)).toEqual([]);
    const at = new Date(bench.time.now).toISOString();
    const { digest } = kept.row;
    expect(entry).toEqual({
      ...{ what: 'discard', ...operatorNote, reason: 'unreadable', digest, receivedAt: CAME, at },
    });
    const rows = bench.memory.all();
    expect(rows.filter(({ pk }) => pk.startsWith('discarded#'))).toEqual([
      { pk: 'discarded#quarantine#paymentwall#toy', sk: `${at}#${digest}`, schema: 1, data: entry },
    ]);
    expect(JSON.stringify(rows)).not.toContain(kept.row.sealed);
  });

  it('discardQuarantined refuses a message that was removed already, and writes no ledger entry', async () => {
    const bench = await withUnreadable();
    const kept = await only(bench);
    await discard(bench, kept);
    bench.time.now += 1_000;
    const before = JSON.stringify(bench.memory.all());
    await expect(discard(bench, kept)).rejects.toThrow(OperatorError);
    expect(JSON.stringify(bench.memory.all())).toBe(before);
  });

  it('discardQuarantined refuses a blank by or note', async () => {
    const bench = await withUnreadable();
    const kept = await only(bench);
    const deps = { store: bench.memory, clock: bench.deps.clock };
    await expect(discardQuarantined(kept, { ...operatorNote, note: ' ' }, deps)).rejects.toThrow(
      OperatorError,
    );
    await expect(discardQuarantined(kept, { ...operatorNote, by: '' }, deps)).rejects.toThrow(OperatorError);
    expect(await listed(bench)).toHaveLength(1);
  });

  it('a later copy of a discarded message is kept in quarantine again', async () => {
    const bench = await withUnreadable();
    await discard(bench, await only(bench));
    await bench.apply(bench.envelope({ fact: 'broken', note: 'CANARY' }));
    expect(await listed(bench)).toHaveLength(1);
  });
});
