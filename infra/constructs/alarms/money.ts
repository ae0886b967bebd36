/** Alarms about payments and effects: paid orders that wait, and accepted notifications that are missing. */
import type { MathExpression } from 'aws-cdk-lib/aws-cloudwatch';
import { math, type OwnMetrics } from '../metrics.ts';
import { type AlarmSpec, DAY_SECONDS, HOUR } from './spec.ts';

export function paymentAlarms(own: OwnMetrics): AlarmSpec[] {
  const quarantined = math('quarantined', 'FILL(kept, 0) + FILL(beyond, 0)', {
    kept: own.of('Quarantined'),
    beyond: own.of('QuarantineOverflow'),
  });
  return [
    {
      name: 'held-payments',
      severity: 'ticket',
      says: 'A payment is held for more than a day: somebody paid and got nothing.',
      metric: own.of('OldestHeldAge', { statistic: 'Maximum' }),
      threshold: DAY_SECONDS,
      // Measured every minute; sweeper-silent rings when it is not.
      missingData: 'unchanged',
    },
    {
      name: 'stuck-payments',
      severity: 'ticket',
      says: 'A payment that is not settled did not change for longer than its status may take.',
      metric: own.of('PaymentsStuck', { statistic: 'Maximum' }),
      missingData: 'unchanged',
    },
    {
      name: 'conflicting-duplicates',
      severity: 'ticket',
      says: 'The same notification id came with other content: the payment is held until somebody has looked.',
      metric: own.of('ConflictingDuplicates'),
      endsByItself: true,
    },
    {
      name: 'quarantine',
      severity: 'ticket',
      says: 'An authentic notification could not be read safely: it is quarantined, and it moved no money.',
      metric: quarantined,
      endsByItself: true,
    },
    {
      name: 'parked',
      severity: 'ticket',
      says: 'A queue message can never succeed: it is parked with its reason.',
      metric: own.of('Parked'),
      endsByItself: true,
    },
  ];
}

export function deliveryAlarms(own: OwnMetrics): AlarmSpec[] {
  return [
    {
      name: 'fulfilment-failures',
      severity: 'page',
      says: 'Gave up delivering an effect to the merchant: after 49 hours of attempts, or because the endpoint said it is gone.',
      metric: own.of('EffectsFailed'),
      endsByItself: true,
    },
    {
      name: 'stuck-effects',
      severity: 'page',
      says: 'An event that was due an hour ago is still not delivered to the merchant.',
      metric: own.of('OldestEffectAge', { statistic: 'Maximum' }),
      threshold: HOUR.toSeconds(),
      periods: 3,
      missingData: 'unchanged',
    },
  ];
}

/**
 * Accepted minus settled, both stamped with the time of the request, so that each hour balances by itself. An hour is
 * judged when a whole hour has passed after it (`x - DIFF(x)` is the value before): by then a message in flight has
 * been tried twenty times, and CloudWatch has read both logs. A message is counted as settled at least once, so only
 * missing messages make it ring; a message that was delivered twice may hide one that is lost in the same hour.
 */
export function imbalance(own: OwnMetrics): {
  readonly unsettled: MathExpression;
  readonly judged: MathExpression;
} {
  const hourly = { period: HOUR };
  const unsettled = math(
    'accepted - settled',
    'FILL(accepted, 0) - FILL(settled, 0)',
    { accepted: own.of('Accepted', hourly), settled: own.of('Settled', hourly) },
    HOUR,
  );
  const before = math('the hour before', 'unsettled - DIFF(unsettled)', { unsettled }, HOUR);
  const label = 'accepted, never settled (two hours before)';
  const judged = math(label, 'before - DIFF(before)', { before }, HOUR);
  return { unsettled, judged };
}

export function conservationAlarms(own: OwnMetrics): AlarmSpec[] {
  return [
    {
      name: 'conservation',
      severity: 'page',
      says: 'More was accepted than was applied, absorbed, parked or quarantined: something is missing for more than an hour.',
      metric: imbalance(own).judged,
      // Rings until what was missing has been settled, at most a day.
      periods: 24,
      datapoints: 1,
    },
  ];
}
