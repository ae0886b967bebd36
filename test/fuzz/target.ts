/** What the fuzzer needs to know about a provider: whose messages, under which keys, and what counts as equal. */

import type { NormalizedEvent } from '../../shared/payment/types.ts';
import type { Account, RegisteredProvider } from '../../shared/providers/index.ts';
import type { Message } from './wire.ts';

interface Hostile {
  readonly message: Message;
  /**
   * The one other reading of the same signed text that nobody can tell from a genuine message, since a genuine one
   * that says so would look exactly like it. None: no reading is accepted.
   */
  readonly spelled?: Message;
}

export interface Target {
  readonly provider: RegisteredProvider;
  readonly accounts: readonly Account[];
  /** By account name: the secret as it would lie in the store. */
  readonly secrets: Readonly<Record<string, unknown>>;
  /** Genuine messages: published vectors and own ones, each accepted as it is. */
  readonly corpus: readonly Message[];
  /** Genuine, too, but their texts spell out fields: set aside as they are. */
  readonly hostile: readonly Hostile[];
  /** Signs any content for an account, for generators. */
  sign(content: string, account: Account): Message | undefined;
  /** A second opinion, written apart from shared/: does the message carry a genuine signature of its account? */
  isSigned(message: Message, account: Account): boolean;
  /**
   * Two readings of one signed text that no signature can tell apart, and that the docs name as open
   * (docs/signatures.md): its name there. Undefined: a difference that must not be.
   */
  openClass(genuine: NormalizedEvent, accepted: NormalizedEvent): string | undefined;
}

/** What of a NormalizedEvent must be equal: all of it, whatever the order of its members. */
export const meaningOf = (normalized: NormalizedEvent): string => JSON.stringify(sorted(normalized));

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, each]) => [key, sorted(each)]),
  );
}

const NESTED = new Set(['material', 'formerMaterial', 'details']);

/**
 * The names of the members in which two normalized events differ, one level below material and details too. What an
 * earlier version kept of the material (formerMaterial) says the same in another spelling: it differs under one name.
 */
export function differences(a: NormalizedEvent, b: NormalizedEvent): string[] {
  const flat = (normalized: NormalizedEvent): Map<string, string> =>
    new Map(
      Object.entries(normalized).flatMap(([name, value]) =>
        NESTED.has(name)
          ? Object.entries(value as object).map(([key, each]) => [
              `${name}.${key}`,
              JSON.stringify(sorted(each)),
            ])
          : [[name, JSON.stringify(sorted(value))]],
      ) as [string, string][],
    );
  const [left, right] = [flat(a), flat(b)];
  const names = [...left.keys(), ...right.keys()]
    .filter((name) => left.get(name) !== right.get(name))
    .map((name) => name.replace(/^formerMaterial\./, 'material.'));
  return [...new Set(names)].sort();
}
