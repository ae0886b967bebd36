/** Same message or another one under the same key? (docs/glossary.md: duplicate) */
import { createHash } from 'node:crypto';
import type { NormalizedEvent } from './types.ts';

/** A stored map comes back with its keys in any order, so they are sorted; lists keep theirs. */
function sortKeys(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** A JSON-like value as text; equal for equal values. */
export function canonicalText(value: unknown): string {
  return JSON.stringify(value, sortKeys);
}

/** SHA-256 (hex) of a JSON-like value; equal for equal values. */
export function hashCanonical(value: unknown): string {
  return createHash('sha256').update(canonicalText(value)).digest('hex');
}

/** SHA-256 (hex) over the material fields: equal for cosmetic differences, else different. */
export function materialHash({ material }: Pick<NormalizedEvent, 'material'>): string {
  return hashCanonical(material);
}

/** The hash among the stored ones that this content has, in its present or its former form; else the present one. */
export function knownHash(
  stored: readonly string[],
  { material, formerMaterial }: Pick<NormalizedEvent, 'material' | 'formerMaterial'>,
): string {
  const present = hashCanonical(material);
  if (formerMaterial === undefined || stored.includes(present)) return present;
  const former = hashCanonical(formerMaterial);
  return stored.includes(former) ? former : present;
}

/** Has the message whose hash was stored the same content? */
export const isSameMaterial = (
  stored: string,
  normalized: Pick<NormalizedEvent, 'material' | 'formerMaterial'>,
): boolean => knownHash([stored], normalized) === stored;

/** What is remembered of a copy with other material content: which message, and which content. */
export function conflictName(normalized: Pick<NormalizedEvent, 'key' | 'material'>): string {
  return `${normalized.key}#${materialHash(normalized).slice(0, 16)}`;
}
