/** Properties of generated histories: the end depends only on the evidence, and the effects keep named invariants. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { orderState, type Payment, paymentKey, transition } from '../../shared/payment/index.ts';
import { Shop } from './shop.ts';
import { KEY, normalizedOf, own, sum } from './synthetic.ts';
import {
  arrangement,
  type Core,
  differences,
  findings,
  messages,
  orderFindings,
  orders,
  policies,
  run,
  type Step,
  steps,
} from './walks.ts';

function none(what: string, found: readonly string[]): void {
  if (found.length > 0) throw new Error(`${what} ${found.join('; ')}`);
}

/** The same messages in two orders of arrival with different copies. The order is registered at different moments. */
function sameEnd(core: Core) {
  const two = messages.chain((set) =>
    fc.tuple(arrangement(set), arrangement(set), fc.nat(set.length), fc.nat(set.length), fc.boolean()),
  );
  return fc.property(two, policies, orders, ([first, second, one, other, ordered], policy, order) => {
    const end = (arranged: typeof first, place: number): Shop => {
      const walk: Step[] = arranged.map((message) => ({ do: 'receive', message }));
      if (ordered) walk.splice(place, 0, { do: 'register' });
      return run(walk, new Shop(policy, core), order);
    };
    none('the order of arrival changes', differences(end(first, one), end(second, other)));
  });
}

function invariants(core: Core) {
  return fc.property(steps, policies, orders, (walk, policy, order) => {
    none('broken:', findings(run(walk, new Shop(policy, core), order)));
  });
}

function invariantsOfOrders(core: Core) {
  return fc.property(steps, policies, orders, (walk, policy, order) => {
    none('broken:', orderFindings(run(walk, new Shop(policy, core), order)));
  });
}

/** Two payments of one order, the second released. The generated steps may revoke the goods of either payment. */
function passesClaimOn(core: Core) {
  return fc.property(steps, policies, (walk, policy) => {
    const shop = new Shop({ ...policy, amountCheck: 'when-present', grantOn: 'paid' }, core);
    shop.register({ use: 'once' });
    for (const id of ['700', '701'])
      shop.receive(normalizedOf([own('completed'), sum('credit', '1', '100')], {}, id));
    const other = shop.payment(paymentKey({ ...KEY, id: '701' }));
    shop.decide(shop.hold('order_already_paid', other), 'release', other);
    none('broken:', orderFindings(run(walk, shop, {})));
  });
}

/** One registered `once` order and two payments without operator decisions: the smallest case of a race for an order. */
function oneFulfil(core: Core) {
  return fc.property(messages.chain(arrangement), orders, (arranged, order) => {
    const walk: Step[] = [
      { do: 'register' },
      ...arranged.map((message): Step => ({ do: 'receive', message })),
    ];
    const shop = run(walk, new Shop({}, core), { ...order, use: 'once' });
    none('broken:', findings(shop));
  });
}

