/**
 * Reads the answers of Payment Status (docs/protocols/paymentwall-parameters.md#payment-status) and Delivery
 * Confirmation. Payment Status names no version and no time, so its answers are kept as a set that only grows: an
 * amount, "refunded", the risk. Only the fields below leave this file.
 */

import { createHash } from 'node:crypto';
import { defined } from '../../payment/defined.ts';
import { hasCurrencyForm, isDecimal, moneyText } from '../../payment/money.ts';
import type { FactEntry, Money, NormalizedEvent } from '../../payment/types.ts';
import { type Fields, fieldsOf, outcomeOf, parseJson, textOf } from '../answers.ts';
import type { ProviderApi } from '../api.ts';
import type { ApiAnswer, ApiOutcome, ApiRequest } from '../api-call.ts';
import { compareBytes } from '../bytes.ts';
import { UnusableSecretError } from '../provider.ts';
import type { PaymentwallAccount } from './account.ts';
import { CAPTURED, CONFIRMED_PAYMENT } from './facts.ts';
import { parseKeys } from './keys.ts';
import { precedenceOfAnswer } from './precedence.ts';
import { shipping } from './shipping.ts';
import { signatureOf } from './signature.ts';

interface Credentials {
  readonly projectKey: string;
  readonly secretKey: string;
}

/** The data of an answer that is kept. After an accepted delivery confirmation only `captured`. */
interface StoredAnswer {
  readonly ref: string;
  readonly test: boolean;
  readonly endUser?: string;
  readonly orderReference?: string;
  readonly money?: Money;
  readonly refunded?: boolean;
  readonly risk?: string;
  readonly captured?: string;
}

/** The API signs with 2 (MD5) or 3 (SHA-256). We use 3, whichever version signs the project's pingbacks. */
const SIGN_VERSION = 3;

function storedAnswerOf(fields: Fields, account: PaymentwallAccount): StoredAnswer | undefined {
  // An attempt ("payment_attempt"…) is no payment.
  if (textOf(fields.object) !== 'payment') return undefined;
  const ref = textOf(fields.id);
  if (ref === undefined || ref.length > 128) return undefined;
  const amount = textOf(fields.amount);
  const currency = textOf(fields.currency);
  const hasMoney =
    amount !== undefined && isDecimal(amount) && currency !== undefined && hasCurrencyForm(currency);
  const risk = textOf(fields.risk)?.toLowerCase();
  const endUser = textOf(fields.uid);
  const product = textOf(fields.product_id);
  return {
    ref,
    test: isYes(fields.is_test ?? fields.test),
    ...defined({ endUser }),
    // `product_id` is the widget's ag_external_id, like the pingback's goodsid.
    ...(product === undefined || account.orderParameter !== 'goodsid' ? {} : { orderReference: product }),
    ...(hasMoney ? { money: { amount, currency } } : {}),
    refunded: isYes(fields.refunded),
    ...(risk !== undefined && /^[a-z_]{1,32}$/.test(risk) ? { risk } : {}),
  };
}

const isYes = (value: unknown): boolean => value === true || value === 1 || value === '1' || value === 'true';

function read(answer: ApiAnswer): ApiOutcome {
  const plain = outcomeOf(answer);
  if (plain !== undefined) return plain;
  if (answer.status === 404) return { type: 'unknown' };
  const body = parseJson(answer.body);
  // Documented as a list; a single payment is accepted as well.
  const listed = Array.isArray(body) ? body : [body];
  if (answer.status >= 400 || fieldsOf(body)?.error !== undefined) {
    return { type: 'refused', reason: 'request' };
  }
  if (listed.some((each) => fieldsOf(each) === undefined))
    return { type: 'unavailable', reason: 'unreadable' };
  const payments = listed.filter((each) => fieldsOf(each)?.object === 'payment');
  if (payments.some((each) => textOf(fieldsOf(each)?.id) === undefined)) {
    return { type: 'unavailable', reason: 'unreadable' };
  }
  if (payments.length === 0) return { type: 'unknown' };
  return { type: 'found', messages: payments.map((each) => JSON.stringify(allowed(fieldsOf(each) ?? {}))) };
}

const ALLOWED = [
  'object',
  'id',
  'amount',
  'currency',
  'refunded',
  'risk',
  'uid',
  'product_id',
  'is_test',
  'test',
] as const;

const allowed = (fields: Fields): Fields => Object.fromEntries(ALLOWED.map((name) => [name, fields[name]]));

