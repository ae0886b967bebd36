/**
 * Messages from an attacker with an intake's role of Trustly Europe. The role may send to the notifications queue and
 * seal messages, but it cannot sign: it has only Trustly's public key. So the worker verifies each message again.
 */

import { describe, expect, it } from 'vitest';
import { type Notification, signNotification } from '../../local/demo/senders/trustly-europe.ts';
import { listedPayments } from '../../shared/app/operator/payment-pages.ts';
import { rederive } from '../../shared/app/operator/rederive.ts';
import { notificationContext } from '../../shared/app/platform/message.ts';
import { seal } from '../../shared/app/platform/seal.ts';
import { hashText, questionKey } from '../../shared/app/table/keys.ts';
import { type QuestionRow, questionItem } from '../../shared/app/table/rows.ts';
import { createTransitionHandler } from '../../shared/app/transition/handler.ts';
import { createApply } from '../../shared/app/transition/receive.ts';
import { materialHash } from '../../shared/payment/index.ts';
import type { Payment } from '../../shared/payment/types.ts';
import type { QuestionAnswer } from '../../shared/providers/question-answer.ts';
import type { TrustlyEuropeAccount } from '../../shared/providers/trustly-europe/account.ts';
import { trustlyEurope } from '../../shared/providers/trustly-europe/index.ts';
import { parsePublicKeys } from '../../shared/providers/trustly-europe/keys.ts';
import { batch, context } from '../compat/worker.ts';
import { type KeyPair, rsaFromSeed } from '../fuzz/keys.ts';
import { europeNotification } from '../support/europe-notification.ts';
import { type PollingBench, pollingBench, START } from '../support/polling-bench.ts';
import { AccessDeniedError, guarded } from '../support/row-guard.ts';
import { publicKeys, signedByTrustly, TRUSTLY } from '../support/trustly-signature.ts';
import { envelopeKeys } from '../support/worker-bench.ts';

/** A message in the form that intake queues. */
function queued(message: string, over: object = {}): string {
  const digest = hashText(message);
  return JSON.stringify({
    ...{ version: 1, kind: 'notification', correlationId: `c-${digest.slice(0, 8)}`, digest },
    ...{ provider: 'trustly-europe', account: 'shop', keyId: 'current', variant: 'sha1' },
    receivedAt: new Date(START).toISOString(),
    sealed: seal(message, notificationContext('trustly-europe', 'shop', digest), envelopeKeys),
    ...over,
  });
}

const CREDIT = europeNotification('900', 'credit');
/** The message with changed data and the unchanged signature. */
const altered = (message: string, change: Readonly<Record<string, unknown>>): string => {
  const root = JSON.parse(message) as { params: { data: Record<string, unknown> } };
  Object.assign(root.params.data, change);
  return JSON.stringify(root);
};
const GENUINE = signedByTrustly(CREDIT);
const stranger = rsaFromSeed(12);
const signedBy = ({ privateKey }: KeyPair): string => {
  const { method, params } = JSON.parse(CREDIT) as {
    method: string;
    params: Pick<Notification, 'uuid' | 'data'>;
  };
  return signNotification({ method, uuid: params.uuid, data: params.data }, privateKey).body;
};

/** A bench with a registered order of this amount. */
async function waiting(more: Partial<TrustlyEuropeAccount> = {}): Promise<PollingBench> {
  const bench = pollingBench({ europe: more });
  await bench.order('order-900', '10.00', {
    ...{ provider: 'trustly-europe', account: 'shop', aliases: [{ type: 'id', value: '900' }] },
  });
  return bench;
}

const typesAfter = async (bench: PollingBench, body: string): Promise<readonly string[]> => {
  await createApply(bench.deps)(body);
  await bench.settle();
  return bench.types('900');
};

describe('a notification that Trustly signed', () => {
  it('a signed credit fulfils', async () => {
    expect(await typesAfter(await waiting(), queued(GENUINE))).toContain('fulfil');
  });

  it('evidence has the key with which the worker verified the notification, not the key that the queue message names', async () => {
    const bench = await waiting();
    await typesAfter(bench, queued(GENUINE, { keyFingerprint: 'f'.repeat(16), keyId: 'next', variant: 'x' }));
    const [evidence] = bench.store.all().filter(({ sk }) => sk.startsWith('evidence#'));
    const [key] = (await publicKeys()).trustly;
    expect(evidence?.data).toMatchObject({
      ...{ keyId: 'current', keyFingerprint: key?.fingerprint, variant: 'sha1' },
    });
  });
});

