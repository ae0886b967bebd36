/** The messages and API answers about a world's payments, and the outcome of each message. */
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
export type Report = (name: string, detail: string) => void;

/**
 * applied: the facts of the message count · beside: another content was applied under the same key, and the message is
 * stored as a conflicting duplicate · lost: no row has the message.
 */
type Fate = 'applied' | 'beside' | 'lost';

/** A signed and readable message with its normalized event and its outcome. */
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
      return questionAnswersOf(world, planned, plain).map((decided) => {
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
 * Trustly Europe: the queue message of a question includes the answer. A message with `restore` has a key of its own,
 * beside the copy without `restore`. If a debit is not a question after all, the copy that was applied first counts:
 * the payment's facts show which copy that was.
 */
function questionAnswersOf(
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
  if (restore !== true) return [answerOfFirstCopy(world, planned, plain, decided)];
  // A copy without `restore` counts too, if there is one. The row under its key may have another content.
  const isAlone = fateOf(world, planned, plain) === 'lost';
  return isAlone ? [decided] : [answerOfFirstCopy(world, planned, plain, without), decided];
}

function answerOfFirstCopy(
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
 * Whether the payment is planned as a withdrawal and no order of the payment has another kind. With an order of another
 * kind, the debit is not a question.
 */
export const isWithdrawal = ({ orders }: World, { kind, reference, id }: PlannedPayment): boolean =>
  kind === 'withdrawal' &&
  orders.every(({ order }) => {
    const isIts = order.reference === reference || order.aliases.some(({ value }) => value === id);
    return !isIts || order.kind === 'withdrawal';
  });

/** The provider's answers about a payment, from its stored evidence. */
export const apiAnswersOn = (world: World, planned: PlannedPayment): readonly NormalizedEvent[] =>
  apiAnswersWithTime(world, planned).map(({ normalized }) => normalized);

/** Whether the provider's API had answered until this time that money had arrived for the payment. */
export const moneyConfirmedBy = (world: World, planned: PlannedPayment, at: number): boolean =>
  apiAnswersWithTime(world, planned).some(
    ({ normalized, receivedAt }) =>
      receivedAt <= at &&
      Object.values(normalized.facts).some(({ amounts }) =>
        amounts.some((amount) => Number.parseFloat(amount) > 0),
      ),
  );

function apiAnswersWithTime(
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
