/** A store, an account and a provider for tests of a change of one payment. */
import type { Store, Write } from '../../../shared/app/ports.ts';
import { aliasKeyOf } from '../../../shared/app/table/keys.ts';
import { aliasItem, orderItem, paymentOf } from '../../../shared/app/table/rows.ts';
import { findOrder } from '../../../shared/app/transition/order-search.ts';
import { type Change, changePayment } from '../../../shared/app/transition/transact.ts';
import type { AccountPolicy, Alias, NormalizedEvent, Order, Reading } from '../../../shared/payment/types.ts';
import type { Account } from '../../../shared/providers/index.ts';
import type { Rules } from '../../../shared/providers/provider.ts';
import { MemoryStore } from '../../support/memory-store.ts';
import { policy, toyAccount, toyProvider } from '../../support/toy-provider.ts';
import { put } from '../../support/waiting-rows.ts';

const START = Date.parse('2026-03-01T12:00:00.000Z');
export const AT = new Date(START).toISOString();
export const SCOPE = { provider: 'trustly-americas', account: 'shop' } as const;
export const key = (id: string) => `trustly-americas:shop:${id}`;
export const PAID: Reading = {
  ...{ kind: 'payment', direction: 'in', status: 'paid', goodwill: false, doubts: [], announcements: [] },
  ...{ moved: [{ amount: '5', currency: 'EUR' }], returned: [] },
};
export const AUTHORIZATION: Reading = { ...PAID, kind: 'authorization', status: 'authorized', moved: [] };
export const CAPTURE: Reading = { ...PAID, capture: true };
export const order = (reference: string, over: Partial<Order> = {}): Order => ({
  ...{ reference, kind: 'payment', use: 'once', version: 1, registeredAt: AT },
  amounts: [{ currency: 'EUR', exact: '5.00' }],
  aliases: [{ type: 'reference', value: reference }],
  ...over,
});
export const reference = (value: string): Alias => ({ type: 'reference', value });
export const parent = (value: string): Alias => ({ type: 'parent', value });
export const own = (value: string): Alias => ({ type: 'id', value });

interface Options {
  readonly rules?: Partial<Rules>;
  readonly policy?: Partial<AccountPolicy>;
  readonly account?: Partial<Account>;
}

/** A store, an account, and a provider that gives every payment the reading `read.as`. */
export function shop({ rules, ...options }: Options = {}) {
  const memory = new MemoryStore();
  const read: { as: Reading } = { as: PAID };
  const pauses: number[] = [];
  const account = {
    ...{ ...toyAccount, ...SCOPE, ...options.account },
    policy: { ...policy, ...SCOPE, unknownOrder: 'hold', ...options.policy },
  } as unknown as Account;
  const provider: Change['provider'] = {
    readFacts: () => read.as,
    rules: { ...toyProvider.rules, ...rules } as Rules,
  };
  const deps = {
    store: memory as Store,
    clock: () => START,
    pause: async (attempt: number) => void pauses.push(attempt),
  };
  let serial = 0;
  const arrival = (id: string, aliases: readonly Alias[] = [], more: Partial<Change> = {}): Change => {
    serial += 1;
    const normalized: NormalizedEvent = {
      ...{ source: 'notification', key: `k${serial}`, material: {}, test: false, details: {} },
      ...{ subject: { kind: 'payment', id }, facts: { [`f/${serial}`]: { codes: ['f'], amounts: [] } } },
      aliases,
    };
    const input = { type: 'normalized', normalized, conflict: false } as const;
    return { provider, account, paymentId: id, input, at: AT, cause: normalized.key, ...more };
  };
  const again = (id: string, more: Partial<Change> = {}): Change => ({
    ...{ provider, account, paymentId: id, input: { type: 'reevaluate', cause: 'test' } },
    ...{ at: AT, cause: 'test', ...more },
  });
  const change = (one: Change, store = deps.store) => changePayment(one, { ...deps, store });
  const arrive = (id: string, aliases?: readonly Alias[], reading = read.as) => {
    read.as = reading;
    return change(arrival(id, aliases));
  };
  const register = (...orders: readonly Order[]) => {
    for (const one of orders)
      put(memory, [
        orderItem(one),
        ...one.aliases.map((alias) => aliasItem(aliasKeyOf(SCOPE, alias), one.reference)),
      ]);
  };
  const payment = (id: string) => {
    const row = memory.rows.get(`payment#${key(id)}\u0000payment`);
    return row === undefined ? undefined : paymentOf(row);
  };
  const has = ({ pk, sk }: { readonly pk: string; readonly sk: string }) =>
    memory.rows.has(`${pk}\u0000${sk}`);
  const last = (): readonly Write[] => memory.writes.at(-1) ?? [];
  const find = (aliases: readonly Alias[], more: Partial<Rules> = {}) =>
    findOrder(memory, {
      ...{ scope: SCOPE, payment: undefined, rules: { ...provider.rules, ...more } },
      names: { aliases },
    });
  return {
    ...{ memory, read, pauses, deps, arrival, again, change, arrive, register, payment, has, last, find },
  };
}

export const checks = (writes: readonly Write[]) =>
  writes.flatMap((write) => ('check' in write ? [write.check] : []));
export const marks = (writes: readonly Write[]) =>
  writes.flatMap((write) => ('put' in write && write.put.sk.startsWith('waiting#') ? [write.put.pk] : []));
