/** The output of a command: aligned tables and lines, coloured on a terminal only. */
import { styleText } from 'node:util';
import type { AmountTerm } from '../shared/payment/types.ts';
import { EXIT, type ExitCode } from './problem.ts';

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow';

/** A cell keeps its colour apart until it is printed, so that widths are those of the text. */
export interface Styled {
  readonly text: string;
  readonly style?: Style;
}
export type Cell = string | Styled;
/** One line: a text, or cells side by side. */
export type Line = string | readonly Cell[];

/** A command's result: `json` for programs, `lines` for people. */
export interface Report {
  /** Undefined when everything was printed while the command ran. */
  readonly json: unknown;
  readonly lines: readonly Line[];
  /** Default: EXIT.done. */
  readonly code?: ExitCode;
}

/**
 * The form of every list in JSON: the items, and whether there are more (a number: how many).
 * @param named further members of the answer
 */
export const list = <T, Named extends object = object>(
  items: readonly T[],
  { more = false, ...named }: Named & { readonly more?: boolean | number } = {} as Named,
) => ({ items, more, ...named });

export const styled = (text: string, style: Style): Styled => ({ text, style });
export const bold = (text: string): Styled => styled(text, 'bold');
export const dim = (text: string): Styled => styled(text, 'dim');

/** Replaces control characters: text from a provider must not control the terminal. */
const printable = (text: string): string => text.replace(/\p{Cc}/gu, '�');

const textOf = (cell: Cell): string => printable(typeof cell === 'string' ? cell : cell.text);

/** Aligned columns under a bold heading; two spaces between them, none at the end. */
export function table(heading: readonly string[], rows: readonly (readonly Cell[])[]): readonly Line[] {
  const all: readonly (readonly Cell[])[] = [heading.map(bold), ...rows];
  const widths = heading.map((_, column) => Math.max(...all.map((row) => textOf(row[column] ?? '').length)));
  return all.map((row) => {
    const last = row.findLastIndex((cell) => textOf(cell) !== '');
    return row.slice(0, last + 1).flatMap((cell, column): Cell[] => {
      const gap = column === last ? '' : ' '.repeat((widths[column] ?? 0) - textOf(cell).length + 2);
      return gap === '' ? [cell] : [cell, gap];
    });
  });
}

/** A table and an empty line; nothing when there are no rows. */
export const block = (heading: readonly string[], rows: readonly (readonly Cell[])[]): readonly Line[] =>
  rows.length === 0 ? [] : [...table(heading, rows), ''];

/** "name   value" lines. */
export function fields(pairs: readonly (readonly [name: string, value: Cell | undefined])[]): Line[] {
  const shown = pairs.filter((pair): pair is readonly [string, Cell] => pair[1] !== undefined);
  const width = Math.max(0, ...shown.map(([name]) => name.length));
  return shown.map(([name, value]) => [dim(name.padEnd(width + 2)), value]);
}

export function render(lines: readonly Line[], colour: boolean): string {
  const piece = (cell: Cell): string => {
    const text = textOf(cell);
    if (!colour || typeof cell === 'string' || cell.style === undefined) return text;
    return styleText(cell.style, text, { validateStream: false });
  };
  return lines
    .map((line) => `${typeof line === 'string' ? printable(line) : line.map(piece).join('')}\n`)
    .join('');
}

/** "3 messages", "1 message". */
export const count = (number: number, thing: string): string =>
  `${number} ${thing}${number === 1 ? '' : 's'}`;

/** "2026-11-21 06:13:40" UTC. */
export const time = (at: string | number | Date): string =>
  new Date(at).toISOString().slice(0, 19).replace('T', ' ');

const UNITS = [
  ['d', 86_400],
  ['h', 3_600],
  ['min', 60],
  ['s', 1],
] as const;

/** "3 d", "5 h", "12 min": the largest unit that fits. */
export function age(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1_000));
  const [unit, size] = UNITS.find(([, length]) => seconds >= length) ?? ['s', 1];
  return `${Math.floor(seconds / size)} ${unit}`;
}

export const money = (amounts: readonly { readonly amount: string; readonly currency: string }[]): string =>
  amounts.map(({ amount, currency }) => `${amount} ${currency}`).join(', ');

/** The amounts that an order expects: "902.50 EUR", "10.00 to 50.00 EUR or any amount of SEK". */
export const amountsText = (terms: readonly AmountTerm[]): string =>
  terms
    .map((term) =>
      'exact' in term
        ? `${term.exact} ${term.currency}`
        : 'min' in term
          ? `${term.min} to ${term.max} ${term.currency}`
          : `any amount of ${term.currency}`,
    )
    .join(' or ');

const GOOD = new Set(['paid', 'ok', 'delivered', 'Enabled', 'granted']);
const BAD = new Set([
  ...['failed', 'denied', 'reversed', 'disputed', 'voided', 'canceled', 'expired', 'refunded'],
  ...['fail', 'Disabled', 'revoked'],
]);

/** A state's word in its colour. */
export const state = (word: string): Cell =>
  GOOD.has(word) ? styled(word, 'green') : BAD.has(word) ? styled(word, 'red') : styled(word, 'yellow');

export const done = (json: unknown, ...lines: readonly Line[]): Report => ({ json, lines, code: EXIT.done });