describe('the core, over generated histories', () => {
  it('any order and any copies of the same messages end in the same facts, status and holds', () => {
    fc.assert(sameEnd(transition), { numRuns: 1_000 });
  });

  it('every generated history keeps the invariants of effects', () => {
    fc.assert(invariants(transition), { numRuns: 1_500 });
  });

  it('order_already_paid holds a payment only while the claimant has goods; events state the present order', () => {
    fc.assert(invariantsOfOrders(transition), { numRuns: 1_500 });
  });

  it('a released payment that still has its goods claims the order of several released payments', () => {
    fc.assert(passesClaimOn(transition), { numRuns: 500 });
  });

  it('a once order without an operator decision gets at most one fulfil', () => {
    fc.assert(oneFulfil(transition), { numRuns: 1_000 });
  });

  it('transition is pure: the same input gives the same result, and the arguments stay unchanged', () => {
    const frozen: Core = (world, input, context) => {
      const text = JSON.stringify([world, input]);
      const [one, two] = [transition(world, input, context), transition(world, input, context)];
      expect(one).toEqual(two);
      expect(JSON.stringify([world, input])).toBe(text);
      return one;
    };
    fc.assert(
      fc.property(
        steps,
        policies,
        orders,
        (walk, policy, order) => void run(walk, new Shop(policy, frozen), order),
      ),
    );
  });

  it('mode observe makes no effects in any history', () => {
    fc.assert(
      fc.property(steps, policies, orders, (walk, policy, order) => {
        expect(run(walk, new Shop({ ...policy, mode: 'observe' }), order).effects).toEqual([]);
      }),
    );
  });

  it('the generated histories reach every wanted status, hold reason, epoch and event', () => {
    const reached = new Set<string>();
    const note = (payment: Payment) => {
      reached.add(payment.status);
      for (const { reason } of payment.holds) reached.add(reason);
      reached.add(`epoch ${payment.grant.epoch}`);
    };
    const noting: Core = (world, input, context) => {
      const made = transition(world, input, context);
      note(made.payment);
      for (const { type } of made.effects) reached.add(type);
      return made;
    };
    fc.assert(
      fc.property(
        steps,
        policies,
        orders,
        (walk, policy, order) => void run(walk, new Shop(policy, noting), order),
      ),
      { numRuns: 3_000, seed: 1 },
    );
    const wanted = [
      ...[
        'authorized',
        'processing',
        'in_review',
        'awaiting_confirmation',
        'paid',
        'partially_refunded',
        'refunded',
      ],
      ...['disputed', 'reversed', 'failed', 'expired', 'unknown_order', 'amount_differs', 'end_user_differs'],
      ...[
        'order_already_paid',
        'order_payment_reversed',
        'order_expired',
        'contradictory_evidence',
        'regrant',
        'epoch 2',
        'fulfil',
        'revoke',
      ],
      ...['payment.held', 'payment.at_risk', 'payment.duplicate', 'payment.rejected', 'payment.dispute_won'],
    ];
    expect(wanted.filter((each) => !reached.has(each))).toEqual([]);
  });
});

/** Fixed seed and enough runs for each control. The first counterexample is enough: none is shrunk. */
const CONTROL = { numRuns: 1_000, seed: 7, endOnFailure: true };
type Caught = Pick<fc.RunDetails<unknown>, 'failed' | 'errorInstance'>;

/**
 * Negative controls: cores with one fault each. A property that a faulty core passes proves nothing.
 */
