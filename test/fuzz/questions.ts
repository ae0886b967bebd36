/**
 * Accounts of Trustly Europe that ask the merchant (functions/intake-trustly-europe-decisions), with the same
 * operators. Further properties of this intake:
 * - The answer is OK to a withdrawal's debit and CONTINUE to a kyc only if the decision hook gave that answer to this
 *   notification.
 * - A copy of an answered question gets the same bytes without a new question, whatever the hook would answer.
 * - A question that got 503 gets FAILED or FINISH after RECOVERY_MS. 503 is answered only to a signed question.
 * - A request that does not verify sends no question, stores no answer and queues no message.
 */

import { createHash } from 'node:crypto';
import type { Ask } from '../../shared/app/http/decision-hook.ts';
import type { IntakeHandler, Questions } from '../../shared/app/http/intake.ts';
import {
  type AnswerDeps,
  createQuestions,
  RECOVERY_MS,
} from '../../shared/app/http/withdrawal-kyc-answers.ts';
import type { Store } from '../../shared/app/ports.ts';
import { registerOrder } from '../../shared/app/transition/orders.ts';
import type { Account } from '../../shared/providers/index.ts';
import { parseOrder } from '../../shared/providers/orders.ts';
import type { TrustlyEuropeAccount } from '../../shared/providers/trustly-europe/account.ts';
import { trustlyEurope } from '../../shared/providers/trustly-europe/index.ts';
import { SAMPLES } from '../providers/trustly-europe/support.ts';
import { MemoryQueue } from '../support/memory-queue.ts';
import { MemoryStore } from '../support/memory-store.ts';
import { europe } from './europe.ts';
import { type Bench, benchOf, NOW } from './fuzz.ts';
import type { Target } from './target.ts';
import { keepNumbers, type Message, numberText, toEvent } from './wire.ts';

const accounts = europe.accounts.map(
  (account): TrustlyEuropeAccount => ({
    ...(account as TrustlyEuropeAccount),
    withdrawals: true,
    kyc: true,
    decision: { url: 'https://shop.example/decide' },
  }),
);
const [, own] = accounts;

const signed = (method: string, data: object): Message => {
  const message = own && europe.sign(JSON.stringify({ method, data }), own);
  if (message === undefined) throw new Error(`cannot sign a ${method}`);
  return message;
};

const { debit, kyc } = SAMPLES;
/** A debit whose order has kind payment: it is information and no question. */
const INFORMATION = { ...debit, messageid: 'paid-in-1', orderid: '127675893' };
const QUESTIONS: readonly Message[] = [
  signed('debit', debit),
  signed('debit', { ...debit, enduserid: 'Åsa', attributes: { note: 'x' } }),
  signed('debit', { ...debit, messageid: 'nobody-knows', orderid: '1' }),
  signed('debit', { ...debit, amount: '9999.00' }),
  signed('debit', { ...debit, refund: '1' }),
  signed('debit', INFORMATION),
  signed('kyc', kyc),
  signed('kyc', { ...kyc, attributes: { ...kyc.attributes, firstname: 'Åsa & "Ö"' } }),
  signed('kyc', { ...kyc, abort: '1', abortmessage: 'underage' }),
];

/** Debits whose texts spell out fields that would make them no question, or a question about another order. */
const SPELLING: readonly Message[] = [
  signed('debit', { ...debit, enduserid: 'bobmessageidpaid-in-1notificationid7orderid9refund1timestampx' }),
  signed('debit', { ...debit, messageid: 'anotificationid7orderid9refund1timestamp2010-01-20 14:42:04+01z' }),
];

const questions: Target = {
  ...europe,
  accounts,
  corpus: [...europe.corpus, ...QUESTIONS, ...QUESTIONS, ...QUESTIONS, ...QUESTIONS],
  hostile: [...europe.hostile, ...SPELLING.map((message) => ({ message }))],
};

const open = { amounts: [{ currency: 'EUR', open: true }] };
const ORDERS = [
  { reference: debit.messageid, kind: 'withdrawal', amounts: [{ currency: 'EUR', exact: debit.amount }] },
  { reference: '807_1394626033', kind: 'withdrawal', amounts: [{ currency: 'SEK', exact: '808.00' }] },
  { reference: INFORMATION.messageid, kind: 'payment', ...open },
];

