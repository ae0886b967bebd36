/**
 * The files that mutation testing changes, the tests that must notice the changes, and the least share of noticed
 * changes.
 */

import { matchesGlob } from 'node:path';

export interface Group {
  /** Globs of the files that are changed. */
  readonly mutate: readonly string[];
  /** Globs of the unit tests that must notice. Tests of other modules do not count, even if they run this code. */
  readonly tests: readonly string[];
  /** The least score in percent; with a lower score the run fails. */
  readonly atLeast: number;
}

/** Tests of whole sequences of notifications through worker, core and provider. */
const SEQUENCE_TESTS = [
  'test/app/captures.test.ts',
  'test/app/forged-notifications.test.ts',
  'test/app/platform/worker.test.ts',
  'test/app/histories.test.ts',
  'test/app/kyc-evidence.test.ts',
  'test/app/refund-extent.test.ts',
  'test/app/refunds.test.ts',
  'test/app/returned-refunds.test.ts',
  'test/app/verified-again.test.ts',
];

export const groups: Readonly<Record<string, Group>> = {
  payment: {
    mutate: ['shared/payment/**/*.ts'],
    tests: [
      'test/payment/**/*.test.ts',
      'test/app/captures.test.ts',
      'test/app/histories.test.ts',
      'test/app/refund*.test.ts',
      'test/app/returned-refunds.test.ts',
      'test/app/transition/order-changes.test.ts',
    ],
    atLeast: 93,
  },
  providers: {
    mutate: ['shared/providers/**/*.ts'],
    tests: ['test/providers/**/*.test.ts'],
    atLeast: 94,
  },
  transition: {
    mutate: ['shared/app/transition/**/*.ts'],
    tests: [
      'test/app/transition/**/*.test.ts',
      'test/app/operator/waiting.test.ts',
      'test/app/table/marks.test.ts',
      ...SEQUENCE_TESTS,
    ],
    atLeast: 90,
  },
  fulfilment: {
    mutate: ['shared/app/fulfilment/**/*.ts'],
    tests: ['test/app/fulfilment/**/*.test.ts', 'test/app/platform/worker.test.ts'],
    atLeast: 90,
  },
  secrets: {
    mutate: ['shared/app/platform/secrets.ts'],
    tests: ['test/app/platform/secrets.test.ts'],
    atLeast: 90,
  },
  operator: {
    mutate: ['shared/app/operator/**/*.ts'],
    tests: ['test/app/operator/**/*.test.ts', 'test/app/refunds.test.ts'],
    atLeast: 90,
  },
  answers: {
    mutate: ['shared/app/table/stored-answer.ts'],
    tests: ['test/app/table/stored-answer.test.ts', 'test/app/verified-again.test.ts'],
    atLeast: 90,
  },
  intake: {
    mutate: ['shared/app/http/intake*.ts'],
    tests: ['test/app/http/intake*.test.ts'],
    atLeast: 90,
  },
};

/**
 * Generated sequences and fuzzing are left out: thousands of runs per change would take days, and would hide missing
 * examples.
 */
export const GENERATED = ['**/properties.test.ts', '**/*-properties.test.ts', '**/fuzz.test.ts'];

/** The group of a file: the first group with a matching glob. */
export function groupOf(file: string): string | undefined {
  const found = Object.entries(groups).find(([, { mutate }]) =>
    mutate.some((glob) => matchesGlob(file, glob)),
  );
  return found?.[0];
}
