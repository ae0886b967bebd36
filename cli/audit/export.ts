/**
 * The shop's export, one order after another: CSV with a heading, or JSON (one object per line, or one array). Read as
 * a stream, so its length does not matter.
 */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { parse } from 'csv-parse';
import { isCurrency, isDecimal } from '../../shared/payment/money.ts';
import { EXIT, Problem } from '../problem.ts';

export interface ExportRow {
  /** Where it stands in the file, from 1; of a JSON array the place in it. */
  readonly line: number;
  readonly order: string;
  /** How often the goods of the order are out. */
  readonly given: number;
  readonly amount?: string;
  readonly currency?: string;
}

const FIRST_BYTES = 64;

/** @param file a path, or - for standard input. @throws Problem for a file that can't be read or understood */
export async function* readExport(file: string, stdin: () => Promise<string>): AsyncGenerator<ExportRow> {
  const text = file === '-' ? await stdin() : undefined;
  const open = (): Readable => (text === undefined ? createReadStream(file) : Readable.from([text]));
  const start = text?.slice(0, FIRST_BYTES) ?? (await firstOf(file));
  const form = /^\uFEFF?\s*([[{])/.exec(start)?.[1];
  if (form === '{') yield* jsonLines(open());
  else if (form === '[') yield* jsonArray(open());
  else yield* csv(open());
}

async function firstOf(file: string): Promise<string> {
  try {
    for await (const chunk of createReadStream(file, { end: FIRST_BYTES - 1 })) return String(chunk);
    return '';
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    throw new Problem(EXIT.notFound, `${file} can't be read (${code}).`);
  }
}

async function* csv(stream: Readable): AsyncGenerator<ExportRow> {
  const records = stream.pipe(
    parse({
      bom: true,
      columns: (names: string[]) => names.map(nameOf),
      info: true,
      skip_empty_lines: true,
      trim: true,
    }),
  );
  try {
    for await (const { record, info } of records) yield rowOf(record, info.lines);
  } catch (error) {
    if (error instanceof Problem) throw error;
    throw new Problem(
      EXIT.usage,
      `The CSV can't be read: ${error instanceof Error ? error.message : String(error)}.`,
    );
  }
}

const nameOf = (name: string): string => name.toLowerCase().replaceAll(/[\s_-]/g, '');

async function* jsonLines(stream: Readable): AsyncGenerator<ExportRow> {
  let line = 0;
  for await (const text of createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY })) {
    line += 1;
    if (text.trim() !== '') yield rowOf(parsed(text.replace(/^\uFEFF/, ''), line), line);
  }
}

async function* jsonArray(stream: Readable): AsyncGenerator<ExportRow> {
  const chunks: string[] = [];
  for await (const chunk of stream) chunks.push(String(chunk));
  const all = parsed(chunks.join('').replace(/^\uFEFF/, ''), 1);
  if (!Array.isArray(all)) throw new Problem(EXIT.usage, 'The JSON is no array of orders.');
  for (const [index, each] of all.entries()) yield rowOf(each, index + 1);
}

function parsed(text: string, line: number): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Problem(
      EXIT.usage,
      `Line ${line} is no JSON.`,
      'Allowed: CSV with a heading, JSON lines, or one JSON array.',
    );
  }
}

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
  if (given === undefined) refuse(line, 'given', given, 'true, false, or how often');
  if (amount !== '' && !isDecimal(amount)) refuse(line, 'amount', amount, 'a plain decimal ("902.50")');
  if (currency !== '' && !isCurrency(currency))
    refuse(line, 'currency', currency, 'three capital letters ("EUR")');
  if (amount !== '' && currency === '')
    refuse(line, 'currency', currency, 'three capital letters, beside an amount');
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
  return refuse(line, 'given', given, 'true, false, or how often');
}

function refuse(line: number, field: string, found: string | undefined, allowed: string): never {
  const shown = found === undefined ? 'nothing' : JSON.stringify(found.slice(0, 60));
  throw new Problem(EXIT.usage, `Line ${line}, ${field}: found ${shown}; allowed: ${allowed}.`);
}