function normalize(message: string, account: PaymentwallAccount): NormalizedEvent {
  const fields = fieldsOf(parseJson(message)) ?? {};
  const [id, status] = [textOf(fields.id), textOf(fields.status)];
  const kept: StoredAnswer | undefined =
    textOf(fields.object) === 'capture' && id !== undefined && status !== undefined
      ? { ref: id, test: false, captured: status }
      : storedAnswerOf(fields, account);
  if (kept === undefined) throw new Error('not an answer of Payment Status');
  const { ref, endUser, orderReference } = kept;
  const digest = createHash('sha256').update(message).digest('hex').slice(0, 16);
  return {
    source: 'confirmation',
    key: `confirmation/${ref}/${digest}`,
    material: { message },
    subject: { kind: 'payment', id: ref },
    facts: factsOf(kept, account),
    aliases: [
      { type: 'id', value: ref },
      ...(orderReference === undefined ? [] : [{ type: 'reference' as const, value: orderReference }]),
    ],
    test: kept.test,
    ...defined({ endUser }),
    details: { eventType: kept.captured === undefined ? 'confirmation' : 'delivery_confirmation' },
    precedence: precedenceOfAnswer({
      captured: kept.captured !== undefined,
      refunded: kept.refunded === true,
    }),
  };
}

function factsOf(kept: StoredAnswer, { goods }: PaymentwallAccount): Record<string, FactEntry> {
  const { captured, money, refunded, risk } = kept;
  if (captured !== undefined) return { [CAPTURED]: { codes: [captured], amounts: [] } };
  return {
    [CONFIRMED_PAYMENT]: {
      codes: [
        ...(goods === 'physical' ? ['physical'] : []),
        ...(refunded === true ? ['refunded'] : []),
        ...(risk === undefined ? [] : [`risk:${risk}`]),
      ],
      amounts: money === undefined ? [] : [moneyText(money)],
    },
  };
}

/** hex(SHA-256(name=value… + Secret Key)), like the widget's `sign`: sorted by name, without separators. */
export function signedQuery(
  parameters: Readonly<Record<string, string>>,
  secretKey: string,
): URLSearchParams {
  const all: Record<string, string> = { ...parameters, sign_version: String(SIGN_VERSION) };
  const text = Object.keys(all)
    .sort(compareBytes)
    .map((name) => `${name}=${all[name]}`)
    .join('');
  return new URLSearchParams({ ...all, sign: signatureOf(text, secretKey, SIGN_VERSION) });
}

export const paymentwallApi: ProviderApi<Credentials, PaymentwallAccount> = {
  baseUrl: { live: 'https://api.paymentwall.com/api', sandbox: 'https://api.paymentwall.com/api' },
  parseCredentials(secret, account) {
    const [current] = parseKeys(secret, account).projects;
    const projectKey = textOf(fieldsOf(fieldsOf(secret)?.current)?.projectKey);
    if (current === undefined || projectKey === undefined || !/^\S{8,256}$/.test(projectKey)) {
      throw new UnusableSecretError(
        'current.projectKey must be a text of 8 to 256 characters without blanks, to ask for payments',
      );
    }
    return { projectKey, secretKey: current.secret };
  },
  pollRequest(poll, account, { projectKey, secretKey }, baseUrl): ApiRequest | undefined {
    const about = subjectOf(poll, account);
    if (about === undefined) return undefined;
    const query = signedQuery({ key: projectKey, ...about }, secretKey);
    return {
      method: 'GET',
      url: `${baseUrl}/rest/payment?${query}`,
      headers: { accept: 'application/json' },
    };
  },
  read,
  normalize,
  // Payment Status names neither a partial refund nor the capture of physical goods, and a chargeback only as refunded.
  agreeingStatuses: {
    paid: ['authorized'],
    partially_refunded: ['paid', 'authorized'],
    reversed: ['refunded'],
  },
  shipping,
};

/**
 * The query's subject: `ref`, or uid and ag_external_id. Payment Status supports only Digital Goods. Undefined: it
 * cannot be polled about this.
 */
function subjectOf(
  poll: Parameters<ProviderApi['pollRequest']>[0],
  account: PaymentwallAccount,
): Record<string, string> | undefined {
  if (poll.about === 'payment') return { ref: poll.id };
  const { reference, endUser } = poll;
  if (endUser === undefined || account.api !== 'digital_goods' || account.orderParameter !== 'goodsid') {
    return undefined;
  }
  return { uid: endUser, ag_external_id: reference };
}
