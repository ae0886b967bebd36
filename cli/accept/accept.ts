/** Runs every scenario against a shop, each with an order of its own, and compares answers and goods. */
import type { Goods, Observer } from './observer.ts';
import { type Events, type Scenario, scenarios } from './scenarios.ts';
import type { AcceptEvent, Sender } from './sender.ts';

export interface Result {
  readonly id: string;
  readonly rule: string;
  readonly passed: boolean;
  /** What was wrong, one sentence each. */
  readonly wrong: readonly string[];
  /** The goods as the shop reports them; undefined without an observer. */
  readonly goods: Goods | undefined;
}

export interface AcceptOptions {
  readonly sender: Sender;
  readonly observer: Observer | undefined;
  /** Makes the order references of this run unique. */
  readonly run: string;
  readonly now: () => number;
  readonly notice: (line: string) => void;
  readonly only?: readonly string[] | undefined;
}

export async function accept(options: AcceptOptions): Promise<readonly Result[]> {
  const { only, notice } = options;
  const chosen = scenarios.filter(({ id }) => only === undefined || only.includes(id));
  const results: Result[] = [];
  for (const [index, scenario] of chosen.entries()) {
    notice(`${index + 1}/${chosen.length} ${scenario.id}`);
    results.push(await runScenario(scenario, options));
  }
  return results;
}

async function runScenario(scenario: Scenario, options: AcceptOptions): Promise<Result> {
  const { id, rule } = scenario;
  const events = eventsOf(`accept-${options.run}-${id}`, options);
  const answers = await scenario.run(events, options.sender);
  const goods = await options.observer?.(events.order);
  const wrong = [...answers, ...(goods === undefined ? [] : differences(goods, scenario.goods))];
  return { id, rule, passed: wrong.length === 0, wrong, goods };
}

function differences(goods: Goods, expected: Scenario['goods']): readonly string[] {
  const outstanding = goods.given - goods.taken;
  const pairs = [
    ['given', goods.given, expected.given],
    ['taken back', goods.taken, expected.taken],
    ['with the shopper', outstanding, expected.outstanding],
  ] as const;
  return pairs.flatMap(([what, found, right]) =>
    right === undefined || found === right ? [] : [`goods ${what}: ${found} times; expected ${right}`],
  );
}

const MONEY = [{ amount: '902.50', currency: 'EUR' }];

/** Events in the form of docs/events/event.schema.json, for a payment that does not exist. */
function eventsOf(order: string, { now }: AcceptOptions): Events {
  const paymentOf = (attempt: number) => `paymentwall:accept:${order}-attempt-${attempt}`;
  const event = (name: string, fields: AcceptEvent): AcceptEvent => ({
    schema: 1,
    ...fields,
    id: `${String(fields.payment)}#${name}`,
  });
  const common = (attempt: number, status: string) => ({
    environment: 'sandbox',
    test: true,
    provider: 'paymentwall',
    account: 'accept',
    orderReference: order,
    payment: paymentOf(attempt),
    aliases: [{ type: 'reference', value: order }],
    status,
    moved: MONEY,
    returned: status === 'reversed' ? MONEY : [],
    net: status === 'reversed' ? [] : MONEY,
    amountSource: 'evidence',
    goodwill: false,
    early: false,
    holds: [],
    details: {},
    causedBy: ['accept'],
    occurredAt: new Date(now()).toISOString(),
  });
  // The second attempt paid the order; the first one fails late.
  const PAID_BY = 2;
  return {
    order,
    fulfil: (epoch = 1) =>
      event(`${epoch}#fulfil`, {
        ...common(PAID_BY, 'paid'),
        id: '',
        type: 'fulfil',
        sequence: epoch * 4 - 1,
        epoch,
      }),
    revoke: (epoch = 1) =>
      event(`${epoch}#revoke`, {
        ...common(PAID_BY, 'reversed'),
        id: '',
        type: 'revoke',
        sequence: epoch * 4,
        epoch,
      }),
    notice: (type, { attempt = PAID_BY, sequence = 9 } = {}) =>
      event(`n${sequence}#${type}`, {
        ...common(attempt, type.replace(/^payment\./, '')),
        id: '',
        type,
        sequence,
        epoch: 0,
        order: {
          reference: order,
          state: 'claimed',
          paidBy: { payment: paymentOf(PAID_BY), status: 'paid' },
        },
      }),
  };
}
