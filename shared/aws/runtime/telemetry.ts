import { config } from '../config.ts';
import { createLog, type Log } from '../log.ts';
import { createMetrics, type Metrics } from '../metrics.ts';
import type { Clock } from '../ports.ts';

/** Log and metrics of this function, and the clock that stamps them. */
export function telemetry(): { readonly log: Log; readonly metrics: Metrics; readonly clock: Clock } {
  const clock: Clock = Date.now;
  const { service, functionName, metricsNamespace: namespace } = config;
  return {
    clock,
    log: createLog({ service, functionName, clock }),
    metrics: createMetrics({ namespace, service, clock }),
  };
}
