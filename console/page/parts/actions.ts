/** The texts and input fields of each action. */

import { HOLD_EXPLAINED } from '../../../shared/payment/explained.ts';
import type { HoldReason } from '../../../shared/payment/types.ts';
import type { ActionName, Actions } from '../../contract.ts';
import { plural } from '../text.ts';

export interface Field {
  readonly name: string;
  readonly label: string;
  readonly hint?: string;
  readonly isOptional?: boolean;
}

interface ActionSpec<A extends ActionName> {
  readonly label: string;
  readonly title: (body: Partial<Actions[A]>) => string;
  /** The effect of the action, as a text. */
  readonly says: (body: Partial<Actions[A]>) => string;
  /** Absent: primary. */
  readonly tone?: 'danger' | 'plain';
  /** False when it changes no real rows: no operator note is asked for. */
  readonly isNoted?: false;
  readonly fields?: readonly Field[];
  /** Changes to the body that turn the action into a dry run. */
  readonly dryRun?: { readonly without: Partial<Actions[A]>; readonly apply: Partial<Actions[A]> };
}

const explained = (reason: string | undefined) => HOLD_EXPLAINED[reason as HoldReason];

const ACTIONS: { readonly [A in ActionName]: ActionSpec<A> } = {
  release: {
    label: 'Release',
    title: ({ reason }) => `Release: ${explained(reason)?.title ?? reason ?? ''}`,
    says: () =>
      'It answers this one reason, for the evidence so far. If further notifications change that evidence, the payment is held again.',
  },
  reject: {
    label: 'Reject',
    title: ({ reason }) => `Reject: ${explained(reason)?.title ?? reason ?? ''}`,
    says: () => 'This is final: the payment never gives goods afterwards.',
    tone: 'danger',
  },
  confirm: {
    label: 'Confirm amount',
    title: () => 'Confirm what was paid',
    says: () =>
      'Enter what you saw in the provider’s back office. The payment is then compared with its order: the goods go out, or it is held.',
    fields: [
      { name: 'paid', label: 'Paid', hint: 'Amount and currency, such as 902.50 EUR' },
      {
        name: 'returned',
        label: 'Returned to the shopper',
        hint: 'Amount and currency',
        isOptional: true,
      },
    ],
  },
  'reject-payment': {
    label: 'Reject payment',
    title: () => 'Reject the payment',
    says: () =>
      'This is final. The payment never gives goods afterwards, goods already given are taken back, and your shop is told to give the money back.',
    tone: 'danger',
  },
  redeliver: {
    label: 'Redeliver',
    title: () => 'Deliver the event again',
    says: () => 'Your shop receives it once more, with the same id: a shop that has it already ignores it.',
  },
  'redeliver-failed': {
    label: 'Redeliver all given up',
    title: () => 'Deliver again what was given up',
    says: () => 'Your shop receives every event that was given up, each with its own id as before.',
  },
  redrive: {
    label: 'Redrive',
    title: ({ ids = [] }) => `Redrive ${plural(ids.length, 'message')}`,
    says: () =>
      'It goes back to its queue and is tried again. Redriving it twice does no harm: nothing is done a second time.',
  },
  'discard-parked': {
    label: 'Discard',
    title: () => 'Discard the parked message',
    says: () => 'The message is deleted. Nothing will be done with it any more.',
    tone: 'danger',
  },
  rederive: {
    label: 'Rederive…',
    tone: 'plain',
    title: () => 'Rederive the payment',
    says: () =>
      'Status, holds and goods are derived anew from the stored notifications, by the rules of this version. First you see what would change.',
    dryRun: { without: { apply: false }, apply: { apply: true } },
  },
  'quarantine-apply': {
    label: 'Apply',
    title: ({ ids = [] }) => `Apply ${plural(ids.length, 'notification')}`,
    says: () => 'This version can read it. It counts for its payment as if it came now.',
  },
  'quarantine-discard': {
    label: 'Discard',
    title: () => 'Discard the notification',
    says: () => 'It never counts for any payment. Do this only when it says nothing about money.',
    tone: 'danger',
  },
  'close-order': {
    label: 'Close order',
    title: ({ reference }) => `Close order ${reference ?? ''}`,
    says: () => 'A payment that comes for it from now on is held, and gives no goods until you answer.',
    tone: 'danger',
  },
  'reopen-order': {
    label: 'Reopen order',
    title: ({ reference }) => `Reopen order ${reference ?? ''}`,
    says: () => 'It can be paid again, and payments that are held because it was closed go on by themselves.',
  },
  reconcile: {
    label: 'Reconcile now',
    title: () => 'Compare with the providers',
    says: () =>
      'Each provider’s API is polled for its list, and the list is compared with what is stored. This may take minutes.',
    isNoted: false,
    dryRun: { without: { dryRun: true }, apply: { dryRun: false } },
  },
  trigger: {
    label: 'Trigger',
    title: ({ story }) => `Trigger ${story ?? ''}`,
    says: () => 'Its notifications are signed with the demo keys and sent to this stack.',
    isNoted: false,
  },
  'send-again': {
    label: 'Send again',
    tone: 'plain',
    title: () => 'Send the request again',
    says: () =>
      'The same bytes are sent again, as a provider does that got no answer. They must be absorbed as a duplicate.',
    isNoted: false,
  },
  'send-changed': {
    label: 'Change and send',
    tone: 'plain',
    title: ({ field }) => `Change ${field ?? 'a field'} and send`,
    says: () => 'Changed after it was signed, as a forger does. It must be refused.',
    isNoted: false,
    fields: [{ name: 'value', label: 'New value' }],
  },
  fault: {
    label: 'Switch',
    title: ({ service, fault }) =>
      fault === null ? `End the fault of ${service ?? ''}` : `${service ?? ''}: ${fault ?? ''}`,
    says: () => 'The service fails in this way until the fault is ended.',
    isNoted: false,
  },
};

/** An action with the known members of its body. */
export type Ready = {
  readonly [A in ActionName]: { readonly action: A; readonly body: Partial<Actions[A]> } & About;
}[ActionName];

export type NameValue = readonly [name: string, value: string];

/** What the button and the dialog show in addition to the action itself. */
interface About {
  /** Order and amounts that the action is about. */
  readonly rows?: readonly NameValue[];
  /** The effect of this answer on this payment. */
  readonly does?: string;
  /**
   * True when its button is the main one. False when another answer or none is advised. Absent for the action's usual
   * tone.
   */
  readonly isAdvised?: boolean;
  /** Why another answer is advised. */
  readonly warning?: string;
}

/** The spec typed for any action: spec and body belong together by the action's name. */
export const specOf = (action: ActionName): ActionSpec<ActionName> =>
  ACTIONS[action] as unknown as ActionSpec<ActionName>;

let opened: ((ready: Ready) => void) | undefined;

/** Registers the dialog once it is rendered. */
export function onOpen(open: ((ready: Ready) => void) | undefined): void {
  opened = open;
}

export const openAction = (ready: Ready): void => opened?.(ready);
