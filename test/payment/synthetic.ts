/**
 * A small provider for tests. Its facts form a lattice, as those of the real providers: one own entry with codes,
 * credits and refunds with amounts, and pairs of events that are counted against each other (dispute and reconcile).
 */
import {
  type Doubt,
  type FactLine,
  type Facts,
  makeFacts,
  type NormalizedEvent,
  type ProviderRules,
  parseMoneyText,
  type ReadFacts,
  type Reading,
  type Status,
  subtractMoney,
  sumMoney,
} from '../../shared/payment/index.ts';
import { policyOf } from '../support/accounts.ts';

const keysOf = (facts: Facts, kind: string): string[] =>
  Object.keys(facts).filter((key) => key.startsWith(`${kind}/`));

const sumOf = (facts: Facts, kind: string) =>
  sumMoney(keysOf(facts, kind).flatMap((key) => (facts[key]?.amounts ?? []).map(parseMoneyText)));

/** The status of the first code in this list that the payment has. */
const LADDER: readonly (readonly [string, Status])[] = [
  ['failed', 'failed'],
  ['denied', 'denied'],
  ['voided', 'voided'],
  ['canceled', 'canceled'],
  ['expired', 'expired'],
  ['processing', 'processing'],
  ['authorized', 'authorized'],
];

export const readSynthetic: ReadFacts = (facts): Reading => {
  const count = (kind: string) => keysOf(facts, kind).length;
  const codes = new Set(keysOf(facts, 'own').flatMap((key) => facts[key]?.codes ?? []));
  const moved = sumOf(facts, 'credit');
  const returned = sumOf(facts, 'refund');
  const paid = codes.has('completed') || moved.length > 0;
  const given = subtractMoney(moved, returned).every(
    ({ amount }) => amount === '0.00' || amount.startsWith('-'),
  );
  const doubts: Doubt[] =
    paid && codes.has('failed') ? [{ reason: 'contradictory_evidence', evidence: keysOf(facts, 'own') }] : [];
  const status = (): Status => {
    if (count('reverse') > count('represent')) return 'reversed';
    if (paid && moved.length > 0 && returned.length > 0 && given) return 'refunded';
    if (count('dispute') > count('reconcile')) return 'disputed';
    if (count('review') > count('approve')) return 'in_review';
    if (paid) return returned.length > 0 ? 'partially_refunded' : 'paid';
    return LADDER.find(([code]) => codes.has(code))?.[1] ?? 'pending';
  };
  const kind = codes.has('authorization')
    ? 'authorization'
    : codes.has('subscription')
      ? 'subscription'
      : 'payment';
  return {
    kind,
    ...(kind === 'payment' ? { direction: codes.has('payout') ? ('out' as const) : ('in' as const) } : {}),
    status: status(),
    ...(codes.has('payout') ? { orderKind: 'payout' as const } : {}),
    moved,
    returned,
    goodwill: codes.has('goodwill') && moved.length === 0,
    doubts,
    announcements: keysOf(facts, 'say').map((key) => key.slice('say/'.length)),
  };
};

export const AT = '2026-03-01T10:00:00.000Z';
const ID = '700';
export const KEY = { provider: 'trustly-americas', account: 'shop', id: ID } as const;

/** The rules of a provider without peculiarities. */
export const RULES: ProviderRules = {
  isSameEndUser: (a, b) => a === b,
  signsForAll: false,
  namesRefunds: true,
  takesInstalments: true,
};

export const POLICY = policyOf('trustly-americas', { environment: 'live' });

/** A message about payment `id`. The key is made of the content. */
export function normalizedOf(
  lines: readonly FactLine[],
  rest: Partial<NormalizedEvent> = {},
  id: string = ID,
): NormalizedEvent {
  const facts = makeFacts(...lines);
  const key = `${id}:${JSON.stringify(facts)}`;
  return {
    source: 'notification',
    key,
    material: { facts: key },
    subject: { kind: 'payment', id },
    facts,
    aliases: [
      { type: 'id', value: id },
      { type: 'reference', value: 'order-1' },
    ],
    test: false,
    details: {},
    ...rest,
  };
}

export const own = (...codes: string[]): FactLine => ({ kind: 'own', id: 'x', codes });
export const event = (kind: string, id: string): FactLine => ({ kind, id });
export const sum = (kind: 'credit' | 'refund', id: string, amount: string, currency = 'EUR'): FactLine => ({
  kind,
  id,
  amounts: [{ amount, currency }],
});
