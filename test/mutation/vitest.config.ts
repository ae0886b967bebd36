import { defineConfig } from 'vitest/config';

/**
 * What mutation testing runs: the unit tests of the core and the providers, not those that only use them. Generated
 * histories and fuzzing are left out: thousands of runs for every mutant would take a day and hide missing examples.
 */
export default defineConfig({
  test: {
    include: [
      'test/payment/**/*.test.ts',
      'test/providers/**/*.test.ts',
      // Examples of the core with the real providers' tables.
      'test/app/histories.test.ts',
    ],
    exclude: ['test/**/properties.test.ts', 'test/**/fuzz.test.ts', 'test/**/*.integration.test.ts'],
    testTimeout: 60_000,
  },
});
