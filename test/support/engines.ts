/** The DynamoDB engines of the integration tests. The title of a skipped test names the missing engine. */
import { describe } from 'vitest';
import {
  ENGINES,
  type Engine,
  type EngineName,
  startNamed,
  whyMissing,
} from '../../local/aws/engines/dynamodb.ts';

/** In CI (`.ci/run`) a missing engine is a failure. Elsewhere its tests are skipped, and the title says why. */
const required = process.env.PAYHOOKS_REQUIRE_ENGINES === '1';

/** Why tests on this engine are skipped; undefined when they run, or when a missing engine must fail them. */
export const whySkipped = (engine: EngineName): string | undefined =>
  required ? undefined : whyMissing(engine);

/**
 * Runs `body` once per engine, in a describe block named after it.
 *
 * @example
 * describeOnEngines('dynamoStore', (start) => {
 *   beforeAll(async () => { engine = await start(); });
 * });
 */
export function describeOnEngines(name: string, body: (start: () => Promise<Engine>) => void): void {
  for (const engine of ENGINES) {
    const start = () => startNamed(engine);
    const skipped = whySkipped(engine);
    if (skipped !== undefined) {
      describe.skip(`${name} on ${engine} (skipped: ${skipped})`, () => body(start));
    } else {
      describe(`${name} on ${engine}`, () => body(start));
    }
  }
}
