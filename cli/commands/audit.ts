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
import { block, type Cell, count, money, type Report, styled } from '../output.ts';
import { EXIT } from '../problem.ts';
import { everyPayment } from '../stored-payments.ts';

const PAGE = 1_000;

export const auditCommand: Command = {
  details: [
    'FILE is CSV with a heading, JSON lines, or one JSON array; - reads standard input. Columns: order (your reference),',
    'given (true, false, or how many times the goods are given now); amount and currency, where you know them.',
    'Reads the whole table once (a large table costs money and time), and writes nothing.',
    'An order whose goods were revoked counts as not paid. In a sandbox, the payments of payhooks certify are left out.',
    'Exit code 1: at least one order differs.',
  ],
  run: async ({ args: [file = ''], world }) => {
    const [shop, ledger] = [new Parts<ExportRow>(), new Parts<LedgerEntry>()];
    try {
      // The file is read first: a wrong one should not cost a scan of the table.
      for await (const row of readExport(file, () => world.input())) shop.add(row);
      const connection = await world.connect();
      const certified = await readLedger(connection, ledger, world.notice);
      return report(await audit(ledger, shop), certified);
    } finally {
      shop.remove();
      ledger.remove();
    }
  },
};

function report(found: Audit, certified: number): Report {
  const { findings, sums, orders } = found;
  const agree = findings.length === 0;
  const result = agree
    ? 'they agree'
    : `${count(findings.length, 'difference')}, ${count(orders.agree, 'order')} without a difference`;
  const sumRows = sums.map(({ currency, ledger, shop }) => [currency, ledger, shop]);
  return {
    json: { ...found, certified },
    lines: [
      ...block(['FINDING', 'ORDER', 'GIVEN', 'LEDGER', 'SHOP', 'LINE', 'PAYMENT'], findings.map(rowOf)),
      ...block(['CURRENCY', 'LEDGER', 'SHOP'], sumRows),
      `${count(orders.ledger, 'paid order')} in the ledger, ${count(orders.shop, 'order')} in the export: ${result}.`,
      ...(certified === 0 ? [] : [`Left out: ${count(certified, 'payment')} of payhooks certify.`]),
      ...(agree ? [] : ['Next: payhooks payments show PAYMENT']),
    ],
    code: agree ? EXIT.done : EXIT.failed,
  };
}

/** @returns how many payments `certify` made in a sandbox, of which no shop has orders. It makes none in live. */
async function readLedger(
  connection: Connection,
  ledger: Parts<LedgerEntry>,
  notice: (line: string) => void,
): Promise<number> {
  let [read, certified] = [0, 0];
  for await (const { payments, isLast } of everyPayment(connection, PAGE)) {
    for (const payment of payments) {
      const entry = entryOf(payment);
      if (connection.environment !== 'live' && isOfCertify(payment)) certified += 1;
      else if (entry !== undefined) ledger.add(entry);
    }
    read += payments.length;
    if (!isLast) notice(`${count(read, 'payment')} read`);
  }
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