/**
 * Answers of the decision hook. A hash of the request chooses one, so that a run can be repeated alone; default: yes.
 */
type Reaction = (id: string, asks: 'debit' | 'kyc') => string | undefined;
const YES = { debit: 'OK', kyc: 'CONTINUE' } as const;
const NO = { debit: 'FAILED', kyc: 'FINISH' } as const;
const saysYes: Reaction = (id, asks) => JSON.stringify({ id, status: YES[asks] });
const saysNo: Reaction = (id, asks) => JSON.stringify({ id, status: NO[asks] });
const REACTIONS: readonly Reaction[] = [
  ...[saysNo, saysNo, saysNo, saysNo, () => undefined, () => undefined],
  (id) => JSON.stringify({ id, status: 'ok' }),
  (id) => JSON.stringify({ id, status: 'CONTINUE', limit: '1e3' }),
  (id) => JSON.stringify({ id: `${id}0`, status: 'OK' }),
  (id) => `{"id":${JSON.stringify(id)},"status":"FAILED","status":"OK"}`,
  (id) => JSON.stringify([{ id, status: 'OK' }]),
  ...['{"status":"OK"}', 'OK', '', '"OK"', 'null', '[[[[[[', '\u0000', '{"__proto__":{"status":"OK"}}'].map(
    (text): Reaction =>
      () =>
        text,
  ),
];

/** Parts that a control weakens on purpose (controls.ts). */
export interface Weakness {
  readonly questions?: (real: EuropeQuestions) => Questions<unknown, unknown, Account>;
  readonly ask?: (real: Ask) => Ask;
  readonly store?: (real: Store) => Store;
  /** Sends the question before the verification. */
  readonly hasty?: boolean;
}
type EuropeQuestions = ReturnType<typeof europeQuestions>;
interface Call {
  readonly id: string;
  readonly hookText: string | undefined;
}

const europeQuestions = (deps: AnswerDeps) => createQuestions(trustlyEurope, deps);

export function questionsBench(weakness: Weakness = {}): Bench {
  const store = new MemoryStore();
  const time = { now: NOW };
  const calls: Call[] = [];
  const hook: { react: Reaction } = { react: saysYes };
  const plain: Ask = async ({ id, asks }) => {
    const hookText = hook.react(id, asks);
    calls.push({ id, hookText });
    return hookText === undefined
      ? { answered: false, why: 'unreachable' }
      : { answered: true, text: hookText };
  };
  const ask = weakness.ask?.(plain) ?? plain;
  const bench = benchOf(questions, europe.provider, ({ log, metrics }) => {
    const real = europeQuestions({
      ...{ log, metrics, ask, clock: () => time.now },
      store: weakness.store?.(store) ?? store,
      keys: async () => [Buffer.alloc(32, 7)],
    });
    return weakness.questions?.(real) ?? (real as unknown as Questions<unknown, unknown, Account>);
  });
  let orders: readonly (readonly [string, unknown])[] | undefined;

  const handle: IntakeHandler = async (event) => {
    if (orders === undefined) {
      const at = new Date(NOW).toISOString();
      for (const order of ORDERS) await registerOrder(store, new MemoryQueue(), parseOrder(order, at));
      orders = [...store.rows];
    }
    store.rows.clear();
    for (const [key, row] of orders) store.rows.set(key, row as never);
    calls.length = 0;
    time.now = NOW;
    const seed =
      createHash('sha256')
        .update(event.body ?? '')
        .digest()[0] ?? 0;
    hook.react = REACTIONS[seed % 40] ?? saysYes;
    if (weakness.hasty) await ask({ id: 'x', asks: 'debit' } as Parameters<Ask>[0], [], 1);
    return bench.handle(event);
  };

  async function alsoHolds(message: Message, status: number, body: string): Promise<string | undefined> {
    const sentCalls = [...calls];
    const rows = store.all().filter(({ sk }) => sk === 'decision');
    if (status !== 200 && status !== 503) {
      return sentCalls.length + rows.length > 0 ? 'asked for a request that was refused' : undefined;
    }
    const read = contentOf(message);
    if (status === 503) {
      if (bench.queue.sent.length > 0) return 'answered 503, yet queued';
      if (read === undefined || !isSigned(message)) return 'answered 503 without a genuine question';
      if (read.method !== 'debit' && read.method !== 'kyc') return `answered 503 to a ${read.method}`;
      if (sentCalls.some(({ hookText, id }) => isYesOrNo(hookText, id))) return 'answered 503 to an answer';
    } else {
      const wrong =
        read === undefined
          ? 'answered a message that is not readable'
          : wrongYes(body, read, message, sentCalls);
      if (wrong !== undefined) return wrong;
    }
    return await repeated(message, status, body);
  }

  /** Sends the same request again, while the decision hook would give the opposite answer. */
  async function repeated(message: Message, status: number, body: string): Promise<string | undefined> {
    const kept = [...bench.queue.sent];
    const before = calls.length;
    hook.react = calls.some(({ hookText, id }) => hookText === saysYes(id, 'debit')) ? saysNo : saysYes;
    if (status === 503) time.now = NOW + RECOVERY_MS;
    const again = await bench.handle(toEvent(message, NOW));
    bench.queue.sent.splice(0, bench.queue.sent.length, ...kept);
    if (calls.length > before) return 'asked again';
    if (status === 200) return again.body === body ? undefined : 'another answer to a copy';
    const data = again.statusCode === 200 ? replyOf(again.body ?? '') : undefined;
    return data === 'FAILED' || data === 'FINISH'
      ? undefined
      : `no answer at last: ${again.statusCode} ${data}`;
  }
  return { ...bench, handle, alsoHolds };
}