const broken: readonly (readonly [string, string, (core: Core) => Caught, Core])[] = [
  [
    'a message replaces the entries that the message names',
    'the order of arrival changes facts',
    (core) => fc.check(sameEnd(core), CONTROL),
    (world, input, context) => {
      if (input.type !== 'normalized' || world.payment === undefined)
        return transition(world, input, context);
      const facts = Object.fromEntries(
        Object.entries(world.payment.facts).filter(([key]) => !Object.hasOwn(input.normalized.facts, key)),
      );
      return transition({ ...world, payment: { ...world.payment, facts } }, input, context);
    },
  ],
  [
    'firstSeenAt is the time of the first arrival',
    'the order of arrival changes firstSeenAt',
    (core) => fc.check(sameEnd(core), CONTROL),
    (world, input, context) => {
      const made = transition(world, input, context);
      const firstSeenAt = world.payment?.firstSeenAt ?? context.at;
      return { ...made, payment: { ...made.payment, firstSeenAt } };
    },
  ],
  [
    'only the first end user is kept',
    'the order of arrival changes endUsers',
    (core) => fc.check(sameEnd(core), CONTROL),
    (world, input, context) => {
      const made = transition(world, input, context);
      const known = world.payment?.endUsers ?? [];
      return known.length === 0 ? made : { ...made, payment: { ...made.payment, endUsers: known } };
    },
  ],
  [
    'the order is never claimed',
    'at most one fulfil per order',
    (core) => fc.check(oneFulfil(core), CONTROL),
    (world, input, context) => {
      const { order: _forgotten, ...made } = transition(world, input, context);
      return made;
    },
  ],
  [
    'the claimant is ignored',
    'the hold of a claim follows the claimant',
    // The first counterexample breaks another invariant, too. The shrunk counterexample breaks only this one.
    (core) => fc.check(invariantsOfOrders(core), { ...CONTROL, endOnFailure: false }),
    ({ payment, order }, input, context) => transition({ payment, order }, input, context),
  ],
  [
    'a payment that is held because of a claim is not derived anew',
    'the hold of a claim follows the claimant',
    (core) => fc.check(invariantsOfOrders(core), CONTROL),
    (world, input, context) => ({ ...transition(world, input, context), rederive: [] }),
  ],
  [
    'the claim stays with a payment that lost its goods',
    'the claim of order-1 is with a revoked payment',
    (core) => fc.check(passesClaimOn(core), CONTROL),
    ({ successor: _unseen, ...world }, input, context) => transition(world, input, context),
  ],
  [
    'an event has the state of the order before the change',
    'an event states the present order',
    (core) => fc.check(invariantsOfOrders(core), CONTROL),
    (world, input, context) => {
      const made = transition(world, input, context);
      if (world.order === undefined) return made;
      const order = orderState(world.order, world.payment);
      return { ...made, effects: made.effects.map((each) => ({ ...each, event: { ...each.event, order } })) };
    },
  ],
  [
    'no revoke follows a reversal',
    'no goods are granted after a negative status',
    (core) => fc.check(invariants(core), CONTROL),
    (world, input, context) => {
      const made = transition(world, input, context);
      if (made.payment.grant.state !== 'revoked') return made;
      const effects = made.effects.filter(({ type }) => type !== 'revoke');
      const sequence = made.payment.sequence - made.effects.length + effects.length;
      const grant = { ...made.payment.grant, state: 'granted' } as const;
      return { ...made, effects, payment: { ...made.payment, grant, sequence } };
    },
  ],
  [
    'the amount is ignored',
    'a fulfil only for the amount of the order',
    (core) => fc.check(invariants(core), CONTROL),
    (world, input, context) => {
      const order = world.order && { ...world.order, amounts: [{ currency: 'EUR', open: true } as const] };
      return transition({ ...world, order }, input, context);
    },
  ],
  [
    'an unknown order is trusted',
    'no fulfil for an unknown order',
    (core) => fc.check(invariants(core), CONTROL),
    (world, input, context) =>
      transition(world, input, { ...context, policy: { ...context.policy, unknownOrder: 'trust' } }),
  ],
  [
    'a second grant does not raise the epoch',
    'effect ids are unique',
    (core) => fc.check(invariants(core), CONTROL),
    (world, input, context) => {
      const { payment } = world;
      if (payment?.grant.state !== 'revoked') return transition(world, input, context);
      return transition(
        { ...world, payment: { ...payment, grant: { epoch: 0, state: 'none' } } },
        input,
        context,
      );
    },
  ],
  [
    'a payment in processing is granted',
    'an early fulfil only if grantOn allows it',
    (core) => fc.check(invariants(core), CONTROL),
    (world, input, context) =>
      transition(world, input, { ...context, policy: { ...context.policy, grantOn: 'processing' } }),
  ],
  [
    'a reject is forgotten with the next message',
    'no goods are granted after a reject',
    (core) => fc.check(invariants(core), CONTROL),
    (world, input, context) => {
      const decisions = world.payment?.decisions.filter(({ verdict }) => verdict !== 'reject') ?? [];
      const payment = world.payment && { ...world.payment, decisions };
      return transition({ ...world, payment }, input, context);
    },
  ],
];

describe('negative controls: broken cores', () => {
  it.each(broken)('the properties find a core in which %s', (_name, finding, check, core) => {
    const result = check(core);
    expect(result.failed).toBe(true);
    expect(String(result.errorInstance)).toContain(finding);
  });
});
