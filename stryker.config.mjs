/**
 * What `npm run mutate` (test/mutation/cli.ts) tells Stryker for every group; the groups, their tests and the least scores
 * are in test/mutation/groups.ts.
 *
 * No TypeScript checker: types are stripped, so a mutant that would not compile counts like any other.
 */
export default {
  testRunner: 'vitest',
  vitest: { configFile: 'test/mutation/vitest.config.ts', related: false },
  plugins: ['@stryker-mutator/vitest-runner'],
  // Stryker rewrites the paths in tsconfig.json with an API that TypeScript 7 no longer has; there is no such file, so it leaves it.
  tsconfigFile: 'none',
  coverageAnalysis: 'perTest',
  ignoreStatic: true,
  timeoutMS: 20_000,
  tempDirName: 'reports/stryker-tmp',
  incremental: true,
  reporters: ['clear-text', 'progress', 'json'],
  clearTextReporter: { allowColor: false, reportTests: false, reportScoreTable: false },
  thresholds: { high: 95, low: 90, break: null },
};
