import { defineConfig } from 'vitest/config';

/** What mutation testing runs: the unit tests of the core and the providers, not those that only use them. */
export default defineConfig({
  test: { include: ['test/payment/**/*.test.ts', 'test/providers/**/*.test.ts'] },
});
