/** What came of an action, in sentences: what happened, and what follows. */
import type { Reconciliation } from '../../shared/app/schedules/reconcile.ts';
import { GOODS_EXPLAINED, HOLD_EXPLAINED } from '../../shared/payment/explained.ts';
import { isPaidLike } from '../../shared/payment/statuses.ts';
import type { Hold, HoldReason, Status } from '../../shared/payment/types.ts';
import type { ActionName, RederiveResult, SentResult } from '../contract.ts';
import { eventTitle, idOf, plural, words } from '../page/text.ts';

/** Sentences; an older server may lack a member of its result, so each is optional. */
type Says<Result> = (result: Partial<Result>) => readonly string[];

interface Answered {
  readonly repeated: boolean;
  readonly status: Status;
  readonly holds: readonly Hold[];
  /** Names of the events: "1#fulfil", "n2#payment.paid" */
  readonly effects: readonly string[];
}

const holdName = (reason: string): string =>
  (HOLD_EXPLAINED[reason as HoldReason]?.title ?? words(reason)).toLowerCase();

/** "1#fulfil" → "Give the goods" */
const announcedTitle = (name: string): string => eventTitle(name.split('#').at(-1) ?? name);

const announced = (effects: readonly string[] = []): string =>
  effects.length === 0
    ? 'Your shop is told nothing new.'
    : `Your shop is told: ${effects.map(announcedTitle).join(', ')}. The payment’s timeline shows when it has received that.`;

/** @param done "released" @param isFinal whether the money must go back */
const answered =
  (done: string, isFinal: boolean): Says<Answered> =>
  ({ repeated = false, status, holds = [], effects }) => {
    if (repeated) return [`The payment had been ${done} before. Nothing has changed.`];
    return [
      `The payment is ${done}${status === undefined ? '' : `; its status is ${words(status).toLowerCase()}`}.`,
      ...(holds.length === 0
        ? []
        : [
            `It is held for another reason, and waits for that answer: ${holds.map(({ reason }) => holdName(reason)).join(', ')}.`,
          ]),
      announced(effects),
      ...(isFinal && status !== undefined && isPaidLike(status)
        ? ['The money does not go back by itself: refund it at the provider.']
        : []),
    ];
  };

interface Sent {
  readonly sent: boolean;
  readonly why?: string;
  /** Of a message that was not sent: "kept: why". */
  readonly outcome?: string;
}

const whyNot = ({ why, outcome = '' }: Sent): string => why || outcome.replace(/^kept: /, '');

/** @param one "1 message is sent back" @param many for several */
function sentOf(
  all: readonly Sent[],
  [one, many]: readonly [one: string, many: string],
  follows: string,
): readonly string[] {
  const sent = all.filter((each) => each.sent).length;
  const reasons = new Set(all.filter((each) => !each.sent).map(whyNot));
  return [
    ...(sent === 0 ? [] : [`${plural(sent, one, many)}. ${follows}`]),
    ...(sent === all.length
      ? []
      : [`${plural(all.length - sent, 'was not sent', 'were not sent')}: ${[...reasons].join('; ')}.`]),
  ];
}

const gone = (missing: readonly string[] = []): readonly string[] =>
  missing.length === 0
    ? []
    : [
        `${plural(missing.length, 'is not there any more', 'are not there any more')}: another operator was faster.`,
      ];

interface OrderChanged {
  readonly changed: boolean;
  readonly payments: readonly string[];
}

const orderChanged =
  (done: string): Says<OrderChanged> =>
  ({ changed = true, payments = [] }) => [
    changed ? `The order is ${done}.` : `The order was ${done} already. Nothing has changed.`,
    ...(payments.length === 0
      ? []
      : [
          `${plural(payments.length, 'payment of it is', 'payments of it are')} rederived, and may be held or go on.`,
        ]),
  ];

const kept = 'Who did it and why is kept; the message is not.';

