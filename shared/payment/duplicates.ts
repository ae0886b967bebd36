/** Same message or another one under the same key? (design: duplicates) */
import { createHash } from 'node:crypto';
import type { Told } from './types.ts';

/** SHA-256, hex, of any JSON-like value whose order is already fixed. */
export function sha256(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex');
}

/** SHA-256 (hex) over the material fields, sorted by name: equal for cosmetic differences, else different. */
export function materialHash({ material }: Pick<Told, 'material'>): string {
  return sha256(Object.entries(material).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** What is remembered of a copy with other material content: which message, and which content. */
export function conflictName(told: Pick<Told, 'key' | 'material'>): string {
  return `${told.key}#${materialHash(told).slice(0, 16)}`;
}
