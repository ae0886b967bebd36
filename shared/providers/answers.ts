/** Reads JSON answers of provider APIs without assumptions about their content. */
import type { ApiAnswer, ApiOutcome } from './api-call.ts';

export type Fields = Readonly<Record<string, unknown>>;

export function fieldsOf(value: unknown): Fields | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  // A copy without prototype: "constructor" must read as absent.
  return Object.assign(Object.create(null), value) as Fields;
}

/** Undefined: the text is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A non-empty text or a finite number, as text. Undefined for any other value. */
export function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value === '' ? undefined : value;
  return Number.isFinite(value) ? String(value) : undefined;
}

/** The outcome that the status code alone determines. Undefined: the body determines it. */
export function outcomeOf({
  status,
}: ApiAnswer): Extract<ApiOutcome, { type: 'refused' | 'unavailable' }> | undefined {
  if (status === 401 || status === 403) return { type: 'refused', reason: 'credentials' };
  if (status === 429) return { type: 'unavailable', reason: 'throttled' };
  if (status >= 500 || status === 408 || (status >= 300 && status < 400) || status < 200) {
    return { type: 'unavailable', reason: 'status' };
  }
  return undefined;
}
