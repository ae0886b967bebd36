import { paymentKeyOf } from '../../shared/app/table/keys.ts';
import { paymentOf } from '../../shared/app/table/rows.ts';
import { scannedPayments } from '../../shared/aws/payment-scan.ts';
import { addPayment, audit, type Finding, type FindingKind, type Ledger } from '../audit/compare.ts';
import { readExport } from '../audit/export.ts';
import type { Command } from '../command.ts';
import type { Connection } from '../connect.ts';
import { type Cell, count, money, styled, table } from '../output.ts';
import { EXIT } from '../problem.ts';

const PAGE = 1_000;
/** Rows read side by side. */
const AT_ONCE = 25;

export const auditCommand: Command = {
  arity: [1, 1],
  details: [
    'FILE is CSV with a heading, JSON lines, or one JSON array; - reads standard input. Columns: order (your reference),',
    'given (true, false, or how often the goods are out), and where you know them amount and currency.',
    'It reads the whole table once (a large table costs money and time) and writes nothing.',
    'Exit code 1: something differs. Orders of payments whose goods were taken back count as not paid.',
  ],
  run: async ({ args: [file = ''], world }) => {
    // First the file: a wrong one should not cost a walk over the table.
    const rows = [];
    for await (const row of readExport(file, () => world.stdin())) rows.push(row);
    const connection = await world.connect();
    const found = await audit(await ledgerOf(connection, world.notice), each(rows));
    return {
      json: found,
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
        ...(found.findings.length === 0 ? [] : ['Next: payhooks payments show PAYMENT']),
      ],
      code: found.findings.length === 0 ? EXIT.done : EXIT.failed,
    };
  },
};

async function* each<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}

async function ledgerOf(
  { clients, table: name, store }: Connection,
  notice: (line: string) => void,
): Promise<Ledger> {
  const pages = scannedPayments({ client: clients.dynamo, table: name });
  const ledger: Ledger = new Map();
  let after: string | undefined;
  let read = 0;
  do {
    const { payments, next } = await pages(after, PAGE);
    for (let at = 0; at < payments.length; at += AT_ONCE) {
      const items = await Promise.all(
        payments.slice(at, at + AT_ONCE).map((payment) => store.get(paymentKeyOf(payment))),
      );
      for (const item of items) if (item !== undefined) addPayment(ledger, paymentOf(item));
    }
    read += payments.length;
    after = next;
    if (after !== undefined) notice(`${count(read, 'payment')} read`);
  } while (after !== undefined);
  return ledger;
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
