/**
 * A metric that was never published does not exist for CloudWatch, and an alarm whose expression uses it has no data:
 * the first loss, or the first wrong key of an account, would raise no alarm. Each run of the sweeper therefore
 * publishes a zero of every metric that an alarm compares with another one or adds up.
 */
import type { Account } from '../../providers/index.ts';
import type { Dimensions, MetricName, Metrics } from '../platform/metrics.ts';
import type { Clock } from '../ports.ts';

export interface ZerosDeps {
  readonly accounts: readonly Account[];
  readonly clock: Clock;
  readonly metrics: Metrics;
}

interface Zeros {
  readonly values: Partial<Record<MetricName, 0>>;
  readonly dimensions: Dimensions;
}

export const zerosOf = (accounts: readonly Pick<Account, 'provider' | 'account'>[]): readonly Zeros[] => [
  { values: { Settled: 0, EffectsTried: 0, EffectsLate: 0 }, dimensions: {} },
  ...(['unknown_account', 'unknown_path'] as const).map((reason) => ({
    values: { Refused: 0 } as const,
    dimensions: { reason },
  })),
  ...accounts.map(({ provider, account }) => ({
    values: {
      ...({ Accepted: 0, BadSignatures: 0, Refused: 0, Quarantined: 0, QuarantineOverflow: 0 } as const),
      ...({ ProviderAnswers: 0, ProviderFailures: 0 } as const),
    },
    dimensions: { provider, account },
  })),
];

export function publishZeros({ accounts, clock, metrics }: ZerosDeps): void {
  const correlationId = `sweep-${clock()}`;
  for (const { values, dimensions } of zerosOf(accounts)) metrics.emit(values, dimensions, { correlationId });
}
