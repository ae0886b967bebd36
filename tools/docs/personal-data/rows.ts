/** Every kind of row, with every field of its type. */
import type { DiscardedRow } from '../../../cli/dlq/discard.ts';
import type { DiscardedMessage } from '../../../shared/app/operator/quarantine-review.ts';
import type { SentBackRow } from '../../../shared/app/operator/sent-back.ts';
import type { Reconciliation } from '../../../shared/app/schedules/reconcile.ts';
import type {
  ConfirmRow,
  EventRow,
  LedgerRow,
  OrderLedgerRow,
  ParkedRow,
  QuarantineRow,
  QuestionRow,
  RedirectStateRow,
  RenewRow,
  ShippingRow,
  StoredEvidence,
  TakenRow,
} from '../../../shared/app/table/rows.ts';
import type { FromEvent } from '../../../shared/app/transition/account-on-file.ts';
import type { Session } from '../../../shared/app/transition/sessions.ts';
import type { VaultRow } from '../../../shared/app/transition/vault.ts';
import type { Effect, Order, Payment, Refund } from '../../../shared/payment/types.ts';
import {
  ERASED,
  endUser,
  note,
  operator,
  type Place,
  paymentId,
  place,
  references,
  sealedMessage,
} from './field.ts';

const MAIN = { where: 'table `payhooks-<environment>`', encrypted: 'data key' } as const;
const FOR_EVER = { kept: 'for ever' } as const;
const EVIDENCE = { kept: '`retention.evidenceDays` (kyc: at most 30 days)' } as const;

const bankAccount = {
  kind: 'personal',
  of: 'shopper',
  what: 'bank’s name and code, whether verified; never number or holder',
  erased: ERASED.command,
} as const;

