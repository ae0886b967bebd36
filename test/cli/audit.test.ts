/** `payhooks audit` names every kind of difference between a shop's export and the ledger, and reports nothing else. */
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { audit, entryOf, type LedgerEntry } from '../../cli/audit/compare.ts';
import { type ExportRow, readExport } from '../../cli/audit/export.ts';
import { PARTS, Parts } from '../../cli/audit/parts.ts';
import type { Payment } from '../../shared/payment/types.ts';

const folder = mkdtempSync(join(tmpdir(), 'payhooks-audit-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function rowsOf(text: string): Promise<ExportRow[]> {
  const file = join(folder, 'export');
  writeFileSync(file, text);
  const rows: ExportRow[] = [];
  for await (const row of readExport(file, nothing)) rows.push(row);
  return rows;
}

async function* nothing(): AsyncGenerator<string> {}

function partsOf<Item extends { readonly order: string }>(items: Iterable<Item>): Parts<Item> {
  const parts = new Parts<Item>();
  for (const item of items) parts.add(item);
  return parts;
}

const found = (ledger: Parts<LedgerEntry>, rows: readonly ExportRow[]) => audit(ledger, partsOf(rows));

const EUR = (amount: string) => [{ amount, currency: 'EUR' }];

function ledgerOf(
  payments: readonly {
    order?: string;
    state?: string;
    moved?: string;
    returned?: string;
    key?: string;
    reference?: string;
  }[],
): Parts<LedgerEntry> {
  const entries: (LedgerEntry | undefined)[] = [];
  for (const { order, state = 'granted', moved, returned, reference, key = `p:${order}` } of payments) {
    const payment = {
      key,
      grant: { state, epoch: 1 },
      ...(order === undefined ? {} : { orderReference: order }),
      aliases: reference === undefined ? [] : [{ type: 'reference', value: reference }],
      reading: {
        moved: moved === undefined ? [] : EUR(moved),
        returned: returned === undefined ? [] : EUR(returned),
      },
    } as unknown as Payment;
    entries.push(entryOf(payment));
  }
  return partsOf(entries.filter((entry) => entry !== undefined));
}

const kinds = async (ledger: Parts<LedgerEntry>, text: string) =>
  (await found(ledger, await rowsOf(text))).findings.map(({ kind, order }) => `${kind} ${order}`);

describe('an export of the shop', () => {
  const expected = [
    { order: 'a', given: 1, amount: '10.00', currency: 'EUR' },
    { order: 'b,"1"', given: 0 },
    { order: 'c', given: 2 },
  ];
  const withoutLine = (rows: ExportRow[]) => rows.map(({ line: _, ...row }) => row);

  it.each([
    ['CSV', 'order,given,amount,currency\na,true,10.00,EUR\n"b,""1""",no,,\nc,2,,\n'],
    [
      'CSV with a byte order mark, CRLF and other spellings',
      '\uFEFFOrder,Given,Amount,Currency\r\na,YES,10.00,EUR\r\n"b,""1""",0,,\r\nc,2,,\r\n',
    ],
    ['CSV with semicolons', 'order;given;amount;currency\na;1;10.00;EUR\n"b,""1""";0;;\nc;2;;\n'],
    ['CSV with tabs', 'order\tgiven\tamount\tcurrency\na\t1\t10.00\tEUR\n"b,""1"""\t0\t\t\nc\t2\t\t\n'],
    [
      'JSON lines',
      '{"order":"a","given":true,"amount":"10.00","currency":"EUR"}\n{"order":"b,\\"1\\"","given":false}\n\n{"order":"c","given":2}\n',
    ],
    [
      'a JSON array',
      '[{"order":"a","given":1,"amount":"10.00","currency":"EUR"},{"order":"b,\\"1\\"","given":null},{"order":"c","given":2}]',
    ],
  ])('an export is read as %s', async (_, text) => {
    expect(withoutLine(await rowsOf(text))).toEqual(expected);
  });

  it.each([
    ['order,given\n,true\n', 'Line 2, order: found ""; allowed: the order reference that you gave Payhooks.'],
    ['order,amount\na,1\n', 'Line 2, given: found nothing; allowed: true, false, or a number of times.'],
    ['order,given\na,maybe\n', 'Line 2, given: found "maybe"; allowed: true, false, or a number of times.'],
    [
      'order,given,amount\na,1,1\n',
      'Line 2, currency: found ""; allowed: three capital letters, because there is an amount.',
    ],
    [
      'order,given,amount,currency\na,1,"1,50",EUR\n',
      'Line 2, amount: found "1,50"; allowed: a plain decimal ("902.50").',
    ],
    ['{"order":"a","given":1}\n{"order"\n', 'Line 2 is not JSON.'],
    ['order,given\n"a,1\n', 'The CSV cannot be read'],
  ])('the export %j is refused with a sentence that names the fault', async (text, sentence) => {
    await expect(rowsOf(text)).rejects.toThrow(sentence);
  });

  it.each([
    ['CSV', 'order,given\n', (n: number) => `o-${n},1\n`],
    ['JSON lines', '', (n: number) => `{"order":"o-${n}","given":1}\n`],
    ['a JSON array', '[', (n: number) => `{"order":"o-${n}","given":1},`],
  ])('an export is read row by row, and never as a whole: %s without an end', async (_, heading, row) => {
    async function* endless(): AsyncGenerator<string> {
      yield heading;
      for (let number = 1; number < 20_000; number += 1) {
        yield row(number);
        await turn();
      }
      throw new Error('everything was read before the first row was given');
    }
    const seen: string[] = [];
    for await (const { order } of readExport('-', endless)) if (seen.push(order) === 3) break;
    expect(seen).toEqual(['o-1', 'o-2', 'o-3']);
  });

  it('a JSON array that comes letter by letter is read, and an empty array gives no row', async () => {
    const text = '\uFEFF [ {"order":"a]}\\"","given":true} , {"order":"ü,[","given":2}\n ] \n';
    async function* letters(): AsyncGenerator<string> {
      yield* text;
    }
    const orders: string[] = [];
    for await (const { order } of readExport('-', letters)) orders.push(order);
    expect(orders).toEqual(['a]}"', 'ü,[']);
    expect(await rowsOf('[]')).toEqual([]);
  });

  it.each([
    ['[{"order":"a","given":1}', 'The JSON array is not closed'],
    ['[{"order":"a","given":1}] {}', 'There is text after the end'],
    ['[{"order":"a","given":1},,{}]', 'Element 2 is not JSON.'],
  ])('a JSON array with a fault is refused: %s', async (text, sentence) => {
    await expect(rowsOf(text)).rejects.toThrow(sentence);
  });

  it('an export that does not exist is refused with "there is no such file"', async () => {
    const read = readExport(join(folder, 'none'), nothing);
    await expect(read.next()).rejects.toThrow('cannot be read: there is no such file');
  });
});

describe('an audit', () => {
  it('an audit finds no difference where shop and ledger agree, and takes the amounts 10 and 10.00 as equal', async () => {
    const ledger = ledgerOf([{ order: 'a', moved: '10.00' }, { order: 'b' }, { order: undefined as never }]);
    expect(await kinds(ledger, 'order,given,amount,currency\na,1,10,EUR\nb,true,5,USD\nc,false,,\n')).toEqual(
      [],
    );
  });

  it('an audit reports paid_not_given for a paid order that the export does not give or does not name', async () => {
    const ledger = ledgerOf([{ order: 'a' }, { order: 'b' }]);
    expect(await kinds(ledger, 'order,given\na,0\n')).toEqual(['paid_not_given a', 'paid_not_given b']);
  });

  it('an audit reports given_not_paid for goods without a payment, without a grant or with a revoked grant', async () => {
    const ledger = ledgerOf([
      { order: 'a', state: 'revoked' },
      { order: 'h', state: 'none' },
    ]);
    expect(await kinds(ledger, 'order,given\na,1\nb,1\nh,1\n')).toEqual([
      'given_not_paid a',
      'given_not_paid b',
      'given_not_paid h',
    ]);
  });

  it('an audit reports given_twice for goods given twice for one grant, but not where two payments grant', async () => {
    const ledger = ledgerOf([
      { order: 'a' },
      { order: 'b' },
      { order: 'r', key: 'p1' },
      { order: 'r', key: 'p2' },
    ]);
    const found = await kinds(ledger, 'order,given\na,2\nb,1\nb,1\nr,1\nr,1\n');
    expect(found).toEqual(['given_twice a', 'given_twice b']);
  });

  it('an audit finds a payment without a registered order by the reference that the provider sent back', async () => {
    const ledger = ledgerOf([{ order: undefined as never, reference: 'a' }]);
    expect(await kinds(ledger, 'order,given\na,1\n')).toEqual([]);
    expect(await kinds(ledger, 'order,given\n')).toEqual(['paid_not_given a']);
  });

  it('an audit reports other_amount where the amount is not the moved money minus the returned money', async () => {
    const ledger = ledgerOf([{ order: 'a', moved: '10.00', returned: '4.00' }]);
    expect(await kinds(ledger, 'order,given,amount,currency\na,1,10.00,EUR\n')).toEqual(['other_amount a']);
    expect(await kinds(ledger, 'order,given,amount,currency\na,1,6.00,EUR\n')).toEqual([]);
    expect(await kinds(ledger, 'order,given,amount,currency\na,1,6.00,USD\n')).toEqual(['other_amount a']);
  });

  it('an audit sums ledger and shop for each currency apart', async () => {
    const ledger = ledgerOf([
      { order: 'a', moved: '10.10' },
      { order: 'b', moved: '0.20', returned: '0.10' },
    ]);
    const rows = await rowsOf(
      'order,given,amount,currency\na,1,10.10,EUR\nb,1,0.10,EUR\nc,0,99,EUR\nd,1,7,USD\n',
    );
    expect((await found(ledger, rows)).sums).toEqual([
      { currency: 'EUR', ledger: '10.20', shop: '10.20' },
      { currency: 'USD', ledger: '0.00', shop: '7.00' },
    ]);
  });
});

describe('an audit of many orders', () => {
  const ORDERS = 200_000;
  const place = (n: number) => `order-${n}`;
  function* entries(): Generator<LedgerEntry> {
    for (let n = 0; n < ORDERS; n++) {
      yield { order: place(n), payment: `paymentwall:goods:b${n}`, moved: EUR('9.99'), returned: [] };
    }
  }
  /** The ledger's orders in reverse; one order is missing, one order is given twice, one order was never paid. */
  function* rows(): Generator<ExportRow> {
    for (let n = ORDERS; n > 0; n--) {
      yield { line: n, order: place(n), given: n === 7 ? 2 : 1, amount: '9.99', currency: 'EUR' };
    }
  }

  it('an audit of 200,000 orders reads the ledger in parts and finds the three differences', async () => {
    const [ledger, shop] = [partsOf(entries()), partsOf(rows())];
    try {
      const { findings, orders, sums } = await audit(ledger, shop);
      expect(findings.map(({ kind, order }) => `${kind} ${order}`)).toEqual([
        'paid_not_given order-0',
        `given_not_paid order-${ORDERS}`,
        'given_twice order-7',
      ]);
      expect(orders).toEqual({ ledger: ORDERS, shop: ORDERS, agree: ORDERS - 2 });
      expect(sums).toEqual([{ currency: 'EUR', ledger: '1998000.00', shop: '1998000.00' }]);

      const sizes: number[] = [];
      for (let part = 0; part < PARTS; part++) {
        let size = 0;
        for await (const _ of ledger.read(part)) size += 1;
        sizes.push(size);
      }
      expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(ORDERS);
      expect(Math.max(...sizes)).toBeLessThan((1.25 * ORDERS) / PARTS);
    } finally {
      ledger.remove();
      shop.remove();
    }
  });
});

describe('the class Parts', () => {
  it('the class Parts keeps few records in memory and writes no file', () => {
    expect(partsOf([{ order: 'a' }, { order: 'b' }]).folder).toBeUndefined();
  });

  it('the class Parts writes records beyond its buffer to a private folder, reads them in order and removes it', async () => {
    const parts = new Parts<{ readonly order: string; readonly n: number }>(40);
    for (let n = 0; n < 9; n++) parts.add({ order: 'the same\none', n });
    const { folder: place } = parts;
    if (place === undefined) throw new Error('nothing was written');
    expect(statSync(place).mode & 0o777).toBe(0o700);
    expect(readdirSync(place)).toHaveLength(1);

    const read: number[] = [];
    for (let part = 0; part < PARTS; part++) for await (const { n } of parts.read(part)) read.push(n);
    expect(read).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    parts.remove();
    expect(existsSync(place)).toBe(false);
  });
});
