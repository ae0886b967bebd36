/** Invokes scheduled functions: "rate(…)" by the clock of this computer. "cron(…)" is reported and not run. */

import type { ScheduleSpec } from '../template/template.ts';
import type { InvocationResult } from './lambda/environment.ts';

export interface Scheduler {
  /** Runs every schedule of a function now, for tests and for people who do not want to wait. */
  runNow(functionName: string): Promise<readonly InvocationResult[]>;
  stop(): void;
}

export interface SchedulerOptions {
  invoke(functionName: string, event: unknown): Promise<InvocationResult>;
  onError(functionName: string, reason: string): void;
  /** Called with a schedule that is not run here. */
  onSkipped(name: string, expression: string): void;
}

const UNIT_MS: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/** Milliseconds of "rate(5 minutes)"; undefined for anything else. */
export function rateMs(expression: string): number | undefined {
  const match = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression);
  const unit = UNIT_MS[match?.[2] ?? ''];
  return match === null || unit === undefined ? undefined : Number(match[1]) * unit;
}

/** Node fires a timer with a longer interval at once. */
const MAX_INTERVAL_MS = 2 ** 31 - 1;

export function startScheduler(schedules: readonly ScheduleSpec[], options: SchedulerOptions): Scheduler {
  const run = async (schedule: ScheduleSpec): Promise<InvocationResult> => {
    const result = await options.invoke(schedule.functionName, schedule.input);
    if (!result.ok) options.onError(schedule.functionName, result.error.errorMessage);
    return result;
  };
  const timers: NodeJS.Timeout[] = [];
  for (const schedule of schedules.filter(({ enabled }) => enabled)) {
    const interval = rateMs(schedule.expression);
    if (interval === undefined) options.onSkipped(schedule.name, schedule.expression);
    else timers.push(setInterval(() => void run(schedule), Math.min(interval, MAX_INTERVAL_MS)));
  }
  return {
    runNow: (functionName) =>
      Promise.all(schedules.filter((schedule) => schedule.functionName === functionName).map(run)),
    stop: () => {
      for (const timer of timers) clearInterval(timer);
    },
  };
}