describe('a notification that Trustly did not sign', () => {
  const forged: readonly (readonly [string, string])[] = [
    ['a credit without a signature', CREDIT],
    ['a credit with an empty signature', CREDIT.replace('eA==', '')],
    ['a credit signed with a key of the forger', signedBy(stranger)],
    ['another order under a genuine signature', altered(GENUINE, { orderid: '901' })],
    ['another amount under a genuine signature', altered(GENUINE, { amount: '99.00' })],
    ['an unsigned debit', europeNotification('900', 'debit')],
    ['a text that is no JSON', 'neither JSON nor theirs'],
    [
      'an answer of Trustly’s API, which the same key signs',
      signedByTrustly(altered(CREDIT, { notificationid: undefined })),
    ],
  ];

  it.each(forged)('%s is parked with not_signed and changes nothing', async (_, message) => {
    const bench = await waiting();
    const before = JSON.stringify(bench.store.all());
    await expect(createApply(bench.deps)(queued(message))).rejects.toMatchObject({ reason: 'not_signed' });
    await bench.settle();
    expect(JSON.stringify(bench.store.all())).toBe(before);
    expect(bench.types('900')).not.toContain('fulfil');
  });

  it('control: a worker without the signature check fulfils for the forger', async () => {
    const bench = await waiting();
    const { publicKeySignature: _, ...believing } = bench.deps.providers['trustly-europe'];
    const providers = { ...bench.deps.providers, 'trustly-europe': believing };
    await createApply({ ...bench.deps, providers })(queued(CREDIT));
    await bench.settle();
    expect(bench.types('900')).toContain('fulfil');
  });

  it('a signed message that is sealed under another digest is parked with digest_differs', async () => {
    const bench = await waiting();
    const digest = hashText('another message');
    const sealed = seal(GENUINE, notificationContext('trustly-europe', 'shop', digest), envelopeKeys);
    await expect(createApply(bench.deps)(queued(GENUINE, { digest, sealed }))).rejects.toMatchObject({
      reason: 'digest_differs',
    });
    expect(bench.store.data('payment')).toEqual([]);
  });

  it('an unsigned debit after a genuine credit is parked with not_signed and revokes nothing', async () => {
    const bench = await waiting();
    await typesAfter(bench, queued(GENUINE));
    const apply = createApply(bench.deps);
    await expect(apply(queued(europeNotification('900', 'debit')))).rejects.toMatchObject({
      reason: 'not_signed',
    });
    await bench.settle();
    expect(bench.types('900')).not.toContain('revoke');
    expect(await bench.status('trustly-europe', '900')).toBe('paid');
  });

  it('an unsigned message with a quarantine flag is parked with not_signed and not quarantined', async () => {
    const bench = await waiting();
    const body = queued(CREDIT, { quarantine: 'ambiguous', signatureDigest: hashText(CREDIT) });
    await expect(createApply(bench.deps)(body)).rejects.toMatchObject({ reason: 'not_signed' });
    expect(bench.store.all().filter(({ pk }) => pk.startsWith('quarantine#'))).toEqual([]);
  });

  it('a parked unsigned message is kept with its reason and counted in the metric Parked', async () => {
    const bench = await waiting();
    const handler = createTransitionHandler({ ...bench.deps, putOff: async () => undefined });
    expect(await handler(batch(queued(CREDIT)), context)).toEqual({ batchItemFailures: [] });
    const [parked] = bench.store.all().filter(({ pk }) => pk.startsWith('parked#'));
    expect(parked?.data).toMatchObject({ reason: 'not_signed', described: { provider: 'trustly-europe' } });
    expect(bench.metric('Parked')).toMatchObject([{ reason: 'not_signed' }]);
    expect(bench.lines.join()).toContain('malformed_signature');
  });
});

