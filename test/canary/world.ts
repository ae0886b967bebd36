/** All handlers over ports in memory, and every sink that they write to. */

import type { Context, SQSEvent } from 'aws-lambda';
import { createFulfilmentHandler } from '../../shared/app/fulfilment/handler.ts';
import { parseSigningKeys } from '../../shared/app/fulfilment/targets/https.ts';
import { httpsAsk } from '../../shared/app/http/decision-hook.ts';
import { createIntake } from '../../shared/app/http/intake.ts';
import { createQuestions } from '../../shared/app/http/withdrawal-kyc-answers.ts';
import { createLog, type Log } from '../../shared/app/platform/log.ts';
import { createMetrics } from '../../shared/app/platform/metrics.ts';
import { parseEnvelopeKeys } from '../../shared/app/platform/seal.ts';
import { accountSecretName, createSecrets, decisionSecretName } from '../../shared/app/platform/secrets.ts';
import { createTransitionHandler } from '../../shared/app/transition/handler.ts';
import { asksQuestions } from '../../shared/providers/account.ts';
import type { Account, ProviderName, RegisteredProvider } from '../../shared/providers/index.ts';
import { providers } from '../../shared/providers/index.ts';
import { trustlyEurope } from '../../shared/providers/trustly-europe/index.ts';
import { type Message, toEvent } from '../fuzz/wire.ts';
import { MemoryPersistence } from '../support/memory-persistence.ts';
import { MemoryQueue } from '../support/memory-queue.ts';
import { MemoryStore } from '../support/memory-store.ts';
import { MemoryTarget } from '../support/worker-bench.ts';

export interface WorldOptions {
  readonly accounts: readonly Account[];
  /** Texts of the secret store, by name. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Replacements of real providers. */
  readonly providers?: Partial<Record<ProviderName, RegisteredProvider>>;
  /** The decision hooks by account name, and a fetch that answers for them. */
  readonly decisions?: { readonly urls: Readonly<Record<string, string>>; readonly fetch: typeof fetch };
  /** A further log of the workers. */
  readonly workerLog?: Log;
}

const MAX_RECEIVES = 3;

