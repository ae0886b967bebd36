/**
 * Parses the raw query strictly and once. The signed text is the decoded text of exactly these pairs
 * (docs/protocols/paymentwall.md#own-parameters-of-the-url), so nothing is merged, trimmed, renamed or dropped.
 */

import { formDecode } from '../bytes.ts';

/** A genuine pingback has about ten. 400 cart items fill the request line that API Gateway allows (10,240 bytes). */
export const MAX_PARAMETERS = 400;
/** Characters; API Gateway itself allows about 10,000 for the request line. */
export const MAX_QUERY_LENGTH = 16_384;

export interface Parameter {
  /** The whole decoded name: "ref", "goodsid[0]". */
  readonly name: string;
  /** "goodsid" of "goodsid[0]"; otherwise the whole name. */
  readonly root: string;
  /** "0" of "goodsid[0]". Only one level is defined; a deeper name counts as one flat name. */
  readonly key?: string;
  readonly value: string;
}

export type Query =
  | { readonly ok: true; readonly parameters: readonly Parameter[] }
  | { readonly ok: false; readonly reason: 'query_too_long' | 'unreadable_query' | 'too_many_parameters' };

/** Keeps order, duplicates, and bytes that are not UTF-8 (bytes.ts). `unreadable_query`: a broken escape. */
export function parseQuery(raw: string): Query {
  if (raw.length > MAX_QUERY_LENGTH) return { ok: false, reason: 'query_too_long' };
  if (!raw.isWellFormed()) return { ok: false, reason: 'unreadable_query' };
  const parts = raw.split('&').filter((part) => part !== '');
  if (parts.length > MAX_PARAMETERS) return { ok: false, reason: 'too_many_parameters' };
  try {
    return { ok: true, parameters: parts.map(parameter) };
  } catch (error) {
    if (error instanceof URIError) return { ok: false, reason: 'unreadable_query' };
    throw error;
  }
}

function parameter(part: string): Parameter {
  const at = part.indexOf('=');
  const name = formDecode(at === -1 ? part : part.slice(0, at));
  const value = at === -1 ? '' : formDecode(part.slice(at + 1));
  const { root, key } = splitName(name);
  return key === undefined ? { name, root, value } : { name, root, key, value };
}

const NESTED = /^([^[\]]+)\[([^[\]]*)\]$/;

/** "goodsid[0]" → root "goodsid", key "0". */
export function splitName(name: string): Omit<Parameter, 'value'> {
  if (!name.endsWith(']')) return { name, root: name };
  const [, root = name, key] = NESTED.exec(name) ?? [];
  return key === undefined ? { name, root } : { name, root, key };
}

/** Whether a name occurs twice, or both alone and as a list: frameworks disagree on which one counts. */
export function hasDuplicates(parameters: readonly Parameter[]): boolean {
  const names = new Set(parameters.map(({ name }) => name));
  return (
    names.size < parameters.length || parameters.some(({ root, key }) => key !== undefined && names.has(root))
  );
}