describe('the answer to a question in a queue message', () => {
  const DEBIT = signedByTrustly(europeNotification('900', 'debit'));
  const { notificationid } = (JSON.parse(DEBIT) as { params: { data: { notificationid: string } } }).params
    .data;
  const restoring = { status: 'FAILED', reason: 'no_answer', restore: true } as const;

  it.each([
    restoring,
    { status: 'OK', reason: 'merchant' },
    { status: 'FINISH', reason: 'aborted', restore: true },
    { status: 'OK', reason: 'aborted' },
  ])('an answer that is not stored is parked with answer_not_stored: $status, $reason', async (decided) => {
    const bench = await waiting();
    await expect(createApply(bench.deps)(queued(DEBIT, { decided }))).rejects.toMatchObject({
      reason: 'answer_not_stored',
    });
    await bench.settle();
    expect(bench.types('900')).toEqual([]);
  });

  const { normalize, parse } = trustlyEurope;
  const scope = { provider: 'trustly-europe', account: 'shop' } as const;

  /** Stores the question's row as the intake with questions does, for the content of DEBIT unless `over` differs. */
  async function stored(bench: Awaited<ReturnType<typeof waiting>>, over: Partial<QuestionRow> = {}) {
    const account = bench.deps.accounts.find(
      ({ provider }) => provider === 'trustly-europe',
    ) as TrustlyEuropeAccount;
    const row: QuestionRow = {
      asks: 'debit',
      materialHash: materialHash(normalize(parse(DEBIT, account), account)),
      firstAskedAt: new Date(START).toISOString(),
      uncertain: false,
      ...over,
    };
    const put = questionItem(questionKey(scope, notificationid), row, 1);
    await guarded(bench.store, 'intake-trustly-europe-decisions').write([{ put, when: 'absent' }]);
  }
  const yes = { status: 'OK', reason: 'merchant' } as const;
  const no = { status: 'FAILED', reason: 'merchant' } as const;
  const other = { status: 'FAILED', reason: 'conflicting_duplicate' } as const;

  it('an answer that the intake with questions stored is applied: balance.restore', async () => {
    const bench = await waiting();
    await stored(bench, { decided: restoring });
    expect(await typesAfter(bench, queued(DEBIT, { decided: restoring }))).toContain('balance.restore');
  });

  it.each<[string, Partial<QuestionRow>, QuestionAnswer]>([
    ['no, while yes is stored', { decided: yes }, no],
    ['yes, while no is stored', { decided: no }, yes],
    ['restore, while yes is stored', { decided: yes }, restoring],
    ['restore, while no without restore is stored', { decided: no }, { ...no, restore: true }],
    ['another reason than the stored reason', { decided: no }, { status: 'FAILED', reason: 'no_answer' }],
    ['no, while no answer is stored', { uncertain: true }, no],
    [
      'yes, while yes is stored for other content under the same id',
      { decided: yes, materialHash: 'other' },
      yes,
    ],
    [
      'restore, while the stored answer is to other content',
      { decided: yes, materialHash: 'other' },
      { ...other, restore: true },
    ],
  ])('an answer of %s, is parked with answer_not_stored', async (_what, row, decided) => {
    const bench = await waiting();
    await stored(bench, row);
    await expect(createApply(bench.deps)(queued(DEBIT, { decided }))).rejects.toMatchObject({
      reason: 'answer_not_stored',
    });
    await bench.settle();
    expect(bench.types('900')).toEqual([]);
  });

  it.each<[string, Partial<QuestionRow>, QuestionAnswer]>([
    ['no, while no with restore is stored,', { decided: { ...no, restore: true } }, no],
    [
      'FAILED with conflicting_duplicate, while another content is stored,',
      { decided: yes, materialHash: 'other' },
      other,
    ],
  ])('an answer of %s is accepted', async (_what, row, decided) => {
    const bench = await waiting();
    await stored(bench, row);
    await expect(createApply(bench.deps)(queued(DEBIT, { decided }))).resolves.toBeUndefined();
  });

  // The order had another kind when the first copy arrived, so intake did not ask about the first copy.
  it.each([
    ['no', no, 'denied'],
    ['yes', yes, 'processing'],
  ])(
    'the answer %s of a later copy counts as evidence after a first copy without an answer',
    async (_what, decided, status) => {
      const bench = pollingBench();
      const aliases = [{ type: 'id', value: '900' }];
      const withdrawal = { ...scope, kind: 'withdrawal', aliases };
      await bench.order('order-900', '10.00', withdrawal);
      await typesAfter(bench, queued(DEBIT));
      await stored(bench, { decided });
      const copy = queued(DEBIT, {
        decided,
        correlationId: 'c-copy',
        receivedAt: new Date(START + 5_000).toISOString(),
      });
      for (const _again of [1, 2]) await typesAfter(bench, copy);
      expect(await bench.status('trustly-europe', '900')).toBe(status);
      const [payment] = bench.store.data<Payment>('payment');
      expect(payment?.facts[`debit/${notificationid}`]?.codes).toEqual([`answered:${decided.status}`]);
      expect(payment?.version).toBe(2);
      const pages = listedPayments(['trustly-europe:shop:900']);
      const looked = await rederive(pages, { dryRun: true, by: 'ada', note: 'look' }, bench.deps);
      expect([looked.changed, looked.notable]).toEqual([[], []]);
    },
  );

  it('the intake without questions cannot store an answer', async () => {
    const { store } = await waiting();
    const put = { ...questionKey({ provider: 'trustly-europe', account: 'shop' }, '1'), schema: 1, data: {} };
    await expect(guarded(store, 'intake-trustly-europe').write([{ put, when: 'always' }])).rejects.toThrow(
      AccessDeniedError,
    );
  });
});

