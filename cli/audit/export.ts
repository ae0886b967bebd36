/**
 * Reads the shop's export, one order after another: CSV with a heading, or JSON (one object per line, or one array).
 * Reads a stream, so the file may be of any length.
 */
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { parse } from 'csv-parse';
import { hasCurrencyForm, isDecimal } from '../../shared/payment/money.ts';
import { parseJson, unreadable } from '../named-file.ts';
import { errorText, Problem } from '../problem.ts';
import { elementsOf } from './json-array.ts';

export interface ExportRow {
  /** Line number in the file, from 1; in a JSON array the number of the element. */
  readonly line: number;
  readonly order: string;
  /** How often the goods of the order are given and not taken back. */
  readonly given: number;
  readonly amount?: string;
  readonly currency?: string;
}

/** @param file a path, or - for standard input. @throws Problem for a file that cannot be read or parsed */
export async function* readExport(
  file: string,
  input: () => AsyncIterable<string>,
): AsyncGenerator<ExportRow> {
  const pieces = (file === '-' ? input() : piecesOf(file))[Symbol.asyncIterator]();
  const first = await firstOf(pieces);
  const text = joined(first, pieces);
  const form = /^\s*([[{])/.exec(first)?.[1];
  if (form === '{') yield* jsonLines(text);
  else if (form === '[') yield* jsonArray(text);
  else yield* csv(text, delimiterOf(first));
}

async function* piecesOf(file: string): AsyncGenerator<string> {
  try {
    yield* createReadStream(file, 'utf8');
  } catch (error) {
    throw unreadable(file, error, 'Name the export of your shop, or - for standard input.');
  }
}

/** The beginning of the file up to the end of its first non-empty line, without a byte order mark. */
async function firstOf(pieces: AsyncIterator<string>): Promise<string> {
  let text = '';
  for (;;) {
    const { done, value } = await pieces.next();
    if (done === true) return text;
    text = (text + value).replace(/^\uFEFF/, '');
    if (/\S[^\n]*\n/.test(text) || /^\s*[[{]/.test(text)) return text;
  }
}

async function* joined(first: string, pieces: AsyncIterator<string>): AsyncGenerator<string> {
  yield first;
  yield* { [Symbol.asyncIterator]: () => pieces };
}

const DELIMITERS = [',', ';', '\t'] as const;

/**
 * Spreadsheets of many countries write semicolons: the delimiter is the character that the heading contains most often.
 */
function delimiterOf(first: string): string {
  const [heading = ''] = first.trimStart().split('\n');
  const times = (delimiter: string) => heading.split(delimiter).length;
  return DELIMITERS.reduce((best, each) => (times(each) > times(best) ? each : best));
}

async function* csv(text: AsyncIterable<string>, delimiter: string): AsyncGenerator<ExportRow> {
  const records = Readable.from(text).pipe(
    parse({
      columns: (names: string[]) => names.map(nameOf),
      delimiter,
      info: true,
      skip_empty_lines: true,
      trim: true,
    }),
  );
  try {
    for await (const { record, info } of records) yield rowOf(record, info.lines);
  } catch (error) {
    if (error instanceof Problem) throw error;
    throw Problem.usage(`The CSV cannot be read: ${errorText(error)}.`);
  }
}

const nameOf = (name: string): string => name.toLowerCase().replaceAll(/[\s_-]/g, '');

async function* jsonLines(text: AsyncIterable<string>): AsyncGenerator<ExportRow> {
  let line = 0;
  for await (const each of linesOf(text)) {
    line += 1;
    if (each.trim() !== '') yield rowOf(parsed(each, `Line ${line}`), line);
  }
}

async function* linesOf(text: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = '';
  for await (const piece of text) {
    const lines = (rest + piece).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  yield rest;
}

async function* jsonArray(text: AsyncIterable<string>): AsyncGenerator<ExportRow> {
  let place = 0;
  for await (const each of elementsOf(text)) {
    place += 1;
    yield rowOf(parsed(each, `Element ${place}`), place);
  }
}

const parsed = (text: string, where: string): unknown =>
  parseJson(text, () =>
    Problem.usage(`${where} is not JSON.`, 'Allowed: CSV with a heading, JSON lines, or one JSON array.'),
  );

const YES = new Set(['true', 'yes', 'y']);
const NO = new Set(['false', 'no', 'n', '']);

function rowOf(value: unknown, line: number): ExportRow {
  const fields = Object.fromEntries(
    Object.entries(typeof value === 'object' && value !== null ? value : {}).map(([name, each]) => [
      nameOf(name),
      each === null || each === undefined ? '' : String(each),
    ]),
  );
  const { order, given, amount = '', currency = '' } = fields;
  if (order === undefined || order === '')
    refuse(line, 'order', order, 'the order reference that you gave Payhooks');
  if (given === undefined) refuse(line, 'given', given, 'true, false, or a number of times');
  if (amount !== '' && !isDecimal(amount)) refuse(line, 'amount', amount, 'a plain decimal ("902.50")');
  if (currency !== '' && !hasCurrencyForm(currency))
    refuse(line, 'currency', currency, 'three capital letters ("EUR")');
  if (amount !== '' && currency === '')
    refuse(line, 'currency', currency, 'three capital letters, because there is an amount');
  return {
    line,
    order,
    given: timesOf(given, line),
    ...(amount === '' ? {} : { amount, currency }),
  };
}

function timesOf(given: string, line: number): number {
  const word = given.toLowerCase();
  if (YES.has(word)) return 1;
  if (NO.has(word)) return 0;
  if (/^\d{1,6}$/.test(word)) return Number(word);
  return refuse(line, 'given', given, 'true, false, or a number of times');
}

function refuse(line: number, field: string, found: string | undefined, allowed: string): never {
  const shown = found === undefined ? 'nothing' : JSON.stringify(found.slice(0, 60));
  throw Problem.usage(`Line ${line}, ${field}: found ${shown}; allowed: ${allowed}.`);
}
