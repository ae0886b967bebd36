/**
 * Handlers with one weakness each, as real integrations have them. The fuzzer must notice every weakness; otherwise a
 * run without findings proves nothing.
 */

import type { ProviderName, RegisteredProvider } from '../../shared/providers/index.ts';
import type { PaymentwallAccount } from '../../shared/providers/paymentwall/account.ts';
import { readNotification } from '../../shared/providers/paymentwall/notification.ts';
import { parseQuery } from '../../shared/providers/paymentwall/query.ts';
import { eventName } from '../../shared/providers/trustly-americas/tables.ts';
import { type Bench, benchOf } from './fuzz.ts';
import { forgetful, questionsBench } from './questions.ts';
import type { Target } from './target.ts';

export interface Control {
  readonly name: string;
  readonly provider: ProviderName;
  /** The text of the finding. */
  readonly notice: RegExp;
  readonly bench: (target: Target) => Bench;
}

type Read = (message: string, account: Target['accounts'][number]) => unknown;

/** A provider that reads the messages which the real provider quarantines. */
function reading(target: Target, read: Read): Bench {
  const { provider } = target;
  const weak: RegisteredProvider = {
    ...provider,
    parse: read,
    verify(request, account, keys) {
      const verdict = provider.verify(request, account, keys);
      if (!verdict.authentic || verdict.quarantine === undefined) return verdict;
      const { quarantine: _, ...rest } = verdict;
      try {
        return {
          ...rest,
          notification: { ...(rest.notification ?? {}), ...(read(verdict.message, account) as object) },
        };
      } catch {
        return verdict;
      }
    },
  };
  return benchOf({ ...target, provider: weak }, provider);
}

const otherMeaning = /another meaning/;

/** Weakness: parses the decoded text, and the last of equal names counts. */
const decodedText: Read = (message) => {
  const fields = Object.fromEntries(
    new URLSearchParams(decodeURIComponent(message.replaceAll('+', ' ')).replaceAll('%', '%25')),
  );
  const { eventId = '', eventType = 'Refresh' } = fields;
  const event = eventName(eventType);
  return { eventId, eventType, ...(event === undefined ? {} : { event }), fields, unknownFields: false };
};

/** Weakness: accepts every verified message without checking boundaries, types and names. */
const anyBoundary: Read = (message) => {
  const { method, params } = JSON.parse(message) as {
    readonly method: string;
    readonly params: { readonly uuid: string; readonly data: Readonly<Record<string, unknown>> };
  };
  const fields = Object.fromEntries(
    Object.entries(params.data).filter(([, value]) => typeof value === 'string' && value !== ''),
  );
  if (typeof fields.notificationid !== 'string') throw new Error('no notificationid');
  return { method, uuid: params.uuid, content: { fields } };
};

/** Weakness: reads the first of equal names, although the signature covers the last. */
const firstWins: Read = (message, account) => {
  const query = parseQuery(message);
  if (!query.ok) throw new Error(query.reason);
  const first = [...new Map([...query.parameters].reverse().map((each) => [each.name, each])).values()];
  return readNotification(first, account as PaymentwallAccount);
};

const weakVerify = (
  target: Target,
  verify: (provider: RegisteredProvider) => RegisteredProvider['verify'],
): Bench =>
  benchOf({ ...target, provider: { ...target.provider, verify: verify(target.provider) } }, target.provider);

export const CONTROLS: readonly Control[] = [
  {
    name: 'decoded text parsed, last name wins',
    provider: 'trustly-americas',
    notice: otherMeaning,
    bench: (target) => reading(target, decodedText),
  },
  {
    name: 'moved boundaries accepted',
    provider: 'trustly-europe',
    notice: otherMeaning,
    bench: (target) => reading(target, anyBoundary),
  },
  {
    name: 'first of equal names wins',
    provider: 'paymentwall',
    notice: otherMeaning,
    bench: (target) => reading(target, firstWins),
  },
  ...(['trustly-americas', 'trustly-europe', 'paymentwall'] as const).map(
    (provider): Control => ({
      name: `signature ignored for odd lengths (${provider})`,
      provider,
      notice: /without a genuine signature|another meaning/,
      bench: (target) =>
        weakVerify(target, (real) => (request, account, keys) => {
          const verdict = real.verify(request, account, keys);
          if (verdict.authentic || verdict.reason !== 'wrong_signature') return verdict;
          const message = request.rawQuery || Buffer.from(request.body).toString();
          if (message.length % 2 === 0) return verdict;
          try {
            const notification = real.parse(message, account);
            return { authentic: true, keyId: 'current', variant: 'weak', message, notification, remarks: [] };
          } catch {
            return verdict;
          }
        }),
    }),
  ),
  {
    name: 'exception on a null byte',
    provider: 'trustly-europe',
    notice: /answered 503/,
    bench: (target) =>
      weakVerify(target, (real) => (request, account, keys) => {
        if (request.body.includes(0)) throw new Error('null byte');
        return real.verify(request, account, keys);
      }),
  },
  {
    name: 'message queued before verification',
    provider: 'paymentwall',
    notice: /yet queued|2 messages on the queue/,
    bench(target) {
      const bench = benchOf(target);
      return {
        ...bench,
        handle: async (event) => {
          await bench.queue.send('{}');
          return bench.handle(event);
        },
      };
    },
  },
  {
    name: 'answer 200 without a queued message',
    provider: 'trustly-americas',
    notice: /with 0 messages on the queue/,
    bench(target) {
      const bench = benchOf(target);
      bench.queue.send = async () => undefined;
      return bench;
    },
  },
  {
    name: 'debit answered OK without a question',
    provider: 'trustly-europe',
    notice: /^OK to a debit that the endpoint did not answer so/,
    bench: () =>
      questionsBench({
        questions: (real) => ({
          answer: real.answer as never,
          answerQuestion: async (request) =>
            (request.notification as { readonly method: string }).method === 'debit'
              ? { type: 'reply', reply: { status: 'OK' } }
              : await real.answerQuestion(request as never),
        }),
      }),
  },
  {
    name: 'missing answer counted as yes',
    provider: 'trustly-europe',
    notice: /^(OK|CONTINUE) to a (debit|kyc) that the endpoint did not answer so/,
    bench: () =>
      questionsBench({
        ask: (real) => async (question, keys, patienceMs) => {
          const response = await real(question, keys, patienceMs);
          const status = question.asks === 'debit' ? 'OK' : 'CONTINUE';
          return response.answered
            ? response
            : { answered: true, text: JSON.stringify({ id: question.id, status }) };
        },
      }),
  },
  {
    name: 'answer to another id accepted',
    provider: 'trustly-europe',
    notice: /that the endpoint did not answer so/,
    bench: () =>
      questionsBench({
        ask: (real) => async (question, keys, patienceMs) => {
          const response = await real(question, keys, patienceMs);
          if (!response.answered) return response;
          return { answered: true, text: response.text.replace(/"id":"[^"]*"/, `"id":"${question.id}"`) };
        },
      }),
  },
  {
    name: 'question sent before verification',
    provider: 'trustly-europe',
    notice: /asked for a request that was refused/,
    bench: () => questionsBench({ hasty: true }),
  },
  {
    name: 'stored answers ignored',
    provider: 'trustly-europe',
    notice: /asked again|another answer to a copy|no answer at last/,
    bench: () => questionsBench({ store: forgetful }),
  },
];
