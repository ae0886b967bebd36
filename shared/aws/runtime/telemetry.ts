import { config } from '../../app/platform/config.ts';
import { createLog, type Log } from '../../app/platform/log.ts';
import { createMetrics, type Metrics } from '../../app/platform/metrics.ts';
import type { Clock } from '../../app/ports.ts';

/** Log and metrics of this function, and the clock for their time stamps. */
export interface Telemetry {
  readonly log: Log;
  readonly metrics: Metrics;
  readonly clock: Clock;
}

/**
 * Without a library, because of intake's size; the other functions log through Powertools
 * (docs/decisions/006-logger.md).
 */
export function telemetry(): Telemetry {
  const clock: Clock = Date.now;
  const { service, functionName, metricsNamespace: namespace } = config;
  return {
    clock,
    log: createLog({ service, functionName, clock }),
    metrics: createMetrics({ namespace, service, clock }),
  };
}

/** Reports a secret that cannot be read or used to the operator. The sentence names the secret, never a value. */
export const secretProblem =
  ({ log, metrics }: { readonly log: Log; readonly metrics: Metrics }) =>
  (sentence: string, error: unknown): void => {
    log.error('secret problem', { sentence, error });
    metrics.emit({ SecretFailures: 1 });
  };
