import { paymentKeyOf } from '../../shared/app/table/keys.ts';
import { paymentOf } from '../../shared/app/table/rows.ts';
import { scannedPayments } from '../../shared/aws/payment-scan.ts';
import type { Payment } from '../../shared/payment/types.ts';
import {
  type Audit,
  audit,
  entryOf,
  type Finding,
  type FindingKind,
  type LedgerEntry,
} from '../audit/compare.ts';
import { type ExportRow, readExport } from '../audit/export.ts';
import { Parts } from '../audit/parts.ts';
import { isOfCertify } from '../certify/recorded.ts';
import type { Command } from '../command.ts';
import type { Connection } from '../connect.ts';
import { type Cell, count, money, type Report, styled, table } from '../output.ts';
import { EXIT } from '../problem.ts';

const PAGE = 1_000;
/** Rows read in parallel. */
const AT_ONCE = 25;

export const auditCommand: Command = {
  arity: [1, 1],
  details: [
    'FILE is CSV with a heading, JSON lines, or one JSON array; - reads standard input. Columns: order (your reference),',
    'given (true, false, or how often the goods are out), and where you know them amount and currency.',
    'It reads the whole table once (a large table costs money and time) and writes nothing.',
    'An order whose goods were taken back by revoke counts as not paid. In a sandbox the payments of payhooks certify',
    'are left out. Exit code 1: something differs.',
  ],
  run: async ({ args: [file = ''], world }) => {
    const [shop, ledger] = [new Parts<ExportRow>(), new Parts<LedgerEntry>()];
    try {
      // The file is read first: a wrong one should not cost a scan of the table.
      for await (const row of readExport(file, () => world.input())) shop.add(row);
      const connection = await world.connect();
      const certified = await readLedger(connection, ledger, world.notice);
      return said(await audit(ledger, shop), certified);
    } finally {
      shop.remove();
      ledger.remove();
    }
  },
};

function said(found: Audit, certified: number): Report {
  return {
    json: { ...found, certified },
    lines: [
      ...(found.findings.length === 0
        ? []
        : [
            ...table(
              ['FINDING', 'ORDER', 'GIVEN', 'LEDGER', 'SHOP', 'LINE', 'PAYMENT'],
              found.findings.map(rowOf),
            ),
            '',
          ]),
      ...(found.sums.length === 0
        ? []
        : [
            ...table(
              ['CURRENCY', 'LEDGER', 'SHOP'],
              found.sums.map(({ currency, ledger, shop }) => [currency, ledger, shop]),
            ),
            '',
          ]),
      `${count(found.orders.ledger, 'paid order')} in the ledger, ${count(found.orders.shop, 'order')} in the export: ${
        found.findings.length === 0
          ? 'they agree'
          : `${count(found.findings.length, 'difference')}, ${found.orders.agree} agree`
      }.`,
      ...(certified === 0 ? [] : [`Left out: ${count(certified, 'payment')} of payhooks certify.`]),
      ...(found.findings.length === 0 ? [] : ['Next: payhooks payments show PAYMENT']),
    ],
    code: found.findings.length === 0 ? EXIT.done : EXIT.failed,
  };
}

/** @returns how many payments `certify` made in a sandbox, of which no shop has orders. It makes none in live. */
async function readLedger(
  { clients, table: name, store, environment }: Connection,
  ledger: Parts<LedgerEntry>,
  notice: (line: string) => void,
): Promise<number> {
  const isCertified = (payment: Payment) => environment !== 'live' && isOfCertify(payment);
  const pages = scannedPayments({ client: clients.dynamo, table: name });
  let after: string | undefined;
  let [read, certified] = [0, 0];
  do {
    const { payments, next } = await pages(after, PAGE);
    for (let at = 0; at < payments.length; at += AT_ONCE) {
      const items = await Promise.all(
        payments.slice(at, at + AT_ONCE).map((payment) => store.get(paymentKeyOf(payment))),
      );
      const known = items.filter((item) => item !== undefined).map(paymentOf);
      for (const payment of known) {
        const entry = entryOf(payment);
        if (isCertified(payment)) certified += 1;
        else if (entry !== undefined) ledger.add(entry);
      }
    }
    read += payments.length;
    after = next;
    if (after !== undefined) notice(`${count(read, 'payment')} read`);
  } while (after !== undefined);
  return certified;
}

const WORDS: Readonly<Record<FindingKind, string>> = {
  paid_not_given: 'paid, not given',
  given_not_paid: 'given, not paid',
  given_twice: 'given twice',
  other_amount: 'other amount',
};

const rowOf = ({ kind, order, given, ledger, shop, lines, payments }: Finding): readonly Cell[] => [
  styled(WORDS[kind], 'red'),
  order,
  String(given),
  money(ledger) || '-',
  money(shop) || '-',
  lines.join(', ') || '-',
  payments.join(', ') || '-',
];
