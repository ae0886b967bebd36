import type { Clock } from '../ports.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';

/** Log and metrics of a function, and the clock for their time stamps. */
export interface Telemetry {
  readonly log: Log;
  readonly metrics: Metrics;
  readonly clock: Clock;
}
