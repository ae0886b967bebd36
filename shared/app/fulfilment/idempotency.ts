/**
 * Powertools Idempotency around a delivery. Its defaults don't suit money: records expire after an hour, the
 * key changes with the function's name, and a killed invocation blocks its key for ever unless the Lambda
 * context is registered (then only until that invocation would have ended).
 */
import {
  IdempotencyAlreadyInProgressError,
  IdempotencyConfig,
  makeIdempotent,
} from '@aws-lambda-powertools/idempotency';
import type { BasePersistenceLayer } from '@aws-lambda-powertools/idempotency/persistence';
import type { Context } from 'aws-lambda';

const KEY_PREFIX = 'payhooks-effect';
/** Synth refuses less: queue and dead-letter queue keep a message fourteen days each. */
const DEFAULT_DAYS = 90;

/** Runs the work at most once per id, as long as it succeeds. @throws StillRunningError, or what the work threw */
export type Once = (id: string, work: () => Promise<void>) => Promise<void>;

/** Another invocation is at it, or was killed and its time isn't over yet. */
export class StillRunningError extends Error {
  override readonly name = 'StillRunningError';
}

/**
 * @param days how long a delivery is remembered
 * @returns given the context of this very invocation (its remaining time bounds how long a key is taken), `Once`
 */
export function onceWith(persistence: BasePersistenceLayer, days = DEFAULT_DAYS): (context: Context) => Once {
  const config = new IdempotencyConfig({
    eventKeyJmesPath: 'effect',
    throwOnNoIdempotencyKey: true,
    expiresAfterSeconds: days * 86_400,
    hashFunction: 'sha256',
  });
  const run = makeIdempotent(
    async (_key: { readonly effect: string }, work: () => Promise<void>) => {
      await work();
      return { done: true };
    },
    { persistenceStore: persistence, config, keyPrefix: KEY_PREFIX },
  );
  return (context) => {
    config.registerLambdaContext(context);
    return async (id, work) => {
      try {
        await run({ effect: id }, work);
      } catch (error) {
        if (error instanceof IdempotencyAlreadyInProgressError) {
          throw new StillRunningError('in progress', { cause: error });
        }
        throw error;
      }
    };
  };
}
