/** Personal data outside the tables' rows: queues, logs, events, secrets. */

import type { EffectEnvelope } from '../../../shared/app/platform/effect-schema.ts';
import type { Fields } from '../../../shared/app/platform/log.ts';
import type { Envelope } from '../../../shared/app/platform/message-schema.ts';
import type { MerchantEvent } from '../../../shared/payment/types.ts';
import { ERASED, endUser, type Place, paymentId, place, references, sealedMessage } from './field.ts';

const queueErased = 'worked off within moments; dead letters are deleted by SQS';

export const ELSEWHERE: readonly Place[] = [
  place<Envelope | EffectEnvelope>()({
    name: 'message on a queue',
    where: 'SQS: notifications, fulfilment, their dead-letter queues',
    kept: 'until worked off; at most 14 days, and 14 more as a dead letter',
    encrypted: 'SQS-managed',
    none: [
      ...([
        'version',
        'kind',
        'correlationId',
        'provider',
        'account',
        'receivedAt',
        'acceptedAt',
        'keyId',
      ] as const),
      ...([
        'keyFingerprint',
        'variant',
        'digest',
        'quarantine',
        'signatureDigest',
        'cause',
        'decided',
        'probe',
      ] as const),
    ],
    data: {
      sealed: { ...sealedMessage, erased: queueErased },
      splitToken: {
        ...{ kind: 'personal', of: 'shopper', what: 'authority over a bank account', erased: queueErased },
        sealed: 'your public key (compact JWE)',
      },
      payment: { ...paymentId, erased: queueErased },
      effect: { ...paymentId, erased: queueErased },
      also: { ...paymentId, erased: queueErased },
      refund: { ...references, erased: queueErased },
    },
  }),
  place<{
    readonly id: string;
    readonly status: string;
    readonly expiration: number;
    readonly in_progress_expiration: number;
    readonly data: string;
    readonly validation: string;
  }>()({
    name: 'a delivery that was made',
    where: 'table `payhooks-<environment>-idempotency`',
    kept: '`retention.idempotencyDays`',
    encrypted: 'data key',
    none: ['id', 'status', 'expiration', 'in_progress_expiration', 'data', 'validation'],
    data: {},
  }),
  place<Fields & { readonly notification: string }>()({
    name: 'log line of a function',
    where: 'CloudWatch Logs `/payhooks/<environment>/<function>`',
    kept: '`retention.logDays`',
    encrypted: 'CloudWatch’s own',
    none: [
      ...([
        'correlationId',
        'provider',
        'account',
        'outcome',
        'reason',
        'digest',
        'status',
        'holds',
      ] as const),
      ...(['attempts', 'count', 'retryAfterSeconds', 'waitSeconds', 'sentence', 'error'] as const),
    ],
    data: {
      payment: { ...paymentId, erased: ERASED.expires },
      notification: {
        ...paymentId,
        what: 'provider’s id of a notification that came twice',
        erased: ERASED.expires,
      },
      effect: { ...paymentId, erased: ERASED.expires },
      order: { ...references, erased: ERASED.expires },
    },
  }),
  place<{ readonly sourceIp: string; readonly route: string; readonly status: string }>()({
    name: 'access log of the gateway',
    where: 'CloudWatch Logs `/aws/vendedlogs/payhooks/<environment>/gateway`',
    kept: '`retention.accessLogDays`: 14 days, 30 at most',
    encrypted: 'CloudWatch’s own',
    none: ['route', 'status'],
    data: {
      sourceIp: {
        ...{ kind: 'personal', of: 'shopper', erased: ERASED.expires },
        what: 'source address: of providers, of strangers, and of shoppers who come back through a redirect',
      },
    },
  }),
  place<MerchantEvent>()({
    name: 'event',
    where: 'your EventBridge bus (its archive, where you set one) or your endpoint',
    kept: 'yours to say; the archive of our own bus keeps events as long as evidence',
    encrypted: 'EventBridge’s own; TLS to an endpoint',
    none: [
      ...([
        'schema',
        'type',
        'sequence',
        'epoch',
        'environment',
        'test',
        'provider',
        'account',
        'status',
      ] as const),
      ...(['previousStatus', 'moved', 'returned', 'net', 'unexpected', 'amountSource', 'goodwill'] as const),
      ...(['confirmedBy', 'early', 'holds', 'causedBy', 'correlationId', 'occurredAt'] as const),
    ],
    data: {
      id: { ...paymentId, erased: 'you' },
      payment: { ...paymentId, erased: 'you' },
      orderReference: { ...references, erased: 'you' },
      order: { ...references, erased: 'you' },
      aliases: { ...references, erased: 'you' },
      refund: { ...references, erased: 'you' },
      endUser: { ...endUser, erased: 'you' },
      details: {
        ...{ kind: 'personal', of: 'shopper', erased: 'you' },
        what: 'bank’s name and code; never number or holder',
      },
    },
  }),
  place<{ readonly kyc: unknown }>()({
    name: 'kyc question to your decision hook',
    where: 'HTTPS to `decision.url`',
    kept: 'the answer is kept as above; the question is evidence (30 days at most)',
    encrypted: 'TLS; signed',
    none: [],
    data: {
      kyc: {
        ...{ kind: 'personal', of: 'shopper', erased: 'you' },
        what: 'name, date of birth, national id, address, as far as Trustly sends them',
      },
    },
  }),
];
