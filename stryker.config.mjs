/**
 * `npm run mutate`: small changes to the payment core, each of which some unit test must notice. Options narrow it:
 * `npm run mutate -- --mutate shared/providers/paymentwall/facts.ts`.
 *
 * No TypeScript checker: types are stripped, so a mutant that would not compile counts like any other.
 */
export default {
  testRunner: 'vitest',
  vitest: { configFile: 'test/mutation/vitest.config.ts' },
  plugins: ['@stryker-mutator/vitest-runner'],
  mutate: ['shared/payment/**/*.ts', 'shared/providers/**/*.ts'],
  // Stryker rewrites the paths in tsconfig.json with an API that TypeScript 7 no longer has; there is no such file, so it leaves it.
  tsconfigFile: 'none',
  coverageAnalysis: 'perTest',
  ignoreStatic: true,
  concurrency: 2,
  timeoutMS: 20_000,
  tempDirName: 'reports/stryker-tmp',
  incremental: true,
  incrementalFile: 'reports/mutation/incremental.json',
  reporters: ['clear-text', 'progress', 'json'],
  jsonReporter: { fileName: 'reports/mutation/mutation.json' },
  clearTextReporter: { allowColor: false, reportTests: false, reportScoreTable: true },
  thresholds: { high: 95, low: 90, break: null },
};
