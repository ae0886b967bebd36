import { defineConfig } from 'vitest/config';
import { GENERATED } from './groups.ts';

/**
 * The tests that mutation testing may run: unit tests with examples. Each group selects from these tests (groups.ts).
 */
export default defineConfig({
  test: {
    include: ['test/payment/**/*.test.ts', 'test/providers/**/*.test.ts', 'test/app/**/*.test.ts'],
    exclude: [...GENERATED, 'test/**/*.integration.test.ts', 'test/**/*.e2e.test.ts'],
    // A process of its own tests each change. Its test files share their modules, which saves most of the time.
    isolate: false,
    testTimeout: 60_000,
  },
});
