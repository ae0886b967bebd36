import { paymentKeyOf } from '../../shared/app/table/keys.ts';
import { paymentOf } from '../../shared/app/table/rows.ts';
import { scannedPayments } from '../../shared/aws/payment-scan.ts';
import type { Payment } from '../../shared/payment/types.ts';
import { addPayment, audit, type Finding, type FindingKind, type Ledger, shopOf } from '../audit/compare.ts';
import { readExport } from '../audit/export.ts';
import { isOfCertify } from '../certify/recorded.ts';
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
    'An order whose goods were taken back by revoke counts as not paid. In a sandbox the payments of payhooks certify',
    'are left out. Exit code 1: something differs.',
  ],
  run: async ({ args: [file = ''], world }) => {
    // First the file: a wrong one should not cost a walk over the table.
    const shop = await shopOf(readExport(file, () => world.input()));
    const connection = await world.connect();
    const { ledger, certified } = await ledgerOf(connection, world.notice);
    const found = audit(ledger, shop);
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
  },
};

interface Read {
  readonly ledger: Ledger;
  /** Payments that `certify` made in a sandbox: no shop has an order of theirs. In live it makes none. */
  readonly certified: number;
}

async function ledgerOf(
  { clients, table: name, store, environment }: Connection,
  notice: (line: string) => void,
): Promise<Read> {
  const isCertified = (payment: Payment) => environment !== 'live' && isOfCertify(payment);
  const pages = scannedPayments({ client: clients.dynamo, table: name });
  const ledger: Ledger = new Map();
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
        if (isCertified(payment)) certified += 1;
        else addPayment(ledger, payment);
      }
    }
    read += payments.length;
    after = next;
    if (after !== undefined) notice(`${count(read, 'payment')} read`);
  } while (after !== undefined);
  return { ledger, certified };
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
