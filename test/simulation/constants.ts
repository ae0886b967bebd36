/** Times in milliseconds, and log and metrics that discard everything. */
import type { Log } from '../../shared/app/platform/log.ts';
import type { Metrics } from '../../shared/app/platform/metrics.ts';

export const START_MS = 1_700_000_000_000;
export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
/** Merchants and operators call the library themselves, and retry after this time. */
export const CALLER_TIMEOUT_MS = 60_000;

export const silentLog: Log = { info: () => {}, warn: () => {}, error: () => {} };
export const silentMetrics: Metrics = { emit: () => {} };
