/** The metrics, the log lines and the queue message of a request: with them people trace a lost notification. */
import { describe, expect, it } from 'vitest';
import {
  createIntake,
  type IntakeDeps,
  type QuestionOutcome,
  type Questions,
} from '../../../shared/app/http/intake.ts';
import { createLog } from '../../../shared/app/platform/log.ts';
import { createMetrics } from '../../../shared/app/platform/metrics.ts';
import type { Secrets } from '../../../shared/app/platform/secrets.ts';
import type { PaymentwallAccount } from '../../../shared/providers/paymentwall/account.ts';
import type { IntakeProvider, Verdict } from '../../../shared/providers/provider.ts';
import { type EventFields, httpEvent } from '../../support/http-event.ts';
import { MemoryQueue } from '../../support/memory-queue.ts';
import {
  type ToyKeys,
  type ToyNotification,
  toyAccount,
  toyMessage,
  toyProvider,
} from '../../support/toy-provider.ts';

type Toy = IntakeProvider<ToyNotification, ToyKeys, PaymentwallAccount>;
const START = Date.parse('2026-03-01T12:00:00.000Z');
const SCOPE = { provider: 'paymentwall', account: 'toy' };
const verdictOf = (over: object = {}): Verdict<ToyNotification> => ({
  ...{ authentic: true, keyId: 'current', variant: 'v3', message: 'm', remarks: [] },
  ...over,
});

interface Options {
  readonly provider?: Partial<Toy>;
  readonly questions?: Questions<ToyNotification, ToyKeys, PaymentwallAccount>;
  readonly deps?: Partial<IntakeDeps>;
  readonly reread?: ToyKeys;
}

function bench({ provider = {}, questions, deps = {}, reread }: Options = {}) {
  const queue = new MemoryQueue();
  const lines: string[] = [];
  const sink = (line: string) => lines.push(line);
  const time = { now: START + 7 };
  const clock = () => time.now;
  const read: string[] = [];
  const settled: number[] = [];
  const secrets = {
    async read({ name, parse }: { readonly name: string; readonly parse: (value: unknown) => unknown }) {
      read.push(name);
      return parse(name.endsWith('envelope-key') ? { current: 'e'.repeat(64) } : { keys: ['good'] });
    },
    async reread({ name }: { readonly name: string }) {
      read.push(`again ${name}`);
      return reread;
    },
    async waitForRefreshes(ms: number) {
      settled.push(ms);
    },
  } as unknown as Secrets;
  const intake = createIntake(
    { ...(toyProvider as Toy), ...provider },
    {
      ...{ accounts: [toyAccount], environment: 'sandbox', queue, secrets, clock },
      log: createLog({ service: 'test', functionName: 'test', clock, sink }),
      metrics: createMetrics({ namespace: 'Test', service: 'test', clock, sink }),
      ...deps,
    },
    questions,
  );
  const send = (fields: Partial<EventFields> = {}) =>
    intake(httpEvent({ timeEpoch: START, rawQueryString: toyMessage(), ...fields }));
  const parsed = () => lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  return {
    ...{ queue, time, read, settled, send },
    counted: (name: string) => parsed().filter((line) => name in line),
    logged: (level: string) => parsed().filter((line) => line.level === level),
  };
}

