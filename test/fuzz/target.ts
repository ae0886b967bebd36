/** The fuzzer's view of a provider: genuine messages, keys, and the allowed differences between readings. */

import type { NormalizedEvent } from '../../shared/payment/types.ts';
import type { Account, RegisteredProvider } from '../../shared/providers/index.ts';
import type { Message } from './wire.ts';

interface Hostile {
  readonly message: Message;
  /**
   * A genuine message with the same signed text but another reading: no receiver can distinguish the two. Absent: no
   * reading is accepted.
   */
  readonly spelled?: Message;
}

export interface Target {
  readonly provider: RegisteredProvider;
  readonly accounts: readonly Account[];
  /** By account name: the secret as in the secret store. */
  readonly secrets: Readonly<Record<string, unknown>>;
  /** Genuine messages (published vectors and our own): each is accepted without an alteration. */
  readonly corpus: readonly Message[];
  /** Genuine messages whose texts spell out fields: they are quarantined. */
  readonly hostile: readonly Hostile[];
  /** Signs any content for an account, for generators. */
  sign(content: string, account: Account): Message | undefined;
  /** A second implementation without shared/: whether the message has a genuine signature of its account. */
  isSigned(message: Message, account: Account): boolean;
  /**
   * The name of the open class (docs/signatures.md) if no signature can distinguish the two readings. Undefined: the
   * difference is a finding.
   */
  openClass(genuine: NormalizedEvent, accepted: NormalizedEvent): string | undefined;
}

/** All members of a NormalizedEvent in a fixed order, for a comparison. */
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
 * The names of the members in which two normalized events differ, also of the members of `material` and `details`. A
 * difference in `formerMaterial` (the material fields in an earlier version's form) counts under the name in
 * `material`.
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
