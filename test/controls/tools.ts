/** Building blocks of controls: wrappers of the handlers' ports. */
import type { Item, Key, Store, Write, WriteResult } from '../../shared/app/ports.ts';
import { EFFECT_PREFIX } from '../../shared/app/table/keys.ts';
import { effectOf } from '../../shared/app/table/rows.ts';
import type { Effect, Facts, MerchantEvent, NormalizedEvent, ReadFacts } from '../../shared/payment/types.ts';
import type { Account, RegisteredProvider } from '../../shared/providers/index.ts';
import { providers } from '../../shared/providers/index.ts';
import type { QuestionAnswer } from '../../shared/providers/question-answer.ts';
import type { Seam, Variant } from '../simulation/variant.ts';

export interface Control {
  readonly name: string;
  /** The mistake. */
  readonly breaks: string;
  /** The damage that it would cause. */
  readonly danger: string;
  /** Makes a new variant for every world, because a variant may keep state. */
  readonly make: () => Variant;
  /** The mistake is noticed only when writers race: it runs in worlds whose messages come within a second. */
  readonly races?: true;
}

export type StoreWrapper = (store: Store, seam: Seam) => Partial<Store>;

/** Applies the wrapper for these roles only; methods that the wrapper does not replace stay. */
export const storeOf =
  (roles: readonly Seam['role'][], wrap: StoreWrapper): NonNullable<Variant['store']> =>
  (store, seam) =>
    roles.includes(seam.role) ? { ...store, ...wrap(store, seam) } : store;

export const isRow = (key: Key, kind: 'event' | 'payment' | 'order'): boolean => key.sk === kind;
export const isEffect = (key: Key): boolean => key.sk.startsWith(EFFECT_PREFIX);
export const keyOf = (write: Write): Key =>
  'put' in write ? write.put : 'check' in write ? write.check : write.remove;
export const withData = <T>(item: Item, change: (data: T) => T): Item => ({
  ...item,
  data: change(item.data as T),
});

export const readingRows =
  <T>(matches: (key: Key) => boolean, change: (data: T) => T): StoreWrapper =>
  (store) => ({
    get: async (key) => {
      const item = await store.get(key);
      return item === undefined || !matches(key) ? item : withData(item, change);
    },
    query: async (pk, options) =>
      (await store.query(pk, options)).map((item) => (matches(item) ? withData(item, change) : item)),
  });

export const writing =
  (change: (write: Write) => Write | undefined): StoreWrapper =>
  (store) => ({
    write: async (writes) => {
      const kept = writes.map((write, index) => ({ index, write: change(write) }));
      const sent = kept.flatMap(({ index, write }) => (write === undefined ? [] : [{ index, write }]));
      if (sent.length === 0) return { ok: true };
      const result = await store.write(sent.map(({ write }) => write));
      return result.ok ? result : renumbered(result, sent);
    },
  });

/** Maps the indexes of refused writes back to those of the caller. */
function renumbered(
  { refused }: Extract<WriteResult, { ok: false }>,
  sent: readonly { readonly index: number }[],
): WriteResult {
  return { ok: false, refused: refused.map((each) => ({ ...each, index: sent[each.index]?.index ?? -1 })) };
}

export type ProviderChange = (provider: RegisteredProvider) => Partial<RegisteredProvider>;

export function withProviders(change: ProviderChange): typeof providers {
  return Object.fromEntries(
    Object.entries(providers).map(([name, provider]) => [name, { ...provider, ...change(provider) }]),
  ) as unknown as typeof providers;
}

export const reading =
  (
    change: (read: ReadFacts, facts: Facts, context: Parameters<ReadFacts>[1]) => ReturnType<ReadFacts>,
  ): ProviderChange =>
  ({ readFacts }) => ({ readFacts: (facts, context) => change(readFacts, facts, context) });

export const normalizing =
  (change: (normalized: NormalizedEvent, notification: unknown) => NormalizedEvent): ProviderChange =>
  (provider) => ({
    normalize: (notification: unknown, account: Account, decided?: QuestionAnswer) =>
      change(provider.normalize(notification, account, decided), notification),
  });

export const eventOf = (write: Write): MerchantEvent | undefined =>
  'put' in write && isEffect(write.put) ? effectOf(write.put).effect.event : undefined;

/** The row with a changed effect. The effect is stored whole, a form that the reader of rows also accepts. */
export const withEffect = (item: Item, change: (effect: Effect) => Effect): Item => ({
  ...item,
  data: change(effectOf(item).effect),
});
