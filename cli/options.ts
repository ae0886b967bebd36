/** How a command declares its options and arguments. */
import type { Option } from './command.ts';

/** @param value its placeholder in the help ("FILE") */
export const textOption = (value: string, help: string): Option => ({ type: 'string', value, help });
export const switchOption = (help: string): Option => ({ type: 'boolean', help });

/** Number of arguments when one placeholder may stand for several ("[ID…]"). */
const MOST = 1_000;

/** Minimum and maximum number of arguments, from their placeholders: "PAYMENT DIGEST", "[NAME]", "[ID…]". */
export function arityOf(args = ''): readonly [min: number, max: number] {
  const words = args.split(' ').filter((word) => word !== '');
  const needed = words.filter((word) => !word.startsWith('[')).length;
  return [needed, args.includes('…') ? MOST : words.length];
}
