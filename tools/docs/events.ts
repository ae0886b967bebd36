/** The page about the merchant's events. */
import { EVENT_TYPES } from '../../shared/payment/index.ts';
import { eventExamples } from './event-examples.ts';
import { CATALOGUE, FIELD_DESCRIPTIONS } from './event-schema.ts';
import { code, page, rendered, table } from './markdown.ts';

const GROUPS: readonly (readonly [title: string, belongs: (type: string) => boolean])[] = [
  ['Goods', (type) => !type.includes('.')],
  ['Payments', (type) => type.startsWith('payment.') || type.startsWith('refund.')],
  ['Payouts', (type) => type.startsWith('payout.')],
  ['Authorizations', (type) => type.startsWith('authorization.') && Object.hasOwn(EVENT_TYPES, type)],
  ['What providers announce besides these', (type) => !Object.hasOwn(EVENT_TYPES, type)],
];

export function eventsPage(): string {
  const examples = eventExamples();
  const types = Object.keys(CATALOGUE);
  return page(
    rendered('shared/payment/catalogue.ts'),
    '# What you receive',
    'EventBridge: source `payhooks`, detail-type is the type, detail is the event. HTTPS: the event is the body, signed as Standard Webhooks (`webhook-id`, `webhook-timestamp`, `webhook-signature`), with `Idempotency-Key`. `Idempotency-Key` is the event’s `id`; `webhook-id` is the same with `%2E` for each full stop, which Standard Webhooks does not allow there. [JSON Schema](../events/event.schema.json), one definition per type · [an example of each](../events/examples.json).',
    'On the bus, `signature` beside these fields holds `webhook-id`, `webhook-timestamp` and `webhook-signature` over `<id>.<timestamp>.<text>`, where the text is the event without `signature`, as JSON with the members sorted by name at every level and no white space. [verify-event.ts](../../examples/bus/verify-event.ts) verifies it; so does a Standard Webhooks library, given that text and these three as headers (most refuse what is older than five minutes, which a rule’s retry or a replay may be). The key is the secret `payhooks/<environment>/target`, which the stack generates: `whsec_` and its text. `"sign": false` in `target` leaves it out. Beside it a policy of the bus denies `PutEvents` with source `payhooks` to every role but those of Payhooks that tell you something.',
    'Delivery is at least once: `id` is the idempotency key. An event is the same text in every retry (but for the signature and its time), and when an operator sends it again. Events of one payment may arrive in another order than their `sequence`. An HTTPS endpoint may ask for a pause with `Retry-After` (seconds or a date): at most six hours are kept. Goods go out on `fulfil` and on nothing else.',
    ...GROUPS.flatMap(([title, belongs]) => [
      `## ${title}`,
      table(
        ['type', 'meaning', 'status in the example'],
        types.filter(belongs).map((type) => [code(type), CATALOGUE[type], examples[type]?.status]),
      ),
    ]),
    '## Fields',
    table(
      ['field', 'may be absent', 'meaning'],
      FIELD_DESCRIPTIONS.map(([name, optional, description]) => [code(name), optional, description]),
    ),
    '## Example',
    `\`\`\`json\n${JSON.stringify(examples.fulfil, null, 2)}\n\`\`\``,
  );
}
