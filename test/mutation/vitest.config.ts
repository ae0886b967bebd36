import { defineConfig } from 'vitest/config';
import { GENERATED } from './groups.ts';

/** What mutation testing may run: unit tests with examples. Each group chooses among them (groups.ts). */
export default defineConfig({
  test: {
    include: ['test/payment/**/*.test.ts', 'test/providers/**/*.test.ts', 'test/app/**/*.test.ts'],
    exclude: [...GENERATED, 'test/**/*.integration.test.ts', 'test/**/*.e2e.test.ts'],
    // Every change is tried in a process of its own; within it the files share their modules, which spares most of the time.
    isolate: false,
    testTimeout: 60_000,
  },
});