describe('a genuine notification in quarantine or with unusual bytes', () => {
  it('a signed notification that was quarantined stays in quarantine', async () => {
    const bench = await waiting();
    const message = signedByTrustly(altered(CREDIT, { amount: 'ten' }));
    await createApply(bench.deps)(queued(message, { quarantine: 'malformed_field' }));
    expect(bench.store.all().filter(({ pk }) => pk.startsWith('quarantine#'))).not.toEqual([]);
  });

  it('a signed notification with a repeated field is quarantined also without its quarantine flag', async () => {
    const bench = await waiting();
    // The signature is valid, and another parser could read another orderid.
    const doubled = GENUINE.replace('"orderid":"900"', '"orderid":"901","orderid":"900"');
    expect(await typesAfter(bench, queued(doubled))).toEqual([]);
    expect(bench.store.all().filter(({ pk }) => pk.startsWith('quarantine#'))).not.toEqual([]);
  });

  it('a signed notification with bytes that are not UTF-8 is verified as it is kept, and fulfils', async () => {
    const bench = await waiting();
    const message = signedByTrustly(altered(CREDIT, { note: '\udce5' }));
    expect(message).toContain('\\udce5');
    expect(await typesAfter(bench, queued(message))).toContain('fulfil');
  });
});

describe('the public keys of Trustly in the worker', () => {
  const account = { policy: { environment: 'sandbox' } } as TrustlyEuropeAccount;
  const keysOf = (trustly: object) => parsePublicKeys({ current: {}, trustly }, account);

  it('the keys are read once more when no key verifies the notification', async () => {
    const bench = await waiting();
    const freshFlags: boolean[] = [];
    const deps = {
      ...bench.deps,
      publicKeys: async (_: unknown, fresh: boolean) => {
        freshFlags.push(fresh);
        return keysOf({ current: fresh ? TRUSTLY.publicKey : stranger.publicKey });
      },
    };
    await createApply(deps)(queued(GENUINE));
    expect(freshFlags).toEqual([false, true]);
  });

  it('the keys are not read again while a key verifies the notification', async () => {
    const bench = await waiting();
    const freshFlags: boolean[] = [];
    const publicKeys = async (_: unknown, fresh: boolean) => {
      freshFlags.push(fresh);
      return keysOf({ current: TRUSTLY.publicKey });
    };
    await createApply({ ...bench.deps, publicKeys })(queued(GENUINE));
    expect(freshFlags).toEqual([false]);
  });

  it('a message is retried and not parked while the keys cannot be read', async () => {
    const bench = await waiting();
    const publicKeys = () => Promise.reject(new Error('the secret store is away'));
    const handler = createTransitionHandler({ ...bench.deps, publicKeys, putOff: async () => undefined });
    const { batchItemFailures } = await handler(batch(queued(GENUINE)), context);
    expect(batchItemFailures).toHaveLength(1);
    expect(bench.store.all().filter(({ pk }) => pk.startsWith('parked#'))).toEqual([]);
  });

  it('a message is retried and not parked when only stale keys can be read', async () => {
    const bench = await waiting();
    const publicKeys = async (_: unknown, fresh: boolean) => {
      if (fresh) throw new Error('the secret store is away');
      return keysOf({ current: stranger.publicKey });
    };
    const handler = createTransitionHandler({ ...bench.deps, publicKeys, putOff: async () => undefined });
    const { batchItemFailures } = await handler(batch(queued(GENUINE)), context);
    expect(batchItemFailures).toHaveLength(1);
    expect(bench.store.all().filter(({ pk }) => pk.startsWith('parked#'))).toEqual([]);
  });

  it('a previous key of Trustly verifies waiting messages, and the worker has no private key', async () => {
    const keys = keysOf({ current: stranger.publicKey, previous: [TRUSTLY.publicKey] });
    const bench = await waiting();
    await createApply({ ...bench.deps, publicKeys: async () => keys })(queued(GENUINE));
    await bench.settle();
    expect(bench.types('900')).toContain('fulfil');
    expect(Object.keys(keys)).toEqual(['trustly']);
    expect(keys.trustly.every(({ key }) => key.type === 'public')).toBe(true);
  });

  it.each([
    [
      'trustly.previous that is no list',
      { current: TRUSTLY.publicKey, previous: TRUSTLY.publicKey },
      'trustly.previous is not a list',
    ],
    [
      'a private key in trustly.previous',
      { current: TRUSTLY.publicKey, previous: [TRUSTLY.privateKey] },
      'trustly.previous[0]',
    ],
  ])('the keys are refused with the name of the member: %s', (_, trustly, sentence) => {
    expect(() => keysOf(trustly)).toThrow(sentence);
  });

  it('an account with minimumSignature RS256 parks a SHA-1 signature with not_signed', async () => {
    const bench = await waiting({ minimumSignature: 'RS256' });
    await expect(createApply(bench.deps)(queued(GENUINE))).rejects.toMatchObject({ reason: 'not_signed' });
    expect(bench.lines.join()).toContain('signature_too_weak');
  });
});
