/** Poll answers without a stored row, messages that cannot be opened, and the publishing of effects. */
import { describe, expect, it } from 'vitest';
import { notificationContext } from '../../../shared/app/platform/message.ts';
import { CONFIRMATION } from '../../../shared/app/platform/message-schema.ts';
import { parseEnvelopeKeys, seal } from '../../../shared/app/platform/seal.ts';
import { confirmKey, hashText, quarantineKey } from '../../../shared/app/table/keys.ts';
import { type EffectRow, quarantineItem } from '../../../shared/app/table/rows.ts';
import { publish, sendEffect } from '../../../shared/app/transition/outbox.ts';
import { createApply, normalizeMessage } from '../../../shared/app/transition/receive.ts';
import type { Effect } from '../../../shared/payment/types.ts';
import type { RegisteredProvider } from '../../../shared/providers/index.ts';
import { trustlyEurope } from '../../../shared/providers/trustly-europe/index.ts';
import { MemoryQueue } from '../../support/memory-queue.ts';
import { capture, type PollingBench, pollingBench, START } from '../../support/polling-bench.ts';
import { envelopeKeys, workerBench } from '../../support/worker-bench.ts';

const SHOP = { provider: 'trustly-americas', account: 'shop' } as const;
const PAYMENT = 'trustly-americas:shop:1';
const ANSWER = JSON.stringify({
  ...{ transactionId: '1', transactionType: '3', status: '4', merchantReference: 'order-1' },
  ...{ payment: { paymentType: '2' }, amount: '10.00', currency: 'USD' },
});
const digest = hashText(ANSWER);
const sealed = seal(ANSWER, notificationContext(SHOP.provider, SHOP.account, digest), envelopeKeys);
const receivedAt = new Date(START).toISOString();
const answer = (over: object = {}) =>
  JSON.stringify({
    ...{ version: 1, kind: 'confirmation', correlationId: 'c-answer', ...SHOP, digest, sealed, receivedAt },
    ...over,
  });

/** A completed payment without an amount that has not been polled. */
async function waiting(): Promise<PollingBench> {
  const bench = pollingBench();
  await bench.order('order-1', '10.00');
  await bench.arrive('trustly-americas', capture('1', '11', 'Complete', '4'));
  const { pk, sk } = confirmKey(PAYMENT);
  bench.store.rows.delete(`${pk}\u0000${sk}`);
  bench.lines.length = 0;
  return bench;
}
const quarantined = (variant: string) => {
  const row = { reason: 'unreadable', sealed, digest, keyId: 'current' as const, variant, receivedAt };
  return quarantineItem(SHOP, digest, { ...row, correlationId: 'c-quarantined' }, 400);
};

describe('a poll’s answer without a stored row', () => {
  it('an unproven answer is not applied: the provider is polled again at once, and payment and digest are logged', async () => {
    const bench = await waiting();
    await createApply(bench.deps)(answer());
    expect(await bench.store.get(confirmKey(PAYMENT))).toMatchObject({
      openAt: new Date(bench.time.now).toISOString(),
      data: { payment: PAYMENT, attempts: 0 },
    });
    expect(await bench.status('trustly-americas', '1')).toBe('awaiting_confirmation');
    const [line] = bench.metric('level');
    expect(line).toMatchObject({
      ...{ level: 'WARN', message: "a poll's answer is not proven; the provider is polled again" },
      ...{ ...SHOP, correlationId: 'c-answer', payment: PAYMENT, digest },
    });
  });

  it('an answer in quarantine as a confirmation is applied, counts ConfirmationsApplied and not Settled', async () => {
    const bench = await waiting();
    await bench.store.write([{ put: quarantined(CONFIRMATION), when: 'always' }]);
    await createApply(bench.deps)(answer());
    expect(await bench.status('trustly-americas', '1')).toBe('paid');
    const evidence = bench.store.data<{ variant: string; keyId: string; digest: string }>('evidence#');
    expect(evidence.find((row) => row.digest === digest)).toMatchObject({
      ...{ variant: CONFIRMATION, keyId: 'current', correlationId: 'c-answer' },
    });
    expect(bench.metric('ConfirmationsApplied')).toMatchObject([{ ...SHOP, correlationId: 'c-answer' }]);
    // The answer of a poll was not accepted by intake, so it does not count as settled.
    expect(bench.metric('Settled')).toEqual([]);
  });

  it('an answer is not applied when quarantine has a notification of the same text', async () => {
    const bench = await waiting();
    await bench.store.write([{ put: quarantined('whole'), when: 'always' }]);
    await createApply(bench.deps)(answer());
    expect(await bench.status('trustly-americas', '1')).toBe('awaiting_confirmation');
  });

  it('an unproven answer that cannot be read or names no payment is refused as unproven_answer', async () => {
    for (const text of ['{', '{"transactionId":""}']) {
      const bench = await waiting();
      const of = hashText(text);
      const closed = seal(text, notificationContext(SHOP.provider, SHOP.account, of), envelopeKeys);
      const body = answer({ digest: of, sealed: closed });
      await expect(createApply(bench.deps)(body)).rejects.toMatchObject({ reason: 'unproven_answer' });
    }
  });

  it('an answer for a provider without an API is refused', () => {
    const europe = { ...SHOP, provider: 'trustly-europe' } as unknown as PollingBench['americas'];
    const read = () => normalizeMessage({ variant: CONFIRMATION }, ANSWER, europe, workerBench().deps);
    expect(read).toThrow('trustly-europe has no API that answers');
  });
});