export function createWorld({ accounts, secrets: texts, workerLog, ...options }: WorldOptions) {
  const time = { aheadMs: 0 };
  const clock = () => Date.now() + time.aheadMs;
  const lines: string[] = [];
  const sink = (line: string) => void lines.push(line);
  const plain = createLog({ service: 'canary', functionName: 'canary', clock, sink });
  const metrics = createMetrics({ namespace: 'Canary', service: 'canary', clock, sink });
  const log = workerLog === undefined ? plain : both(plain, workerLog);
  const notifications = new MemoryQueue();
  const fulfilment = new MemoryQueue();
  const store = new MemoryStore();
  const target = new MemoryTarget();
  const persistence = new MemoryPersistence();
  const answers: string[] = [];
  const queued: string[] = [];
  const dead: string[] = [];
  const fails: { secrets?: (() => never) | undefined } = {};
  const all: Readonly<Record<ProviderName, RegisteredProvider>> = { ...providers, ...options.providers };

  const envelopeKeys = async () =>
    parseEnvelopeKeys(JSON.parse(texts['payhooks/sandbox/envelope-key'] ?? '{}'));
  const base = { clock, log, metrics, store, envelopeKeys };
  const transition = createTransitionHandler({
    ...base,
    fulfilment,
    providers: all,
    accounts,
    publicKeys: async (account) =>
      all[account.provider].publicKeySignature?.parseKeys(
        JSON.parse(texts[accountSecretName('sandbox', account)] ?? '{}'),
        account,
      ),
    evidenceDays: 400,
    pause: async () => undefined,
    putOff: async () => undefined,
  });
  const deliver = createFulfilmentHandler({ ...base, target, persistence, putOff: async () => undefined });

  const questionsOf = (secrets: ReturnType<typeof createSecrets>) =>
    createQuestions(trustlyEurope, {
      ...{ clock, log: plain, metrics, store },
      ask: httpsAsk(options.decisions?.urls ?? {}, clock, options.decisions?.fetch),
      keys: ({ account }, signal) =>
        secrets.read(
          {
            name: decisionSecretName('sandbox', account),
            parse: (secret) => parseSigningKeys(secret, 'decision'),
          },
          signal,
        ),
    });

  /** Sends a request to a new environment without cached secrets. */
  async function send(message: Message): Promise<number> {
    const fresh = createSecrets({
      fetch: async (name) => {
        fails.secrets?.();
        return texts[name] ?? '';
      },
      clock,
      report: (sentence, error) => plain.error('secret problem', { sentence, error }),
    });
    const deps = {
      accounts,
      environment: 'sandbox' as const,
      queue: notifications,
      secrets: fresh,
      clock,
      log: plain,
      metrics,
    };
    const account = accounts.find(
      (each) => each.provider === message.provider && each.account === message.account,
    );
    const handle =
      account !== undefined && asksQuestions(account)
        ? createIntake(
            trustlyEurope,
            { ...deps, accounts: accounts.filter(asksQuestions) },
            questionsOf(fresh),
          )
        : createIntake(all[message.provider], deps);
    const answer = await handle(toEvent(message, clock()));
    answers.push(JSON.stringify(answer));
    return answer.statusCode ?? 0;
  }

  /** Works like SQS: a message that fails MAX_RECEIVES times becomes a dead letter, unchanged. */
  async function work(queue: MemoryQueue, handler: typeof transition): Promise<void> {
    for (let sent = queue.sent.shift(); sent !== undefined; sent = queue.sent.shift()) {
      queued.push(JSON.stringify(sent));
      for (let receives = 1; ; receives += 1) {
        const result = await handler(batch(sent.body, receives), context);
        answers.push(JSON.stringify(result));
        if (result.batchItemFailures.length === 0) break;
        if (receives < MAX_RECEIVES) continue;
        dead.push(JSON.stringify(sent));
        break;
      }
    }
  }

  return {
    ...{
      accounts,
      notifications,
      fulfilment,
      store,
      target,
      persistence,
      lines,
      answers,
      queued,
      dead,
      fails,
      time,
      send,
    },
    async workAll(): Promise<void> {
      await work(notifications, transition);
      await work(fulfilment, deliver);
    },
    /** The sinks that must contain no mark. */
    sinks: (): Readonly<Record<string, string>> => ({
      'logs and metrics': lines.join('\n'),
      'queue bodies and attributes': [...queued, ...notifications.sent, ...fulfilment.sent]
        .map(textOf)
        .join('\n'),
      'dead-letter bodies': dead.join('\n'),
      answers: answers.join('\n'),
      'idempotency records': JSON.stringify([...persistence.records]),
    }),
  };
}
export type World = ReturnType<typeof createWorld>;

const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

const both = (a: Log, b: Log): Log => ({
  info: (message, fields) => [a, b].forEach((log) => void log.info(message, fields)),
  warn: (message, fields) => [a, b].forEach((log) => void log.warn(message, fields)),
  error: (message, fields) => [a, b].forEach((log) => void log.error(message, fields)),
});

const context = {
  getRemainingTimeInMillis: () => 30_000,
  functionName: 'f',
  awsRequestId: 'r',
} as unknown as Context;

const batch = (body: string, receives: number): SQSEvent => ({
  Records: [
    {
      messageId: 'm0',
      receiptHandle: 'h0',
      body,
      attributes: {
        ApproximateReceiveCount: String(receives),
        SentTimestamp: String(Date.now()),
        SenderId: '',
        ApproximateFirstReceiveTimestamp: '',
      },
      messageAttributes: {},
      md5OfBody: '',
      eventSource: 'aws:sqs',
      eventSourceARN: 'arn:aws:sqs:eu-west-1:000000000000:q',
      awsRegion: 'eu-west-1',
    },
  ],
});