const SAYS: Readonly<Partial<Record<ActionName, Says<never>>>> = {
  release: answered('released', false),
  reject: answered('rejected', true),
  'reject-payment': answered('rejected', true),
  confirm: answered('confirmed', false),
  redeliver: (({ underWay }) => [
    underWay
      ? 'The event was on its way already. Its message was sent once more.'
      : 'The event is sent to your shop again.',
    'The payment’s timeline shows when your shop has received it.',
  ]) satisfies Says<{ underWay: boolean }>,
  'redeliver-failed': (({ effects = [], left = 0 }) =>
    effects.length === 0
      ? ['No event was given up. Nothing was sent.']
      : [
          ...sentOf(
            effects,
            ['event is sent to your shop again', 'events are sent to your shop again'],
            'Those that it has received leave this list.',
          ),
          ...(left > 0 ? [`${plural(left, 'event is', 'events are')} left: press the button again.`] : []),
        ]) satisfies Says<{ effects: readonly Sent[]; left: number }>,
  redrive: (({ outcomes = [], missing }) => [
    ...sentOf(
      outcomes,
      ['message is back on its queue', 'messages are back on their queues'],
      'Tried now: what fails again comes back to this list.',
    ),
    ...gone(missing),
  ]) satisfies Says<{ outcomes: readonly Sent[]; missing: readonly string[] }>,
  'discard-parked': () => ['The message is discarded.', kept],
  'quarantine-apply': (({ outcomes = [], missing }) => [
    ...sentOf(
      outcomes,
      ['notification is sent to the worker', 'notifications are sent to the worker'],
      'In a moment each counts for its payment. What cannot be applied stays in this list.',
    ),
    ...gone(missing),
  ]) satisfies Says<{ outcomes: readonly Sent[]; missing: readonly string[] }>,
  'quarantine-discard': () => ['The notification is discarded, and counts for no payment.', kept],
  'close-order': orderChanged('closed'),
  'reopen-order': orderChanged('open'),
  rederive: (result: Partial<RederiveResult>) => rederived(result),
  reconcile: (result: Partial<Reconciliation>) => reconciled(result),
};

const events = (names: readonly string[], isDryRun: boolean): string =>
  names.length === 0
    ? `Your shop ${isDryRun ? 'would be' : 'is'} told nothing new.`
    : `Your shop ${isDryRun ? 'would be' : 'is'} told: ${names.map(announcedTitle).join(', ')}.`;

const goods = (grant: string): string =>
  GOODS_EXPLAINED[grant.split(' ')[0] as keyof typeof GOODS_EXPLAINED] ?? grant;

function rederived({ dryRun = false, changed = [], assigned = [], skipped = [] }: Partial<RederiveResult>) {
  const would = dryRun ? 'would change' : 'has changed';
  return [
    ...(changed.length === 0 && assigned.length === 0
      ? ['Nothing changes: the payment is as it should be.']
      : []),
    ...changed.flatMap(({ payment, status, grant, holds, factsAdded = [], events: names }) => [
      `Payment ${idOf(payment)} ${would}.`,
      ...(status === undefined ? [] : [`Status: ${words(status.from)} → ${words(status.to)}.`]),
      ...(grant === undefined ? [] : [`Goods: ${goods(grant.from)} → ${goods(grant.to)}.`]),
      ...(holds === undefined
        ? []
        : [
            `Held for: ${holds.from.map(holdName).join(', ') || 'nothing'} → ${holds.to.map(holdName).join(', ') || 'nothing'}.`,
          ]),
      ...(factsAdded.length === 0 ? [] : [`Known in addition: ${factsAdded.join(', ')}.`]),
      events(names, dryRun),
    ]),
    ...assigned.map(({ key, payment }) =>
      dryRun
        ? `Notification ${key} would count for payment ${idOf(payment)}.`
        : `Notification ${key} counts for payment ${idOf(payment)}.`,
    ),
    ...skipped.map(({ payment, why }) => `Payment ${idOf(payment)} was left as it is: ${why}.`),
  ];
}

function reconciled({
  checked = 0,
  agreed = 0,
  mended = 0,
  unexplained = 0,
  dryRun,
  accounts = [],
}: Partial<Reconciliation>) {
  const unfinished = accounts.filter(({ incomplete }) => incomplete !== undefined).length;
  return [
    `${plural(checked, 'payment')} compared with what the providers list: ${agreed} agree.`,
    ...(mended === 0 ? [] : [`Missing here, and ${dryRun ? 'not added yet' : 'added now'}: ${mended}.`]),
    ...(unexplained === 0 ? [] : [`Not explained: ${unexplained}. See Reconciliation.`]),
    ...(unfinished === 0 ? [] : [`${plural(unfinished, 'account')} could not be compared to the end.`]),
    ...(dryRun ? ['Nothing was stored or sent.'] : []),
  ];
}

/** What the story's notifications were answered. @param isTampered whether they were changed after they were signed */
function storySays({ answers = [] }: Partial<Pick<SentResult, 'answers'>>, isTampered: boolean): string {
  const statuses = [...new Set(answers.map(({ status }) => status))].join(', ');
  const all = plural(answers.length, 'notification');
  const isAsExpected = answers.every(({ status }) => (status === 200) !== isTampered);
  if (isTampered) {
    return isAsExpected
      ? `Sent with a change after it was signed, and refused as it should be: ${statuses}.`
      : `Sent with a change after it was signed, and answered ${statuses}: that must not be.`;
  }
  return isAsExpected ? `${all} sent and accepted.` : `${all} sent, and answered ${statuses}.`;
}

/** @param isTampered of a story: whether its notifications were changed after they were signed */
export function doneSays(action: ActionName, result: unknown, isTampered = false): readonly string[] {
  const found = (result ?? {}) as never;
  return action === 'trigger' ? [storySays(found, isTampered)] : (SAYS[action]?.(found) ?? []);
}