interface Read {
  readonly method: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** The content, read without shared/, as `europe.isSigned` reads it. Undefined: it is not readable. */
function contentOf(message: Message): Read | undefined {
  try {
    const { method, params } = JSON.parse(bytesOf(message).toString('utf8'), keepNumbers) as {
      readonly method: string;
      readonly params: { readonly data: Readonly<Record<string, unknown>> };
    };
    return { method, data: params.data };
  } catch {
    return undefined;
  }
}

function bytesOf(message: Message): Buffer {
  const { body = '', isBase64Encoded } = toEvent(message, NOW);
  return Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8');
}

function isSigned(message: Message): boolean {
  const account = accounts.find((each) => each.account === message.account);
  try {
    return account !== undefined && questions.isSigned({ ...message, body: bytesOf(message) }, account);
  } catch {
    return false;
  }
}

const textOf = (value: unknown): string => numberText(value) ?? String(value);
const replyOf = (body: string): string | undefined =>
  (JSON.parse(body) as { readonly result?: { readonly data?: { readonly status?: string } } }).result?.data
    ?.status;

/** @returns the finding if the answer is yes but the hook gave no yes to this notification */
function wrongYes(
  body: string,
  { method, data }: Read,
  message: Message,
  calls: readonly Call[],
): string | undefined {
  const status = replyOf(body);
  if (status === 'FAILED' || status === 'FINISH') return undefined;
  if (method !== 'debit' && method !== 'kyc')
    return status === 'OK' ? undefined : `a ${method} answered ${status}`;
  if (status !== YES[method]) return `a ${method} answered ${status}`;
  if (
    method === 'debit' &&
    (textOf(data.refund) === '1' || textOf(data.messageid) === INFORMATION.messageid)
  ) {
    return calls.length === 0 ? undefined : 'asked about a debit that is no question';
  }
  const id = `trustly-europe:${message.account}:${textOf(data.notificationid)}`;
  const [call] = calls;
  const isYes = calls.length === 1 && call?.id === id && call.hookText === saysYes(id, method);
  return isYes ? undefined : `${status} to a ${method} that the endpoint did not answer so`;
}

const isYesOrNo = (hookText: string | undefined, id: string): boolean =>
  (['debit', 'kyc'] as const).some((asks) => hookText === saysYes(id, asks) || hookText === saysNo(id, asks));

/** A store that loses answers to questions, so that a copy is asked again. */
export const forgetful = (real: Store): Store => ({
  get: async (key) => (key.sk === 'decision' ? undefined : real.get(key)),
  query: (...args) => real.query(...args),
  open: (...args) => real.open(...args),
  write: async () => ({ ok: true }),
});
