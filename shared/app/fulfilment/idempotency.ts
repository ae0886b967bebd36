/**
 * Powertools Idempotency around a delivery. Its defaults are not suitable for money: records expire after an hour, the
 * key changes with the function's name, and a killed invocation blocks its key for ever unless the Lambda context is
 * registered (then only until that invocation would have ended).
 */
import {
  IdempotencyAlreadyInProgressError,
  IdempotencyConfig,
  makeIdempotent,
} from '@aws-lambda-powertools/idempotency';
import type { BasePersistenceLayer } from '@aws-lambda-powertools/idempotency/persistence';
import type { Context } from 'aws-lambda';

const KEY_PREFIX = 'payhooks-effect';
/** Synth refuses a smaller number: the queue and its dead-letter queue keep a message for fourteen days each. */
const DEFAULT_DAYS = 90;

/** Runs the work at most once per id, if it succeeds. @throws StillRunningError, or the error of the work */
export type Once = (id: string, work: () => Promise<void>) => Promise<void>;

/** Another invocation is doing this work, or was killed and its time is not over yet. */
export class StillRunningError extends Error {
  override readonly name = 'StillRunningError';
}

/**
 * Creates `Once` for a given invocation context, whose remaining time limits how long a key is blocked.
 * @param days for how many days a delivery is remembered
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
