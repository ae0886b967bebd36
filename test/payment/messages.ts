/** Messages of the three providers, made by their `normalize`, and a payment that receives the messages in any order. */

import {
  type AccountPolicy,
  type Effect,
  type MerchantEvent,
  type NormalizedEvent,
  type Order,
  type Payment,
  type ReadFacts,
  type Transition,
  transition,
} from '../../shared/payment/index.ts';
import type { ProviderName } from '../../shared/providers/index.ts';
import { providers } from '../../shared/providers/index.ts';
import { parseOrder } from '../../shared/providers/orders.ts';
import { paymentwallApi } from '../../shared/providers/paymentwall/api.ts';
import { paymentwall } from '../../shared/providers/paymentwall/index.ts';
import { normalizeConfirmation } from '../../shared/providers/trustly-americas/api.ts';
import { readFacts as readAmericas } from '../../shared/providers/trustly-americas/facts.ts';
import { trustlyEurope } from '../../shared/providers/trustly-europe/index.ts';
import { account as paymentwallAccount } from '../providers/paymentwall/support.ts';
import { normalizedOf as americas, messagesOf } from '../providers/trustly-americas/support.ts';
import { body, account as europeAccount, UUID } from '../providers/trustly-europe/support.ts';
import { policyOf } from '../support/accounts.ts';

const AT = '2026-03-01T10:00:00.000Z';
const coins = paymentwallAccount({ api: 'virtual_currency' });
const goods = paymentwallAccount();

/** The normalized event of a pingback of the Virtual Currency API. */
export function pingback(fields: Readonly<Record<string, string>>, of = 'b1'): NormalizedEvent {
  const query = new URLSearchParams({ uid: 'u', ref: of, sign_version: '2', ...fields });
  return paymentwall.normalize(paymentwall.parse(query.toString(), coins), coins);
}

/** The normalized event of a pingback of the Digital Goods API. */
export function goodsPingback(fields: Readonly<Record<string, string>>, of = 'b1'): NormalizedEvent {
  const query = new URLSearchParams({ uid: 'u', goodsid: 'gold', ref: of, sign_version: '2', ...fields });
  return paymentwall.normalize(paymentwall.parse(query.toString(), goods), goods);
}

export const paymentStatus = (fields: Readonly<Record<string, unknown>>): NormalizedEvent =>
  paymentwallApi.normalize(JSON.stringify({ object: 'payment', id: 'b1', uid: 'u', ...fields }), coins);

export function europe(method: string, data: Readonly<Record<string, string>>): NormalizedEvent {
  const account = europeAccount();
  const text = body({
    method,
    uuid: UUID,
    data: {
      messageid: 'order-1',
      orderid: '700',
      timestamp: '2026-03-01 10:00:00+00',
      enduserid: 'u',
      ...data,
    },
  });
  return trustlyEurope.normalize(trustlyEurope.parse(text, account), account);
}

export { americas };

/** The normalized event of an answer of Get Transaction. */
export function transaction(fields: Readonly<Record<string, unknown>>): NormalizedEvent {
  const [message = ''] = messagesOf(fields);
  return normalizeConfirmation(message);
}

const READ: Readonly<Record<ProviderName, ReadFacts>> = {
  'trustly-americas': readAmericas,
  'trustly-europe': trustlyEurope.readFacts,
  paymentwall: paymentwall.readFacts,
};

export interface Setting {
  readonly provider: ProviderName;
  /** The payment that the messages are about. */
  readonly id: string;
  readonly policy?: Partial<AccountPolicy>;
  readonly order?: Readonly<Record<string, unknown>>;
}

/** One payment of each provider, with the id that the messages of this file have. */
export const PAYMENTWALL: Setting = { provider: 'paymentwall', id: 'b1' };
export const AMERICAS: Setting = { provider: 'trustly-americas', id: '500' };
export const EUROPE: Setting = { provider: 'trustly-europe', id: '700' };

/** One payment and its order. `core` is replaceable, so that controls can test a broken core. */
export class Road {
  payment: Payment | undefined;
  order: Order | undefined;
  readonly effects: Effect[] = [];
  readonly #setting: Setting;
  readonly #core: typeof transition;
  readonly #keys = new Set<string>();

  constructor(setting: Setting, core: typeof transition = transition) {
    this.#setting = setting;
    this.#core = core;
  }

  #apply(input: Parameters<typeof transition>[1], cause: string): Transition {
    const { provider, id, policy = {} } = this.#setting;
    const made = this.#core({ payment: this.payment, order: this.order }, input, {
      policy: policyOf(provider, { amountCheck: 'when-present', ...policy }),
      read: READ[provider],
      rules: providers[provider].rules,
      at: AT,
      key: { provider, account: 'shop', id },
      cause,
    });
    this.payment = made.payment;
    this.order = made.order ?? this.order;
    this.effects.push(...made.effects);
    return made;
  }

  receive(...messages: readonly NormalizedEvent[]): this {
    for (const normalized of messages) {
      if (normalized.subject?.id !== this.#setting.id || this.#keys.has(normalized.key)) continue;
      this.#keys.add(normalized.key);
      this.#apply({ type: 'normalized', normalized, conflict: false }, normalized.key);
    }
    return this;
  }

  reevaluate(): this {
    this.#apply({ type: 'reevaluate', cause: 'test' }, 'test');
    return this;
  }

  /** Registers the order, and derives the payment anew if there is one. */
  register(): this {
    const { provider, order = {} } = this.#setting;
    const fields = { reference: 'order-1', provider, amounts: [{ currency: 'EUR', open: true }], ...order };
    this.order = parseOrder(fields, '2026-02-01T00:00:00.000Z');
    if (this.payment !== undefined) this.reevaluate();
    return this;
  }

  /** The operator rejects the first open hold. */
  reject(): this {
    const [hold] = this.payment?.holds ?? [];
    if (hold === undefined) throw new Error('nothing is held');
    const decision = { ...hold, verdict: 'reject', by: 'operator', note: 'seen', at: AT } as const;
    this.#apply({ type: 'decide', decision }, 'decision');
    return this;
  }

  events(type: string): readonly MerchantEvent[] {
    return this.effects.filter((effect) => effect.type === type).map(({ event }) => event);
  }

  count(type: string): number {
    return this.events(type).length;
  }
}

/** Every order of the items. */
export function permutations<T>(items: readonly T[]): readonly (readonly T[])[] {
  if (items.length < 2) return [items];
  return items.flatMap((item, index) =>
    permutations([...items.slice(0, index), ...items.slice(index + 1)]).map((rest) => [item, ...rest]),
  );
}

/**
 * The content of a merchant's event without the fields that depend on the order of arrival: the causing message, the
 * sequence, the time and the previous status.
 */
export function content(event: MerchantEvent): Omit<MerchantEvent, 'causedBy' | 'sequence' | 'occurredAt'> {
  const { causedBy: _, sequence: __, occurredAt: ___, previousStatus: ____, ...rest } = event;
  return rest;
}