describe('the metrics of a request', () => {
  const whole = { Notifications: 1, IntakeDuration: 7, ...SCOPE };
  it.each([
    [
      'an accepted notification',
      {},
      { Accepted: 1, outcome: 'accepted' },
      ['Refused', 'BadSignatures', 'IntakeFailures'],
    ],
    [
      'a quarantined notification',
      { rawQueryString: toyMessage({ fact: 'ambiguous' }) },
      { Accepted: 1, outcome: 'quarantined', reason: 'ambiguous' },
      ['Refused', 'BadSignatures', 'IntakeFailures'],
    ],
    [
      'a notification with a wrong signature',
      { rawQueryString: toyMessage({ signature: 'bad' }) },
      { Refused: 1, BadSignatures: 1, outcome: 'refused', reason: 'wrong_signature' },
      ['Accepted', 'IntakeFailures'],
    ],
    [
      'an unreadable notification',
      { rawQueryString: 'x' },
      { Refused: 1, outcome: 'refused', reason: 'unreadable' },
      ['Accepted', 'BadSignatures', 'IntakeFailures'],
    ],
    [
      'a notification for an unknown account',
      { account: 'nobody' },
      { Refused: 1, outcome: 'refused', reason: 'unknown_account', account: 'unknown' },
      ['Accepted', 'BadSignatures', 'IntakeFailures'],
    ],
  ] as const)('intake counts %s once, at the time of the gateway', async (_, fields, expected, absent) => {
    const { send, counted } = bench();
    await send(fields);
    const [line, ...more] = counted('Notifications');
    expect(more).toEqual([]);
    expect(line).toMatchObject({ ...whole, ...expected });
    for (const name of absent) expect(line).not.toHaveProperty(name);
    expect((line as { readonly _aws?: { readonly Timestamp: number } } | undefined)?._aws?.Timestamp).toBe(
      START,
    );
    if (!('reason' in expected)) expect(line).not.toHaveProperty('reason');
  });

  it('intake counts a failed request in IntakeFailures and logs the reason queue_unavailable and the error', async () => {
    const { send, queue, counted, logged } = bench();
    queue.fails = () => {
      throw new TypeError('away');
    };
    expect(await send()).toMatchObject({ statusCode: 503 });
    const [line] = counted('Notifications');
    expect(line).toMatchObject({
      ...whole,
      IntakeFailures: 1,
      outcome: 'failed',
      reason: 'queue_unavailable',
    });
    for (const name of ['Accepted', 'Refused', 'BadSignatures']) expect(line).not.toHaveProperty(name);
    const [error] = logged('ERROR');
    expect(error).toMatchObject({ ...SCOPE, message: 'intake answered 503', reason: 'queue_unavailable' });
    expect(JSON.stringify(error)).toContain('TypeError');
    expect(logged('INFO')).toEqual([]);
  });

  it('IntakeDuration is zero and not negative when the clock of the gateway is ahead', async () => {
    const { send, counted } = bench();
    await send({ timeEpoch: START + 30_000 });
    expect(counted('Notifications')).toMatchObject([{ IntakeDuration: 0 }]);
  });

  it('an exception in the provider code is answered 503 and counted with the reason internal', async () => {
    const verify = () => {
      throw new RangeError('x');
    };
    const { send, counted, logged } = bench({ provider: { verify } });
    expect(await send()).toMatchObject({ statusCode: 503 });
    expect(counted('Notifications')).toMatchObject([{ reason: 'internal' }]);
    expect(JSON.stringify(logged('ERROR'))).toContain('RangeError');
  });
});

describe('the log line of a refusal', () => {
  const refusal = async (fields: Partial<EventFields>, provider: Partial<Toy> = {}) => {
    const { send, logged } = bench({ provider });
    await send(fields);
    return logged('INFO').map(({ message, provider: name, account, status, reason, sentence }) => ({
      ...{ message, provider: name, account, status, reason, sentence },
    }));
  };
  const line = { message: 'request refused', ...SCOPE, sentence: undefined };

  it('the log line of a wrong signature has the sentence of the provider’s explain, other refusals have none', async () => {
    const explain = () => 'it is signed with another key';
    const forged = { rawQueryString: toyMessage({ signature: 'bad' }) };
    expect(await refusal(forged)).toEqual([{ ...line, status: '401', reason: 'wrong_signature' }]);
    expect(await refusal(forged, { explain })).toEqual([
      { ...line, status: '401', reason: 'wrong_signature', sentence: 'it is signed with another key' },
    ]);
    // `explain` is called only for a wrong signature.
    expect(await refusal({ rawQueryString: 'x' }, { explain })).toEqual([
      { ...line, status: '400', reason: 'unreadable' },
    ]);
  });

  it('the log line of a refusal names the configured accounts for unknown_account and GET for wrong_method', async () => {
    expect(await refusal({ account: 'toys' })).toEqual([
      ...[{ ...line, account: 'unknown', status: '404', reason: 'unknown_account' }].map((each) => ({
        ...each,
        sentence: 'unknown account toys; there are toy',
      })),
    ]);
    expect(await refusal({ method: 'POST' })).toEqual([
      { ...line, status: '405', reason: 'wrong_method', sentence: 'the provider sends GET' },
    ]);
    expect(await refusal({ method: 'POST' }, { otherProduct: () => 'other_product' })).toMatchObject([
      { reason: 'other_product' },
    ]);
    expect(await refusal({ proxy: 'toy/pingback' })).toMatchObject([{ reason: 'unknown_path' }]);
  });

  it('an accepted notification has no log line of a refusal', async () => {
    expect(await refusal({})).toEqual([]);
  });
});

