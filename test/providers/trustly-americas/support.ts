/** Signed requests, and the facts of one transaction, for the tests of Trustly Americas. */

import { signBody } from '../../../local/demo/senders/trustly-americas.ts';
import { joinFacts } from '../../../shared/payment/facts.ts';
import type { Facts } from '../../../shared/payment/types.ts';
import type { ReceivedRequest } from '../../../shared/providers/received.ts';
import { normalizeConfirmation, trustlyAmericasApi } from '../../../shared/providers/trustly-americas/api.ts';
import { readFacts } from '../../../shared/providers/trustly-americas/facts.ts';
import { trustlyAmericas } from '../../../shared/providers/trustly-americas/index.ts';
import { normalize } from '../../../shared/providers/trustly-americas/normalize.ts';
import { parseNotification } from '../../../shared/providers/trustly-americas/notification.ts';
import { americasAccount, LENIENT } from '../../support/accounts.ts';
import vectors from '../../vectors/trustly-americas.json' with { type: 'json' };

export const vector = vectors.notification;
export const credentials = { accessId: vector.accessId, accessKey: vector.key };
export const account = americasAccount({ account: 'demo' }, LENIENT);
export const keys = trustlyAmericas.parseKeys({ current: credentials }, account);

export const request = (
  body: string | Uint8Array,
  headers: Record<string, string> = {},
  method = 'POST',
): ReceivedRequest => ({
  method,
  rawQuery: '',
  headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
  body: typeof body === 'string' ? new TextEncoder().encode(body) : body,
  sourceIp: '192.0.2.1',
});
export const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;
export const check = (req: ReceivedRequest, using = keys) => trustlyAmericas.verify(req, account, using);
/** Verifies `body` with a genuine signature of `signed`, as an attacker can send them. */
export const replay = (body: string, signed = body) =>
  check(request(body, signBody(signed, credentials).headers));
export const authentic = (verdict: ReturnType<typeof check>) => {
  if (!verdict.authentic) throw new Error(`refused: ${verdict.reason}`);
  return verdict;
};

export type Fields = Record<string, string>;
export const normalizedOf = (fields: Fields) =>
  normalize(parseNotification(new URLSearchParams(fields).toString()));

let serial = 1000;
export const OWN = '500';
export const own = (eventType: string, status?: string, more: Fields = {}): Fields => ({
  eventId: String(serial++),
  eventType,
  objectId: OWN,
  transactionType: '3',
  ...(status === undefined ? {} : { status }),
  ...more,
});
export const child = (
  transactionType: string,
  eventType: string,
  status?: string,
  objectId = '900',
): Fields => own(eventType, status, { transactionType, objectId, parentObjectId: OWN });
export const dispute = (): Fields => ({
  eventId: String(serial++),
  eventType: 'Dispute',
  transactionId: OWN,
  returnType: 'R10',
});

/** The facts of the transaction OWN after these events. */
export const factsOf = (events: readonly Fields[]): Facts =>
  events
    .map(normalizedOf)
    .filter((one) => one.subject?.id === OWN)
    .map((one) => one.facts)
    .reduce(joinFacts, {});
export const read = (...events: Fields[]) => readFacts(factsOf(events));
export const paid = () => [own('Authorize', '2'), own('Process', '3'), own('Complete', '4')];

export const answer = (body: unknown, status = 200) =>
  trustlyAmericasApi.read({ status, body: typeof body === 'string' ? body : JSON.stringify(body) });
export const messagesOf = (body: unknown): readonly string[] => {
  const outcome = answer(body);
  if (outcome.type !== 'found') throw new Error(outcome.type);
  return outcome.messages;
};

/** An API answer in the form of the schema: not wrapped in `transaction`, and with names instead of numbers. */
export const bare = (fields: Record<string, unknown> = {}) => ({
  transactionId: '500',
  originalTransactionId: '400',
  transactionType: 'Capture',
  payment: { paymentType: 'Deferred', merchantReference: 'order-1' },
  currency: 'USD',
  amount: '10.0',
  paid: '10.00',
  refunded: '0.00',
  reversed: '0.00',
  status: 'Completed',
  recordVersion: 7,
  updatedAt: 1701986450064,
  ...fields,
});
export const confirm = (fields: Record<string, unknown> = {}) =>
  normalizeConfirmation(messagesOf(bare(fields))[0] ?? '');

export const readNormalized = (...parts: readonly { readonly facts: Facts }[]) =>
  readFacts(parts.map(({ facts }) => facts).reduce(joinFacts, {}));
export const completed = () => paid().map(normalizedOf);
