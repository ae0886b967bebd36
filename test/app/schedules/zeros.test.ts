/** The sweeper publishes zeros, so that the metrics of alarms exist from the start (test/infra/alarms.test.ts). */
import { expect, it } from 'vitest';
import { parseConfig } from '../../../infra/config.ts';
import { createMetrics } from '../../../shared/app/platform/metrics.ts';
import { publishZeros } from '../../../shared/app/schedules/zeros.ts';
import { smallest } from '../../infra/support.ts';

it('publishZeros publishes a zero per account for metrics in alarms, and none for ReconciliationChecked', () => {
  const lines: string[] = [];
  const metrics = createMetrics({
    ...{ namespace: 'Payhooks', service: 'payhooks-sandbox', clock: () => 0 },
    sink: (line) => lines.push(line),
  });
  const { accounts } = parseConfig(smallest);
  publishZeros({ accounts, clock: () => 60_000, metrics });
  const published = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(new Set(published.map(({ correlationId }) => correlationId))).toEqual(new Set(['sweep-60000']));
  for (const { provider, account } of accounts)
    expect(published).toContainEqual(
      expect.objectContaining({ provider, account, Accepted: 0, BadSignatures: 0, Refused: 0 }),
    );
  expect(published).toContainEqual(expect.objectContaining({ Settled: 0 }));
  expect(lines.join()).not.toContain('ReconciliationChecked');
});
