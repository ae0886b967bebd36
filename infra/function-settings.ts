/** Settings of a function that an operator may change: memory, timeout, concurrency. functions.ts has the defaults. */
import * as v from 'valibot';
import { wholeNumber } from '../shared/providers/config-fields.ts';
import { keys } from '../shared/providers/config-keys.ts';
import { FUNCTIONS, type FunctionName, type FunctionSpec } from './functions.ts';

/** A function's key in the settings. All intakes share one, since any provider may send as much as another. */
export type FunctionKind = 'intake' | Exclude<FunctionName, `intake-${string}`>;

export const kindOf = (name: FunctionName): FunctionKind =>
  name.startsWith('intake-') ? 'intake' : (name as FunctionKind);

/** Lambda's maximum. A new AWS account has a lower one, which AWS raises on request. */
const MAX_MEMORY_MB = 10_240;
const MIN_MEMORY_MB = 256;
/** With less memory a cold start takes longer than a provider waits. */
const MIN_INTAKE_MEMORY_MB = 512;

const defaultsOf = (kind: FunctionKind): FunctionSpec =>
  FUNCTIONS[kind === 'intake' ? 'intake-paymentwall' : kind];

const memoryOf = (kind: FunctionKind) => {
  const minimum = kind === 'intake' ? MIN_INTAKE_MEMORY_MB : MIN_MEMORY_MB;
  const why = 'MB; CPU grows with it, a new AWS account may have a quota of 3,008';
  return v.optional(wholeNumber(minimum, MAX_MEMORY_MB, why), defaultsOf(kind).memoryMb);
};

const timeoutOf = (kind: FunctionKind, minimum: number, maximum: number, why: string) =>
  v.optional(wholeNumber(minimum, maximum, `seconds; ${why}`), defaultsOf(kind).timeoutSeconds);

const ANSWERS = 'the gateway waits at most 30';
const EACH_MINUTE = 'the next run begins after a minute';

/** A function of which memory and timeout alone can be set. */
const plain = (kind: FunctionKind, minimum: number, maximum: number, why: string) =>
  v.optional(keys({ memoryMb: memoryOf(kind), timeoutSeconds: timeoutOf(kind, minimum, maximum, why) }), {});

/**
 * Limits concurrency. The fulfilment worker's is lower, because it limits concurrent calls of the merchant's endpoint.
 */
export const MAX_CONCURRENCY = { 'transition-worker': 20, 'fulfilment-worker': 10 };

const worker = (kind: 'transition-worker' | 'fulfilment-worker') =>
  v.optional(
    keys({
      memoryMb: memoryOf(kind),
      timeoutSeconds: timeoutOf(kind, 30, 300, 'a queue hides a message six times as long'),
      maxConcurrency: v.optional(
        wholeNumber(2, 1_000, 'environments at a time; bounds the load on the table, or on your endpoint'),
        MAX_CONCURRENCY[kind],
      ),
    }),
    {},
  );

/** The key `functions` of the configuration. */
export const functionsSchema = keys({
  intake: v.optional(
    keys({
      memoryMb: memoryOf('intake'),
      timeoutSeconds: timeoutOf('intake', 3, 29, 'the gateway has answered after 2.9 in any case'),
      provisionedConcurrency: v.exactOptional(
        wholeNumber(1, 500, 'environments of each intake that are always warm; AWS charges them by the hour'),
      ),
    }),
    {},
  ),
  'transition-worker': worker('transition-worker'),
  'fulfilment-worker': worker('fulfilment-worker'),
  sweeper: plain('sweeper', 30, 59, EACH_MINUTE),
  checkout: plain('checkout', 3, 29, ANSWERS),
  redirect: plain('redirect', 3, 29, ANSWERS),
  confirmer: plain('confirmer', 30, 59, EACH_MINUTE),
  reconciler: plain('reconciler', 300, 900, 'Lambda runs nothing longer'),
  probe: plain('probe', 60, 299, 'the next run begins after five minutes'),
});

export type FunctionSettings = v.InferOutput<typeof functionsSchema>;

/** Whether routes or queues call the function. Scheduled functions simply run the new version next time. */
const isCalled = (name: FunctionName): boolean =>
  name.startsWith('intake-') ||
  ['checkout', 'redirect', 'transition-worker', 'fulfilment-worker'].includes(name);

interface Aliased {
  readonly rollout: 'all-at-once' | 'canary';
  readonly functions: FunctionSettings;
}

/** Whether routes and queues call an alias of this function instead of the function itself. */
export const hasAlias = ({ rollout, functions }: Aliased, name: FunctionName): boolean =>
  (rollout === 'canary' && isCalled(name)) ||
  (kindOf(name) === 'intake' && functions.intake.provisionedConcurrency !== undefined);

/** The spec of a function with the settings of this configuration. */
export const specOf = (
  { functions }: { readonly functions: FunctionSettings },
  name: FunctionName,
): FunctionSpec => {
  const { memoryMb, timeoutSeconds } = functions[kindOf(name)];
  return { ...FUNCTIONS[name], memoryMb, timeoutSeconds };
};
