/** Compares the shop's export with the ledger: goods given without money, and money received without goods. */
import { addDecimals, compareDecimals, sumMoney } from '../../shared/payment/money.ts';
import type { Money, Payment } from '../../shared/payment/types.ts';
import type { ExportRow } from './export.ts';
import { PARTS, type Parts } from './parts.ts';

/** The ledger's data of one order. */
interface LedgerOrder {
  /** Payments of the order that grant goods now. */
  readonly payments: readonly string[];
  /** The money that those payments moved and did not give back; empty if the evidence has no amount. */
  readonly net: readonly Money[];
}

type Ledger = ReadonlyMap<string, LedgerOrder>;

/** A payment that grants goods for an order, reduced to what is compared. */
export interface LedgerEntry {
  readonly order: string;
  readonly payment: string;
  readonly moved: readonly Money[];
  readonly returned: readonly Money[];
}

/**
 * Undefined for a payment without a grant. Without a registered order, the merchant's own reference from the provider
 * is used.
 */
export function entryOf({ key, grant, orderReference, aliases, reading }: Payment): LedgerEntry | undefined {
  const order = orderReference ?? aliases.find(({ type }) => type === 'reference')?.value;
  if (order === undefined || grant.state !== 'granted') return undefined;
  return { order, payment: key, moved: reading.moved, returned: reading.returned };
}

async function ledgerOf(entries: AsyncIterable<LedgerEntry>): Promise<Ledger> {
  const ledger = new Map<string, LedgerOrder>();
  for await (const { order, payment, moved, returned } of entries) {
    const known = ledger.get(order) ?? { payments: [], net: [] };
    const back = returned.map(({ amount, currency }) => ({ amount: `-${amount}`, currency }));
    ledger.set(order, {
      payments: [...known.payments, payment],
      net: sumMoney([...known.net, ...moved, ...back]),
    });
  }
  return ledger;
}

const FINDINGS = ['paid_not_given', 'given_not_paid', 'given_twice', 'other_amount'] as const;
export type FindingKind = (typeof FINDINGS)[number];

export interface Finding {
  readonly kind: FindingKind;
  readonly order: string;
  /** Line numbers in the export; empty if the export does not have the order. */
  readonly lines: readonly number[];
  readonly payments: readonly string[];
  readonly given: number;
  readonly ledger: readonly Money[];
  readonly shop: readonly Money[];
}

export interface Audit {
  readonly findings: readonly Finding[];
  readonly orders: { readonly ledger: number; readonly shop: number; readonly agree: number };
  /** Per currency: the ledger's sum for granted orders, and the shop's sum for given ones. */
  readonly sums: readonly { readonly currency: string; readonly ledger: string; readonly shop: string }[];
}

/** The export's data, one entry per order; its rows are not kept. */
type Shop = ReadonlyMap<string, Readonly<ShopOrder>>;

interface ShopOrder {
  readonly lines: number[];
  given: number;
  amounts: readonly Money[];
}

async function shopOf(rows: AsyncIterable<ExportRow>): Promise<Shop> {
  const shop = new Map<string, ShopOrder>();
  for await (const row of rows) addRow(shop, row);
  return shop;
}

/** Compares one part after another: memory holds the orders of one part, the differences and the sums. */
export async function audit(ledger: Parts<LedgerEntry>, shop: Parts<ExportRow>): Promise<Audit> {
  let all: Audit = { findings: [], orders: { ledger: 0, shop: 0, agree: 0 }, sums: [] };
  for (let part = 0; part < PARTS; part++) {
    all = joined(all, auditPart(await ledgerOf(ledger.read(part)), await shopOf(shop.read(part))));
  }
  // One order has one or two findings; they keep their order.
  return {
    ...all,
    findings: all.findings.toSorted((a, b) => (a.order < b.order ? -1 : Number(a.order > b.order))),
  };
}

function joined(a: Audit, b: Audit): Audit {
  const sum = (name: keyof Audit['orders']) => a.orders[name] + b.orders[name];
  return {
    findings: [...a.findings, ...b.findings],
    orders: { ledger: sum('ledger'), shop: sum('shop'), agree: sum('agree') },
    sums: addSums([...a.sums, ...b.sums]),
  };
}

function auditPart(ledger: Ledger, shop: Shop): Audit {
  const orders = [...new Set([...ledger.keys(), ...shop.keys()])];
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

/** Compares amounts only if both sides have one: many payments have none. */
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
  const nets = [...ledger.values()].flatMap(({ net }) => net);
  const said = [...shop.values()].flatMap(({ amounts }) => amounts);
  return addSums([
    ...nets.map(({ amount, currency }) => ({ currency, ledger: amount, shop: '0.00' })),
    ...said.map(({ amount, currency }) => ({ currency, ledger: '0.00', shop: amount })),
  ]);
}

/** One entry per currency, in alphabetical order. */
function addSums(all: Audit['sums']): Audit['sums'] {
  const sums = new Map<string, { readonly ledger: string; readonly shop: string }>();
  for (const { currency, ledger, shop } of all) {
    const known = sums.get(currency) ?? { ledger: '0.00', shop: '0.00' };
    sums.set(currency, { ledger: addDecimals(known.ledger, ledger), shop: addDecimals(known.shop, shop) });
  }
  return [...sums].sort(([a], [b]) => (a < b ? -1 : 1)).map(([currency, sum]) => ({ currency, ...sum }));
}
