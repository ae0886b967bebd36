/** The shop's export against the ledger: which goods are out without money, and which money is in without goods. */
import { addDecimals, compareDecimals, sumMoney } from '../../shared/payment/money.ts';
import type { Money, Payment } from '../../shared/payment/types.ts';
import type { ExportRow } from './export.ts';

/** What the ledger says of one order. */
interface LedgerOrder {
  /** Payments of the order that grant goods now. */
  readonly payments: readonly string[];
  /** What those payments moved and did not give back; empty where the evidence names no amount. */
  readonly net: readonly Money[];
}

export type Ledger = Map<string, LedgerOrder>;

/**
 * Adds a payment that grants goods for an order; others do not count. Without a registered order the merchant's own
 * reference, as the provider sent it back, stands for it.
 */
export function addPayment(ledger: Ledger, { key, grant, orderReference, aliases, reading }: Payment): void {
  const order = orderReference ?? aliases.find(({ type }) => type === 'reference')?.value;
  if (order === undefined || grant.state !== 'granted') return;
  const known = ledger.get(order) ?? { payments: [], net: [] };
  const returned = reading.returned.map(({ amount, currency }) => ({ amount: `-${amount}`, currency }));
  ledger.set(order, {
    payments: [...known.payments, key],
    net: sumMoney([...known.net, ...reading.moved, ...returned]),
  });
}

const FINDINGS = ['paid_not_given', 'given_not_paid', 'given_twice', 'other_amount'] as const;
export type FindingKind = (typeof FINDINGS)[number];

export interface Finding {
  readonly kind: FindingKind;
  readonly order: string;
  /** Lines of the export; none where the export does not know the order. */
  readonly lines: readonly number[];
  readonly payments: readonly string[];
  readonly given: number;
  readonly ledger: readonly Money[];
  readonly shop: readonly Money[];
}

export interface Audit {
  readonly findings: readonly Finding[];
  readonly orders: { readonly ledger: number; readonly shop: number; readonly agree: number };
  /** Per currency: what the ledger holds for granted orders, and what the shop says of given ones. */
  readonly sums: readonly { readonly currency: string; readonly ledger: string; readonly shop: string }[];
}

/** What the export says, an entry per order: the rows themselves are not kept. */
export type Shop = ReadonlyMap<string, Readonly<ShopOrder>>;

interface ShopOrder {
  readonly lines: number[];
  given: number;
  amounts: readonly Money[];
}

export async function shopOf(rows: AsyncIterable<ExportRow>): Promise<Shop> {
  const shop = new Map<string, ShopOrder>();
  for await (const row of rows) addRow(shop, row);
  return shop;
}

export function audit(ledger: Ledger, shop: Shop): Audit {
  const orders = [...new Set([...ledger.keys(), ...shop.keys()])].sort();
  const findings = orders.flatMap((order) => findingsOf(order, ledger.get(order), shop.get(order)));
  const different = new Set(findings.map(({ order }) => order));
  return {
    findings,
    orders: { ledger: ledger.size, shop: shop.size, agree: orders.length - different.size },
    sums: sumsOf(ledger, shop),
  };
}

function addRow(shop: Map<string, ShopOrder>, { order, given, line, amount, currency }: ExportRow): void {
  const known = shop.get(order) ?? { lines: [], given: 0, amounts: [] };
  known.lines.push(line);
  known.given += given;
  if (given > 0 && amount !== undefined && currency !== undefined) {
    known.amounts = sumMoney([...known.amounts, { amount, currency }]);
  }
  shop.set(order, known);
}

function findingsOf(
  order: string,
  ledger: LedgerOrder | undefined,
  shop: Readonly<ShopOrder> | undefined,
): readonly Finding[] {
  const given = shop?.given ?? 0;
  const payments = ledger?.payments ?? [];
  const finding = (kind: FindingKind): Finding => ({
    ...{ kind, order, payments, given },
    lines: shop?.lines ?? [],
    ledger: ledger?.net ?? [],
    shop: shop?.amounts ?? [],
  });
  if (payments.length > 0 && given === 0) return [finding('paid_not_given')];
  if (payments.length === 0 && given > 0) return [finding('given_not_paid')];
  return [
    ...(given > Math.max(1, payments.length) ? [finding('given_twice')] : []),
    ...(isOtherAmount(ledger?.net ?? [], shop?.amounts ?? []) ? [finding('other_amount')] : []),
  ];
}

/** Compared only where both sides name an amount: many payments carry none. */
function isOtherAmount(ledger: readonly Money[], shop: readonly Money[]): boolean {
  if (ledger.length === 0 || shop.length === 0) return false;
  const currencies = new Set([...ledger, ...shop].map(({ currency }) => currency));
  return [...currencies].some(
    (currency) => compareDecimals(amountIn(ledger, currency), amountIn(shop, currency)) !== 0,
  );
}

const amountIn = (all: readonly Money[], currency: string): string =>
  all.find((each) => each.currency === currency)?.amount ?? '0';

function sumsOf(ledger: Ledger, shop: Shop): Audit['sums'] {
  const sums = new Map<string, { ledger: string; shop: string }>();
  const add = (side: 'ledger' | 'shop', { amount, currency }: Money) => {
    const sum = sums.get(currency) ?? { ledger: '0.00', shop: '0.00' };
    sums.set(currency, { ...sum, [side]: addDecimals(sum[side], amount) });
  };
  for (const { net } of ledger.values()) for (const each of net) add('ledger', each);
  for (const { amounts } of shop.values()) for (const each of amounts) add('shop', each);
  return [...sums].sort(([a], [b]) => (a < b ? -1 : 1)).map(([currency, sum]) => ({ currency, ...sum }));
}