describe('a message of Trustly Europe in quarantine', () => {
  const KYC = '{"method" : "kyc"}';
  const bodyOf = (text: string, over: object = {}) => {
    const of = hashText(text);
    const context = notificationContext('trustly-europe', 'eu', of);
    return JSON.stringify({
      ...{ version: 1, kind: 'notification', correlationId: 'c1', provider: 'trustly-europe', account: 'eu' },
      ...{ receivedAt, keyId: 'current', variant: 'v', quarantine: 'ambiguous', digest: of },
      sealed: seal(text, context, envelopeKeys),
      ...over,
    });
  };
  const bench = () => {
    const { deps, ...rest } = workerBench();
    const [account] = deps.accounts;
    const europe = { ...account, provider: 'trustly-europe', account: 'eu' } as never;
    const { evidenceDays = () => undefined } = trustlyEurope;
    const toy: RegisteredProvider = { ...deps.providers['trustly-europe'], evidenceDays };
    const providers = { ...deps.providers, 'trustly-europe': toy };
    return { ...rest, deps: { ...deps, providers, accounts: [...deps.accounts, europe] } };
  };
  const days = async ({ memory }: ReturnType<typeof bench>) => {
    const rows = memory
      .all()
      .filter(({ pk, sk }) => pk.startsWith('quarantine#') && !sk.startsWith('count#'));
    expect(rows).toHaveLength(1);
    return ((rows[0]?.expiresAt ?? 0) - START / 1_000) / 86_400;
  };

  it('a message of Trustly Europe with personal data expires from quarantine after 30 days', async () => {
    const worker = bench();
    await createApply(worker.deps)(bodyOf(KYC));
    expect(await days(worker)).toBe(30);
  });

  it('a message of Trustly Europe that cannot be opened expires from quarantine after 400 days', async () => {
    for (const over of [
      { sealed: 'v1.00000000.a.b' },
      { sealed: seal(KYC, 'x', parseEnvelopeKeys({ current: 'o'.repeat(64) })) },
    ]) {
      const worker = bench();
      await createApply(worker.deps)(bodyOf(KYC, over));
      expect(await days(worker)).toBe(400);
    }
  });

  it('a message for quarantine fails when the envelope keys cannot be read, and no row is written', async () => {
    const worker = bench();
    const envelopeKeysDown = async () => {
      throw new Error('secrets down');
    };
    const apply = createApply({ ...worker.deps, envelopeKeys: envelopeKeysDown });
    await expect(apply(bodyOf(KYC))).rejects.toThrow('secrets down');
    expect(worker.memory.all()).toEqual([]);
  });

  it('a message with the same text from Paymentwall expires from quarantine after 400 days', async () => {
    const worker = bench();
    const of = hashText(KYC);
    const over = { quarantine: 'ambiguous', digest: of, receivedAt, sealed: '' };
    const closed = seal(KYC, notificationContext('paymentwall', 'toy', of), envelopeKeys);
    await createApply(worker.deps)(worker.envelope({}, { ...over, sealed: closed }));
    expect(await days(worker)).toBe(400);
    expect(await worker.memory.get(quarantineKey(worker.account, of))).toBeDefined();
  });
});

describe('the publication of effects', () => {
  const row = (sequence: number, state: Effect['state'], correlationId?: string): EffectRow => ({
    version: 1,
    effect: {
      ...{ payment: PAYMENT, name: `n${sequence}#payment.paid`, sequence, state },
      event: { ...SHOP, ...(correlationId === undefined ? {} : { correlationId }) },
    } as unknown as Effect,
  });

  it('pending effects are published by sequence, two effects per message, in the group of their account', async () => {
    const fulfilment = new MemoryQueue();
    const rows = [row(3, 'pending'), row(1, 'pending', 'c-first'), row(2, 'delivered'), row(10, 'pending')];
    expect(await publish(rows, 'c-now', { fulfilment })).toBe(3);
    expect(fulfilment.sent.map(({ group }) => group)).toEqual(Array(2).fill('trustly-americas.shop'));
    expect(fulfilment.sent.map((sent) => Object.keys(sent))).toEqual(Array(2).fill(['body', 'group']));
    expect(fulfilment.drain()).toEqual(
      [
        ['n1#payment.paid', 'c-first', undefined],
        ['n3#payment.paid', 'c-now', 'n10#payment.paid'],
      ].map(([effect, correlationId, also]) => ({
        version: 1,
        kind: 'effect',
        correlationId,
        payment: PAYMENT,
        effect,
        ...(also === undefined ? {} : { also }),
      })),
    );
  });

  it('an effect is sent with the given delaySeconds', async () => {
    const fulfilment = new MemoryQueue();
    await sendEffect(row(1, 'queued'), 'c-now', fulfilment, { delaySeconds: 90 });
    expect(fulfilment.sent).toMatchObject([{ delaySeconds: 90 }]);
  });
});