export const ROWS: readonly Place[] = [
  place<Payment>()({
    ...{ name: 'payment', key: /^payment#.*\|payment$/, ...MAIN, ...FOR_EVER },
    none: [
      ...(['provider', 'account', 'facts', 'test', 'described', 'conflicts', 'reading', 'status'] as const),
      ...(['holds', 'grant', 'sequence', 'version', 'firstSeenAt', 'updatedAt'] as const),
    ],
    data: {
      key: paymentId,
      id: paymentId,
      aliases: references,
      endUsers: endUser,
      details: bankAccount,
      decisions: operator,
      refunds: references,
      orderReference: references,
      sentUnder: references,
    },
  }),
  place<Effect>()({
    ...{ name: 'effect: an event that you are owed', key: /^payment#.*\|effect#/, ...MAIN, ...FOR_EVER },
    none: [
      ...(['type', 'epoch', 'sequence', 'state', 'attempts', 'redeliveries', 'leaseUntil'] as const),
      ...(['notBefore', 'lastFailure', 'name', 'createdAt', 'updatedAt'] as const),
    ],
    data: {
      id: paymentId,
      payment: paymentId,
      webhookId: paymentId,
      event: { ...endUser, what: 'the event: end user’s id, references, bank’s name' },
    },
  }),
  place<StoredEvidence>()({
    ...{
      name: 'evidence: a kept notification',
      key: /^(payment|unassigned)#.*\|evidence#/,
      ...MAIN,
      ...EVIDENCE,
    },
    none: [
      ...([
        'digest',
        'keyId',
        'keyFingerprint',
        'variant',
        'receivedAt',
        'correlationId',
        'decided',
      ] as const),
    ],
    data: {
      sealed: sealedMessage,
      normalizedKey: { ...paymentId, erased: ERASED.command },
      toldKey: { ...paymentId, erased: ERASED.command },
    },
  }),
  place<LedgerRow>()({
    ...{ name: 'ledger: what a person did', key: /^payment#.*\|ledger#/, ...MAIN, ...FOR_EVER },
    none: ['what', 'at', 'effects', 'detail'],
    data: { by: operator, note },
  }),
  place<ConfirmRow>()({
    ...{ name: 'when the provider is polled', key: /^payment#.*\|confirmation$/, ...MAIN, ...FOR_EVER },
    none: ['attempts', 'askedAt', 'outcome'],
    data: { payment: paymentId },
  }),
  place<ShippingRow>()({
    ...{ name: 'shipping report', key: /^payment#.*\|delivery$/, ...MAIN, ...FOR_EVER },
    none: ['state', 'authorizedAt', 'attempts', 'status', 'outcome'],
    data: {
      payment: paymentId,
      sealed: {
        ...sealedMessage,
        what: 'name and address of the recipient, until the provider has taken the report',
      },
    },
  }),
  place<RenewRow>()({
    ...{ name: 'to be derived anew', key: /^(renew|payment)#.*\|renew$/, ...MAIN, kept: 'until it is done' },
    none: ['cause', 'evenGranted'],
    data: { payment: paymentId },
  }),
  place<RedirectStateRow>()({
    ...{ name: 'standing, for the shopper’s way back', key: /^standing#.*\|standing$/, ...MAIN, ...FOR_EVER },
    none: ['confirmed'],
    data: { orderReference: references },
  }),
  place<EventRow>()({
    ...{
      name: 'a processed notification, or a conflicting copy',
      key: /^event#.*\|(event$|conflict#)/,
      ...MAIN,
      ...FOR_EVER,
    },
    none: ['materialHash', 'outcome', 'effects', 'remark', 'receivedAt', 'correlationId'],
    data: { payment: paymentId },
  }),
  place<Order>()({
    ...{ name: 'order', key: /^order#.*\|order$/, ...MAIN, ...FOR_EVER },
    none: [
      ...([
        'kind',
        'amounts',
        'use',
        'instalments',
        'validUntil',
        'provider',
        'account',
        'fulfilled',
      ] as const),
      ...(['closedAt', 'version', 'registeredAt'] as const),
    ],
    data: {
      reference: references,
      endUser,
      aliases: references,
      captures: paymentId,
      paidBy: paymentId,
      paidBefore: paymentId,
      contenders: paymentId,
    },
  }),
  place<OrderLedgerRow>()({
    ...{ name: 'change of an order', key: /^order#.*\|ledger#/, ...MAIN, ...FOR_EVER },
    none: ['what', 'at', 'version', 'changed'],
    data: { by: operator, note, caller: { ...operator, what: 'the caller’s role in AWS' } },
  }),
  place<{ readonly payment: string }>()({
    ...{
      name: 'a payment that waits for an order, or follows it',
      key: /^(alias|order)#.*\|(waiting|follows)#/,
    },
    ...{ ...MAIN, kept: 'until the order is there' },
    none: [],
    data: { payment: paymentId },
  }),
  place<{ readonly reference: string }>()({
    ...{ name: 'a name of an order', key: /^(alias#.*\|alias|returned#.*\|returned)$/, ...MAIN, ...FOR_EVER },
    none: [],
    data: { reference: references },
  }),
  place<Refund>()({
    ...{ name: 'refund', key: /^refund#.*\|refund$/, ...MAIN, ...FOR_EVER },
    none: ['amount', 'currency', 'registeredAt'],
    data: { reference: references, payment: paymentId, id: paymentId, replaces: references },
  }),
  place<QuarantineRow>()({
    ...{
      name: 'quarantine',
      key: /^quarantine#[^|]*\|(?!count#)/,
      ...MAIN,
      kept: '`retention.evidenceDays` (kyc: at most 30 days), or until discarded',
    },
    none: [
      ...(['reason', 'digest', 'keyId', 'keyFingerprint', 'variant', 'receivedAt', 'correlationId'] as const),
    ],
    data: { sealed: sealedMessage },
  }),
  place<{ readonly count: number } | { readonly at: string }>()({
    ...{
      name: 'bound of the quarantine',
      key: /^quarantine(#.*\|count#|-full#)/,
      ...MAIN,
      kept: 'its month and a while',
    },
    none: ['count', 'at'],
    data: {},
  }),
  place<QuestionRow>()({
    ...{ name: 'answer to a question', key: /^decision#.*\|decision$/, ...MAIN, ...FOR_EVER },
    none: ['asks', 'materialHash', 'firstAskedAt', 'uncertain', 'decidedAt', 'takenFor', 'notTakenFor'],
    data: {
      decided: {
        ...{ kind: 'personal', of: 'shopper', erased: ERASED.stays },
        what: 'whether the person may pay, and up to how much (kyc); the notification’s id is in the key',
      },
    },
  }),
  place<TakenRow>()({
    ...{ name: 'a withdrawal that was taken', key: /^decision#.*\|taken$/, ...MAIN, ...FOR_EVER },
    none: ['at'],
    data: { notificationId: paymentId, orderId: paymentId },
  }),
  place<{ readonly at: string }>()({
    ...{ name: 'proof of an API’s answer', key: /^answer#.*\|answer$/, ...MAIN, kept: '90 days' },
    none: ['at'],
    data: {},
  }),
  place<Session>()({
    ...{ name: 'session of the checkout', key: /^session#.*\|session$/, ...MAIN, kept: '90 days' },
    none: ['publicUrl', 'pages', 'createdAt'],
    data: {
      orderReference: { ...references, erased: ERASED.command },
      merchantReference: { ...references, erased: ERASED.command },
      refreshes: { ...paymentId, erased: ERASED.command },
      return: {
        ...paymentId,
        what: 'what the verified redirect said: ids, status, kind of account',
        erased: ERASED.command,
      },
      cancel: { ...paymentId, what: 'what the verified redirect said: ids, status', erased: ERASED.command },
    },
  }),
  place<
    | FromEvent
    | {
        readonly source: 'redirect';
        readonly orderReference: string;
        readonly merchantReference: string;
        readonly providerType?: string;
        readonly accountVerified?: boolean;
        readonly at: string;
      }
  >()({
    ...{ name: 'bank account on file', key: /^bank-account#.*\|account#/, ...MAIN, ...FOR_EVER },
    none: ['source', 'rank', 'at', 'providerType', 'accountVerified'],
    data: {
      account: bankAccount,
      orderReference: { ...references, erased: ERASED.command },
      merchantReference: { ...references, erased: ERASED.command },
    },
  }),
  place<VaultRow>()({
    ...{
      name: 'splitToken',
      key: /^split-token#/,
      where: 'table `payhooks-<environment>-vault`',
      ...FOR_EVER,
    },
    encrypted: 'the vault’s own data key',
    none: ['unusable'],
    data: {
      token: {
        ...{ kind: 'personal', of: 'shopper', what: 'authority over a bank account', erased: ERASED.command },
        sealed: 'your public key (compact JWE); no deployed function holds the private one',
      },
    },
  }),
  place<ParkedRow>()({
    ...{ name: 'parked message', key: /^parked#/, ...MAIN, kept: 'until redriven or discarded' },
    none: ['queue', 'reason', 'digest', 'messageId', 'receives', 'at'],
    data: {
      sealed: { ...sealedMessage, erased: '`payhooks dlq discard` (erase refuses until then)' },
      described: { ...paymentId, what: 'what its envelope says: account, payment, correlation id' },
    },
  }),
  place<DiscardedRow | DiscardedMessage>()({
    ...{ name: 'what was discarded', key: /^discarded#/, ...MAIN, ...FOR_EVER },
    none: ['what', 'queue', 'reason', 'digest', 'messageId', 'parkedAt', 'receivedAt', 'at'],
    data: { by: operator, note, described: { ...paymentId, what: 'account, payment, correlation id' } },
  }),
  place<SentBackRow>()({
    ...{ name: 'what was sent back to its worker', key: /^sent-back#/, ...MAIN, ...FOR_EVER },
    none: ['what', 'where', 'id', 'at', 'correlationId'],
    data: { by: operator, note, payment: paymentId },
  }),
  place<{
    readonly what: 'erase';
    readonly by: string;
    readonly note: string;
    readonly where: string;
    readonly digest: string;
    readonly receivedAt: string;
    readonly at: string;
  }>()({
    ...{ name: 'what was erased', key: /^erased#/, ...MAIN, ...FOR_EVER },
    none: ['what', 'where', 'digest', 'receivedAt', 'at'],
    data: { by: operator, note },
  }),
  place<Reconciliation>()({
    ...{ name: 'report of a reconciliation', key: /^reconciliation\|/, ...MAIN, ...FOR_EVER },
    none: [
      ...([
        'schema',
        'id',
        'type',
        'occurredAt',
        'correlationId',
        'since',
        'dryRun',
        'checked',
        'agreed',
      ] as const),
      ...(['mended', 'unexplained'] as const),
    ],
    data: { accounts: { ...paymentId, what: 'payments that do not agree, by their ids' } },
  }),
];
