import { config } from '../../app/platform/config.ts';
import { createLog } from '../../app/platform/log.ts';
import { createMetrics } from '../../app/platform/metrics.ts';
import type { Telemetry } from '../../app/platform/telemetry.ts';
import type { Clock } from '../../app/ports.ts';

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
  ({ log, metrics }: Pick<Telemetry, 'log' | 'metrics'>) =>
  (sentence: string, error: unknown): void => {
    log.error('secret problem', { sentence, error });
    metrics.emit({ SecretFailures: 1 });
  };
