/** The messages and API answers about a world's payments, and what became of each. */
import { notificationContext } from '../../shared/app/platform/message.ts';
import { CONFIRMATION } from '../../shared/app/platform/message-schema.ts';
import { open } from '../../shared/app/platform/seal.ts';
import { conflictKey, EVIDENCE_PREFIX, eventKey, questionKey } from '../../shared/app/table/keys.ts';
import { eventOf, evidenceOf, questionRowOf } from '../../shared/app/table/rows.ts';
import { materialHash, paymentKey } from '../../shared/payment/index.ts';
import type { NormalizedEvent } from '../../shared/payment/types.ts';
import { providerApis } from '../../shared/providers/apis.ts';
import { providers } from '../../shared/providers/index.ts';
import type { QuestionAnswer } from '../../shared/providers/question-answer.ts';
import type { PlannedPayment } from './plans.ts';
import type { Planned } from './wire.ts';
import type { World } from './world.ts';

/** Records a violation: the invariant's name and the detail. */
export type About = (name: string, detail: string) => void;

/**
 * applied: its facts count · beside: other content came first, and this one is stored as a conflicting duplicate ·
 * lost: no row has it.
 */
type Fate = 'applied' | 'beside' | 'lost';

/** A signed and readable message with its normalized event, and what became of it. */
export interface Arrived {
  readonly message: Planned;
  readonly normalized: NormalizedEvent;
  readonly fate: Fate;
}

export function arrivedOf(world: World, planned: PlannedPayment): readonly Arrived[] {
  const provider = providers[planned.provider];
  const account = world.account(planned.provider);
  return planned.history
    .filter(({ kind }) => kind === 'genuine' || kind === 'conflicting')
    .flatMap((message) => {
      const { method, rawQuery, body } = message.request('old');
      const notification = provider.parse(method === 'GET' ? rawQuery : body, account);
      const plain = provider.normalize(notification, account);
      return decisionsOn(world, planned, plain).map((decided) => {
        const normalized = decided === undefined ? plain : provider.normalize(notification, account, decided);
        return { message, normalized, fate: fateOf(world, planned, normalized) };
      });
    });
}

function fateOf(world: World, planned: PlannedPayment, normalized: NormalizedEvent): Fate {
  const hash = materialHash(normalized);
  const event = world.row(eventKey(planned, normalized.key));
  if (event !== undefined && eventOf(event).materialHash === hash) return 'applied';
  return world.row(conflictKey(planned, normalized.key, hash)) === undefined ? 'lost' : 'beside';
}

/**
 * Europe: the answer to a question travels with the message. A balance to restore has a key of its own, beside the copy
 * without it. If a debit turns out not to be a question, the first copy counts, so the payment's facts must show which
 * copy that was.
 */
function decisionsOn(
  world: World,
  planned: PlannedPayment,
  plain: NormalizedEvent,
): readonly (QuestionAnswer | undefined)[] {
  const row = world.row(questionKey(planned, plain.key));
  const known = row === undefined ? undefined : questionRowOf(row);
  if (known?.decided === undefined) return [undefined];
  const hash = materialHash(plain);
  const no = known.asks === 'debit' ? 'FAILED' : 'FINISH';
  const decided: QuestionAnswer =
    known.materialHash === hash
      ? known.decided
      : {
          ...{ status: no, reason: 'conflicting_duplicate' },
          ...(known.takenFor?.includes(hash) ? { restore: true } : {}),
        };
  const { restore, ...without } = decided;
  if (restore !== true) return [whichCame(world, planned, plain, decided)];
  // If there is a copy without `restore`, it counts too; the row under its key may have other content.
  const isAlone = fateOf(world, planned, plain) === 'lost';
  return isAlone ? [decided] : [whichCame(world, planned, plain, without), decided];
}

function whichCame(
  world: World,
  planned: PlannedPayment,
  plain: NormalizedEvent,
  decided: QuestionAnswer,
): QuestionAnswer | undefined {
  const [entry] = Object.keys(plain.facts);
  const codes = entry === undefined ? undefined : world.payment(planned)?.facts[entry]?.codes;
  const isAnswered = codes === undefined || codes.some((code) => code.startsWith('answered:'));
  return isWithdrawal(world, planned) || isAnswered ? decided : undefined;
}

/**
 * Whether it is a withdrawal in truth and by every order for it: if an order says otherwise, its debit is not a
 * question.
 */
export const isWithdrawal = ({ orders }: World, { kind, reference, id }: PlannedPayment): boolean =>
  kind === 'withdrawal' &&
  orders.every(({ order }) => {
    const isIts = order.reference === reference || order.aliases.some(({ value }) => value === id);
    return !isIts || order.kind === 'withdrawal';
  });

/** The provider's answers about a payment, from its stored evidence. */
export const answersOn = (world: World, planned: PlannedPayment): readonly NormalizedEvent[] =>
  answersWithTime(world, planned).map(({ normalized }) => normalized);

/** Whether the provider had answered by then that money had arrived for it. */
export const moneyConfirmedBy = (world: World, planned: PlannedPayment, at: number): boolean =>
  answersWithTime(world, planned).some(
    ({ normalized, receivedAt }) =>
      receivedAt <= at &&
      Object.values(normalized.facts).some(({ amounts }) =>
        amounts.some((amount) => Number.parseFloat(amount) > 0),
      ),
  );

function answersWithTime(
  world: World,
  { provider, account, id }: PlannedPayment,
): readonly { readonly normalized: NormalizedEvent; readonly receivedAt: number }[] {
  const api = providerApis[provider];
  if (api === undefined) return [];
  const { pk } = { pk: `payment#${paymentKey({ provider, account, id })}` };
  return world.table.query(pk, { prefix: EVIDENCE_PREFIX, limit: 1000 }).flatMap((row) => {
    const { variant, sealed, digest, receivedAt } = evidenceOf(row);
    if (variant !== CONFIRMATION) return [];
    const context = notificationContext(provider, account, digest);
    const text = open(sealed, context, world.environments.envelopeKeysNow());
    return [{ normalized: api.normalize(text, world.account(provider)), receivedAt: Date.parse(receivedAt) }];
  });
}
