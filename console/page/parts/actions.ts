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
  readonly tone?: 'danger' | 'primary';
  /** Whether it changes real rows: then the operator note is required. */
  readonly isNoted: boolean;
  readonly fields?: readonly Field[];
  /** Changes to the body that turn the action into a dry run. */
  readonly dryRun?: { readonly without: Partial<Actions[A]>; readonly apply: Partial<Actions[A]> };
}

const explained = (reason: string | undefined) => HOLD_EXPLAINED[reason as HoldReason];

const ACTIONS: { readonly [A in ActionName]: ActionSpec<A> } = {
  release: {
    label: 'Release',
    title: ({ reason }) => `Release: ${explained(reason)?.title ?? reason ?? ''}`,
    says: ({ reason }) =>
      `${explained(reason)?.release ?? 'The payment goes on.'} It covers this reason and this evidence only: when either changes, it is held again.`,
    tone: 'primary',
    isNoted: true,
  },
  reject: {
    label: 'Reject',
    title: ({ reason }) => `Reject: ${explained(reason)?.title ?? reason ?? ''}`,
    says: ({ reason }) => `${explained(reason)?.reject ?? 'The payment is rejected.'} This is final.`,
    tone: 'danger',
    isNoted: true,
  },
  confirm: {
    label: 'Confirm amount',
    title: () => 'Confirm what was paid',
    says: () =>
      'Enter what you saw at the provider. The payment is then compared with its order, and granted or held as usual.',
    tone: 'primary',
    isNoted: true,
    fields: [
      { name: 'paid', label: 'Paid', hint: 'Amount and currency, such as 902.50 EUR' },
      { name: 'returned', label: 'Of that returned', hint: 'Amount and currency', isOptional: true },
    ],
  },
  'reject-payment': {
    label: 'Reject payment',
    title: () => 'Reject the payment',
    says: () => 'It is never granted afterwards, and goods already given are revoked. This is final.',
    tone: 'danger',
    isNoted: true,
  },
  redeliver: {
    label: 'Redeliver',
    title: () => 'Deliver the event again',
    says: () => 'The merchant receives it once more, with the same id.',
    tone: 'primary',
    isNoted: true,
  },
  'redeliver-failed': {
    label: 'Redeliver all given up',
    title: () => 'Deliver again what was given up',
    says: () => 'Every event that was given up is delivered again, each with the same id.',
    tone: 'primary',
    isNoted: true,
  },
  redrive: {
    label: 'Redrive',
    title: ({ ids = [] }) => `Redrive ${plural(ids.length, 'message')}`,
    says: () =>
      'It goes back to its queue and is tried again. Redriving twice does no harm: duplicates are absorbed.',
    tone: 'primary',
    isNoted: true,
  },
  'discard-parked': {
    label: 'Discard',
    title: () => 'Discard the parked message',
    says: () => 'It is deleted. Nothing will be done with it any more.',
    tone: 'danger',
    isNoted: true,
  },
  rederive: {
    label: 'Rederive…',
    title: () => 'Rederive from the stored facts',
    says: () => 'The payment is derived anew by the present rules. First see what would change.',
    isNoted: true,
    dryRun: { without: { apply: false }, apply: { apply: true } },
  },
  'quarantine-apply': {
    label: 'Apply',
    title: ({ ids = [] }) => `Apply ${plural(ids.length, 'notification')}`,
    says: () => 'This version can read it. It is applied as if it came now.',
    tone: 'primary',
    isNoted: true,
  },
  'quarantine-discard': {
    label: 'Discard',
    title: () => 'Discard the notification',
    says: () => 'It is never applied. Do this only when nothing of money is in it.',
    tone: 'danger',
    isNoted: true,
  },
  'close-order': {
    label: 'Close order',
    title: ({ reference }) => `Close order ${reference ?? ''}`,
    says: () => 'A payment that comes for it from now on is held instead of fulfilled.',
    tone: 'danger',
    isNoted: true,
  },
  'reopen-order': {
    label: 'Reopen order',
    title: ({ reference }) => `Reopen order ${reference ?? ''}`,
    says: () => 'It can be paid again.',
    tone: 'primary',
    isNoted: true,
  },
  reconcile: {
    label: 'Reconcile now',
    title: () => 'Compare with the providers',
    says: () =>
      'Each provider is asked what it lists, and it is compared with what is stored. This may take minutes.',
    tone: 'primary',
    isNoted: false,
    dryRun: { without: { dryRun: true }, apply: { dryRun: false } },
  },
  trigger: {
    label: 'Trigger',
    title: ({ story }) => `Trigger ${story ?? ''}`,
    says: () => 'Its notifications are signed with the demo keys and sent to this stack.',
    tone: 'primary',
    isNoted: false,
  },
  'send-again': {
    label: 'Send again',
    title: () => 'Send the request again',
    says: () =>
      'The very same bytes, as a provider that got no answer sends them. It must be absorbed as a duplicate.',
    isNoted: false,
  },
  'send-changed': {
    label: 'Change and send',
    title: ({ field }) => `Change ${field ?? 'a field'} and send`,
    says: () => 'Changed after it was signed, as a forger does. It must be refused.',
    isNoted: false,
    fields: [{ name: 'value', label: 'New value' }],
  },
  fault: {
    label: 'Switch',
    title: ({ service, fault }) =>
      fault === null ? `End the fault of ${service ?? ''}` : `${service ?? ''}: ${fault ?? ''}`,
    says: () => 'A fault of this stack, to see what happens then.',
    tone: 'primary',
    isNoted: false,
  },
};

/** An action with the known members of its body. */
export type Ready = {
  readonly [A in ActionName]: { readonly action: A; readonly body: Partial<Actions[A]> };
}[ActionName];

/** The spec typed for any action: spec and body belong together by the action's name. */
export const specOf = (action: ActionName): ActionSpec<ActionName> =>
  ACTIONS[action] as unknown as ActionSpec<ActionName>;

let opened: ((ready: Ready) => void) | undefined;

/** Registers the dialog once it is rendered. */
export function onOpen(open: ((ready: Ready) => void) | undefined): void {
  opened = open;
}

export const openAction = (ready: Ready): void => opened?.(ready);
