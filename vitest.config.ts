import { defineConfig } from 'vitest/config';

/** unit: pure and fast · integration: real DynamoDB engines and SQS, in process · e2e: the whole local stack. */
export default defineConfig({
  test: {
    // All cores: the default leaves one out, which is half of two.
    maxWorkers: '100%',
    projects: [
      {
        test: {
          name: 'unit',
          sequence: { groupOrder: 1 },
          // Files share the modules they import, which takes two thirds off their time; so no test may mock a module.
          isolate: false,
          // CDK takes six seconds to load its CloudFormation rules; template-schema.test.ts checks them.
          env: { CDK_VALIDATION: 'false' },
          include: ['test/**/*.test.ts'],
          exclude: ['test/**/*.integration.test.ts', 'test/**/*.e2e.test.ts'],
          // A busy computer must not decide a test: the limits only end what hangs.
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
      {
        test: {
          name: 'integration',
          sequence: { groupOrder: 2 },
          include: ['test/**/*.integration.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
      {
        test: {
          name: 'e2e',
          // A stack is a dozen processes, and each file has folders and ports of its own: two at a time, after the rest.
          sequence: { groupOrder: 3 },
          // The files of a worker share the modules they import: CDK is loaded twice and not in every file.
          isolate: false,
          include: ['test/**/*.e2e.test.ts'],
          testTimeout: 600_000,
          hookTimeout: 600_000,
          maxWorkers: 2,
        },
      },
    ],
  },
});
