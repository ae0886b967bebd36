/**
 * Notifications that were about no payment when they arrived (their type was unknown) and that belong to a payment by
 * the present tables. They are applied as they would have been then: facts, status and effects, with the time of
 * receipt.
 */
import { defined } from '../../payment/defined.ts';
import { materialHash, paymentKey } from '../../payment/index.ts';
import type { PaymentKey } from '../../payment/types.ts';
import type { Account } from '../../providers/index.ts';
import type { Item, Write } from '../ports.ts';
import { hashText, shortDigest } from '../table/keys.ts';
import { eventItem, evidenceOf, ledgerItem } from '../table/rows.ts';
import { publishPending } from '../transition/outbox.ts';
import { changePayment } from '../transition/transact.ts';
import { checkOperatorNote, newOperatorId, type OperatorNote } from './holds.ts';
import { limitOf, type RederiveDeps, type RederiveOptions } from './rederive.ts';
import { evidencePage, readEvidence, type UsableEvidence } from './rederive-evidence.ts';

export interface Assigned {
  readonly examined: number;
  /** Notifications that belong to a payment by the present tables. */
  readonly assigned: readonly { readonly key: string; readonly payment: PaymentKey }[];
  readonly next?: string;
}

/**
 * Processes one page of one account, like `rederive`. A notification that was assigned before is not assigned again.
 */
export async function rederiveUnassigned(
  account: Account,
  options: RederiveOptions,
  deps: RederiveDeps,
): Promise<Assigned> {
  const operatorNote = checkOperatorNote(options);
  const limit = limitOf(options);
  const page = await evidencePage(account, undefined, { after: options.after, limit }, deps);
  const assigned: { key: string; payment: PaymentKey }[] = [];
  for (const item of page) {
    const read = await readEvidence(evidenceOf(item), account, deps);
    if (!('normalized' in read) || read.normalized.subject === undefined || read.event.payment !== undefined)
      continue;
    const { provider, account: name } = account;
    const payment = paymentKey({ provider, account: name, id: read.normalized.subject.id });
    if (!options.dryRun) await assign(account, { payment, read, item, operatorNote }, deps);
    assigned.push({ key: read.normalized.key, payment });
  }
  const next = page.length === limit ? page.at(-1)?.sk : undefined;
  return { examined: page.length, assigned, ...defined({ next }) };
}

interface Assignment {
  readonly payment: PaymentKey;
  readonly read: UsableEvidence;
  readonly item: Item;
  readonly operatorNote: OperatorNote;
}

/** Applies the notification, and writes the payment to its event row, so that a late copy is recognized. */
async function assign(
  account: Account,
  { payment, read: { row, normalized, event }, item, operatorNote }: Assignment,
  deps: RederiveDeps,
): Promise<void> {
  await changePayment(
    {
      provider: deps.providers[account.provider],
      account,
      paymentId: normalized.subject?.id ?? '',
      input: { type: 'normalized', normalized, conflict: false },
      at: row.receivedAt,
      cause: normalized.key,
      once: ({ effects, payment: after }) =>
        ledgerItem(payment, `assignment#${shortDigest(hashText(normalized.key))}`, {
          what: 'rederive',
          ...operatorNote,
          at: new Date(deps.clock()).toISOString(),
          effects: effects.map(({ name }) => name),
          detail: { status: after.status, notification: normalized.key },
        }),
      moreWrites: ({ effects, outcome }): readonly Write[] => [
        {
          put: eventItem(account, normalized.key, {
            ...event,
            materialHash: materialHash(normalized),
            outcome,
            payment,
            effects: effects.map(({ name }) => name),
          }),
          when: 'present',
        },
        { put: { ...item, pk: `payment#${payment}` }, when: 'always' },
      ],
    },
    deps,
  );
  await publishPending(payment, newOperatorId(), deps);
}
