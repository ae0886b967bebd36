/** The possible elements of a reading of the signed text, and the places of its names. */
import type { NameOrder, SignedText } from './signature.ts';

/** A set, or a map from the names. */
type Names = Pick<ReadonlySet<string>, 'has' | 'keys'>;

/** The possible elements of a reading. */
export interface Grammar {
  readonly names: Names;
  /** Further names, as they appear directly before "=" ("…goodsid[7]"). */
  readonly indexedName?: RegExp;
  readonly required: readonly string[];
  /** The form of a strict value, which has at most 64 characters and no "=". Undefined for a free text. */
  pattern(name: string): RegExp | undefined;
  /** Whether a parameter that the message lacks would have an effect if it existed with this value. */
  decides(name: string, value: string): boolean;
}

/** A place where a name is before a "=". */
export interface Start {
  readonly name: string;
  readonly known: boolean;
  readonly at: number;
  readonly valueAt: number;
  /**
   * own: a parameter of the message. name: the last word of one of its names ("ref" in "initial_ref"), which alone
   * makes nothing doubtful. value: inside one of its values, or joined to one of its names, as if the previous value
   * had been moved there ("goldis_test"; "gold_is_test", if is_test is missing and would have an effect).
   */
  readonly within: 'own' | 'name' | 'value';
}

/** The character before the last word of a merchant's own parameter names. */
export const WORD_END = /[_.[\]-]/;

/** A parameter of the message, and its position in the text. */
export interface Place {
  readonly name: string;
  readonly value: string;
  readonly at: number;
  readonly equals: number;
}

/** The positions of a text's own parameters. */
export function places(pairs: SignedText['pairs']): readonly Place[] {
  let offset = 0;
  return pairs.map(({ name, value }) => {
    const at = offset;
    offset += name.length + 1 + value.length;
    return { name, value, at, equals: at + name.length };
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
