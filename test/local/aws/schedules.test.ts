import { describe, expect, it } from 'vitest';
import { rateMs, startScheduler } from '../../../local/aws/schedules.ts';

describe('schedules', () => {
  it.each([
    ['rate(1 minute)', 60_000],
    ['rate(5 minutes)', 300_000],
    ['rate(2 hours)', 7_200_000],
    ['rate(1 day)', 86_400_000],
    ['cron(0 12 * * ? *)', undefined],
  ])('the schedule %s runs every %s ms', (expression, interval) => expect(rateMs(expression)).toBe(interval));

  it('a schedule that is no rate is reported as skipped, and runs only on request', async () => {
    const skipped: string[] = [];
    const invoked: unknown[] = [];
    const scheduler = startScheduler(
      [
        {
          name: 'nightly',
          functionName: 'f',
          expression: 'cron(0 1 * * ? *)',
          input: { a: 1 },
          enabled: true,
        },
      ],
      {
        invoke: async (name, event) => {
          invoked.push([name, event]);
          return { ok: true, payload: 'null' };
        },
        onError: () => {},
        onSkipped: (name) => skipped.push(name),
      },
    );
    await scheduler.runNow('f');
    scheduler.stop();
    expect(skipped).toEqual(['nightly']);
    expect(invoked).toEqual([['f', { a: 1 }]]);
  });
});
