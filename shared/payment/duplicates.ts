/** Tells whether two messages under one key are the same message (docs/glossary.md: duplicate). */
import { createHash } from 'node:crypto';
import type { NormalizedEvent } from './types.ts';

/** A stored map may be read back with its keys in another order, so they are sorted. Lists keep their order. */
function sortKeys(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** A JSON-like value as text. Equal values have equal texts. */
export function canonicalText(value: unknown): string {
  return JSON.stringify(value, sortKeys);
}

/** SHA-256 (hex) of a JSON-like value. Equal values have equal hashes. */
export function hashCanonical(value: unknown): string {
  return createHash('sha256').update(canonicalText(value)).digest('hex');
}

/** SHA-256 (hex) of the material fields: equal for messages with only cosmetic differences, different otherwise. */
export function materialHash({ material }: Pick<NormalizedEvent, 'material'>): string {
  return hashCanonical(material);
}

/**
 * The hash of this content, in its present or its former form, that is among the stored ones; otherwise its present
 * hash.
 */
export function knownHash(
  stored: readonly string[],
  { material, formerMaterial }: Pick<NormalizedEvent, 'material' | 'formerMaterial'>,
): string {
  const present = hashCanonical(material);
  if (formerMaterial === undefined || stored.includes(present)) return present;
  const former = hashCanonical(formerMaterial);
  return stored.includes(former) ? former : present;
}

/** Whether the message has the same content as the one whose hash was stored. */
export const isSameMaterial = (
  stored: string,
  normalized: Pick<NormalizedEvent, 'material' | 'formerMaterial'>,
): boolean => knownHash([stored], normalized) === stored;

/** The name of a conflicting duplicate in the payment row: the key of the message and its content. */
export function conflictName(normalized: Pick<NormalizedEvent, 'key' | 'material'>): string {
  return `${normalized.key}#${materialHash(normalized).slice(0, 16)}`;
}
