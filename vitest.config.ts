import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** What waits begins first: files of integration tests start engines, files of end-to-end tests whole stacks. */
const PROJECTS = ['unit', 'integration', 'e2e'];

/**
 * The longest files. Vitest knows how long each took the last time; on a clean checkout it would begin with the largest
 * ones, and a small file of half a minute would be the last, while nothing else runs.
 */
const LONGEST = [
  'test/simulation/simulation.test.ts',
  'test/infra/template-schema.test.ts',
  'test/fuzz/fuzz.test.ts',
  'test/controls/controls.test.ts',
  'test/controls/noticed-1.test.ts',
  'test/controls/noticed-2.test.ts',
  'test/controls/noticed-3.test.ts',
  'test/controls/noticed-4.test.ts',
  'test/infra/large.test.ts',
  'test/infra/package.test.ts',
  'test/infra/identity.test.ts',
  'test/infra/bundles.test.ts',
  'test/docs/adding-a-provider.test.ts',
  'test/app/captures-properties.test.ts',
  'test/engines/workers.integration.test.ts',
  'test/engines/killed-stack.e2e.test.ts',
  'test/console/page.e2e.test.ts',
  'test/cli/certify/certify.e2e.test.ts',
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ project, moduleId }: TestSpecification): number => {
      const long = LONGEST.findIndex((path) => moduleId.endsWith(`/${path}`));
      return PROJECTS.indexOf(project.name) * 1_000 + (long === -1 ? LONGEST.length : long);
    };
    return (await super.sort(files)).sort((one, other) => place(one) - place(other));
  }
}

/** Integration and end-to-end tests often wait for processes: one file more than there are cores, and never a crowd. */
const BESIDE = Math.min(availableParallelism() + 1, 6);

/** unit: pure and fast · integration: real DynamoDB engines and SQS, in process · e2e: the whole local stack. */
export default defineConfig({
  test: {
    // All cores: the default leaves one out, which is half of two.
    maxWorkers: '100%',
    sequence: { sequencer: LongestFirst },
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
          // Beside the end-to-end tests: the longest file waits much, and would wait alone.
          sequence: { groupOrder: 2 },
          maxWorkers: BESIDE,
          include: ['test/**/*.integration.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
      {
        test: {
          name: 'e2e',
          // A stack is a dozen processes; each file has folders and ports of its own.
          sequence: { groupOrder: 2 },
          maxWorkers: BESIDE,
          // The files of a worker share the modules they import: CDK is loaded once a worker and not in every file.
          isolate: false,
          include: ['test/**/*.e2e.test.ts'],
          testTimeout: 600_000,
          hookTimeout: 600_000,
        },
      },
    ],
  },
});