describe('an authentic message', () => {
  it('an authentic message is counted in VerifiedBy with keyId and variant, and each remark is counted in Remarks', async () => {
    const verify = () => verdictOf({ keyId: 'previous', remarks: ['a', 'b'] });
    const { send, counted } = bench({ provider: { verify } });
    await send();
    expect(counted('VerifiedBy')).toMatchObject([
      { ...SCOPE, VerifiedBy: 1, keyId: 'previous', variant: 'v3' },
    ]);
    expect(counted('Remarks')).toMatchObject([
      { ...SCOPE, Remarks: 1, reason: 'a' },
      { ...SCOPE, Remarks: 1, reason: 'b' },
    ]);
  });

  it('the answer is made after the request to SQS is written, while SQS takes the message', async () => {
    const order: string[] = [];
    const queue = {
      async send() {
        process.nextTick(() => order.push('written'));
      },
    };
    const accept = () => {
      order.push('answer');
      return { status: 200, contentType: 'text/plain', body: 'OK' };
    };
    await bench({ provider: { accept }, deps: { queue } }).send();
    expect(order).toEqual(['written', 'answer']);
  });

  it('the envelope has keyId, variant, keyFingerprint and signatureDigest, and leaves out unknown fields', async () => {
    const known = { keyFingerprint: 'f'.repeat(16), signatureDigest: 's' };
    const full = bench({ provider: { verify: () => verdictOf(known) } });
    await full.send();
    const plain = bench({ provider: { verify: () => verdictOf() } });
    await plain.send();
    expect(full.queue.drain()[0]).toMatchObject({ ...known, keyId: 'current', variant: 'v3', ...SCOPE });
    const [envelope] = plain.queue.drain();
    const absent = ['keyFingerprint', 'signatureDigest', 'quarantine', 'decided', 'splitToken'];
    for (const name of absent) expect(envelope).not.toHaveProperty(name);
  });

  it('intake reads the account’s secret again only for a wrong signature, and answers with the new keys', async () => {
    const genuine = bench();
    await genuine.send();
    const names = ['payhooks/sandbox/paymentwall/toy', 'payhooks/sandbox/envelope-key'];
    expect(genuine.read).toEqual(names);
    expect(genuine.settled).toEqual([250]);

    const used: unknown[] = [];
    const accept: Toy['accept'] = (_notification, _account, keys) => {
      used.push(keys);
      return { status: 200, contentType: 'text/plain', body: 'OK' };
    };
    const rotated = bench({ provider: { accept }, reread: ['new'] });
    expect(await rotated.send({ rawQueryString: toyMessage({ signature: 'new' }) })).toMatchObject({
      statusCode: 200,
    });
    expect(rotated.read).toEqual([...names, `again ${names[0]}`]);
    expect(used).toEqual([['new']]);
    const unreadable = bench({ reread: ['new'] });
    await unreadable.send({ rawQueryString: 'x' });
    expect(unreadable.read).toEqual(names);
  });

  it('an ambiguous message is accepted with a WARN line when it cannot be read whether the quarantine is full', async () => {
    const quarantineIsFull = () => Promise.reject(new Error('away'));
    const { send, logged } = bench({ deps: { quarantineIsFull } });
    const answer = await send({ rawQueryString: toyMessage({ fact: 'ambiguous' }) });
    expect(answer).toMatchObject({ statusCode: 200 });
    expect(logged('WARN')).toMatchObject([
      { ...SCOPE, message: 'the row that says whether the quarantine is full cannot be read' },
    ]);
  });
});

describe('a question', () => {
  const decided = { status: 'FAILED', reason: 'merchant' } as const;
  const calls: unknown[] = [];
  const questionsOf = (outcome: QuestionOutcome | undefined): NonNullable<Options['questions']> => ({
    async answerQuestion({ notification, message, account, endsAt, signal }) {
      calls.push({ key: notification.key, message, account, endsAt, aborted: signal.aborted });
      return outcome;
    },
    answer: (notification, { status }, account, keys) => ({
      ...{ status: 200, contentType: 'application/json' },
      body: [notification.key, status, account.account, ...keys].join(),
    }),
  });

  it('a question gets the decided answer FAILED, and the queued envelope carries this answer in decided', async () => {
    calls.length = 0;
    const outcome: QuestionOutcome = { type: 'reply', reply: decided, questionAnswer: decided };
    const { send, queue } = bench({ questions: questionsOf(outcome) });
    expect(await send()).toMatchObject({ statusCode: 200, body: 'k1,FAILED,toy,good' });
    expect(calls).toEqual([
      {
        ...{ key: 'k1', message: toyMessage(), account: toyAccount, aborted: false },
        endsAt: START + 2_500,
      },
    ]);
    expect(queue.drain()[0]).toMatchObject({ decided });
  });

  it('a notification that is no question gets the provider’s usual answer OK and is queued without decided', async () => {
    const { send, queue } = bench({ questions: questionsOf(undefined) });
    expect(await send()).toMatchObject({ statusCode: 200, body: 'OK' });
    expect(queue.drain()[0]).not.toHaveProperty('decided');
  });

  it('a question that cannot be answered yet gets 503 with the reason not_asked and is not queued', async () => {
    const outcome = { type: 'retry', reason: 'not_asked', error: new RangeError('x') } as const;
    const { send, queue, counted, logged } = bench({ questions: questionsOf(outcome) });
    expect(await send()).toMatchObject({ statusCode: 503 });
    expect(queue.sent).toEqual([]);
    expect(counted('Notifications')).toMatchObject([{ outcome: 'failed', reason: 'not_asked' }]);
    expect(JSON.stringify(logged('ERROR'))).toContain('RangeError');
  });

  it('a message for the quarantine is answered OK, and no question is asked', async () => {
    calls.length = 0;
    const verify = () => verdictOf({ quarantine: 'ambiguous' });
    const { send } = bench({ provider: { verify }, questions: questionsOf(undefined) });
    expect(await send()).toMatchObject({ statusCode: 200, body: 'OK' });
    expect(calls).toEqual([]);
  });
});
