/** What mutation testing changes, which tests must notice it, and how many of the changes at least. */

import { matchesGlob } from 'node:path';

export interface Group {
  /** Globs of the files that are changed. */
  readonly mutate: readonly string[];
  /** Globs of the unit tests that have to notice. Tests of other modules, which only pass through, do not count. */
  readonly tests: readonly string[];
  /** The least score, in percent; below it the run fails. */
  readonly atLeast: number;
}

/** Tests that play a whole story through worker, core and provider. */
const STORIES = [
  'test/app/captures.test.ts',
  'test/app/forged-news.test.ts',
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
      ...STORIES,
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

/** Generated histories and fuzzing: thousands of runs for every mutant would take days and hide missing examples. */
export const GENERATED = ['**/properties.test.ts', '**/*-properties.test.ts', '**/fuzz.test.ts'];

/** The group that a file belongs to: the first whose globs fit. */
export function groupOf(file: string): string | undefined {
  const found = Object.entries(groups).find(([, { mutate }]) =>
    mutate.some((glob) => matchesGlob(file, glob)),
  );
  return found?.[0];
}
