/** What a reading of the signed text may consist of, and where its names may stand. */
import type { NameOrder, SignedText } from './signature.ts';

/** What a reading may consist of. */
export interface Grammar {
  readonly names: readonly string[];
  /** Further names, as they stand right before "=" ("…goodsid[7]"). */
  readonly indexedName?: RegExp;
  readonly required: readonly string[];
  /** What a value must be, which is never longer than 64 and has no "="; undefined for a free text. */
  pattern(name: string): RegExp | undefined;
  /** Whether a parameter that the message lacks would decide anything, were it there with this value. */
  decides(name: string, value: string): boolean;
}

/** A place where a name stands before a "=". */
export interface Start {
  readonly name: string;
  readonly known: boolean;
  readonly at: number;
  readonly valueAt: number;
  /**
   * own: a parameter of the message · name: the last word of one of its names ("ref" in "initial_ref"), which
   * alone makes nothing doubtful · value: inside one of its values, or glued to one of its names, as where the
   * value before it was moved there ("goldis_test"; "gold_is_test", where is_test is missing and would decide).
   */
  readonly within: 'own' | 'name' | 'value';
}

/** What stands before the last word of a merchant's own parameter names. */
export const WORD_END = /[_.[\]-]/;

/** The positions of a text's own parameters. */
export function places(
  pairs: SignedText['pairs'],
): readonly { readonly at: number; readonly equals: number }[] {
  let offset = 0;
  return pairs.map(({ name, value }) => {
    const at = offset;
    offset += name.length + 1 + value.length;
    return { at, equals: at + name.length };
  });
}

export function isBetween(
  order: NameOrder,
  after: string | undefined,
  name: string,
  before: string | undefined,
): boolean {
  return (after === undefined || order(after, name) < 0) && (before === undefined || order(name, before) < 0);
}
