/** What is in quarantine was answered OK and not applied: the runbook's first command must show it. */
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../infra/config.ts';
import type { Connection } from '../../local/payhooks/connect.ts';
import { examine } from '../../local/payhooks/doctor/finding.ts';
import { quarantine } from '../../local/payhooks/doctor/quarantine.ts';
import { quarantineCountKey } from '../../shared/aws/keys.ts';
import { countItem } from '../../shared/aws/rows.ts';
import { MemoryStore } from '../support/memory-store.ts';

const config = parseConfig({
  environment: 'sandbox',
  target: { type: 'eventbridge' },
  accounts: [
    { provider: 'trustly-americas', account: 'main' },
    { provider: 'trustly-europe', account: 'shop' },
  ],
});

async function found(now: string, counted: Readonly<Record<string, number>>) {
  const store = new MemoryStore();
  for (const [month, amount] of Object.entries(counted)) {
    const key = quarantineCountKey({ provider: 'trustly-europe', account: 'shop' }, month);
    await store.write([{ put: countItem(key, amount, `${month}-02T00:00:00.000Z`, 400), when: 'absent' }]);
  }
  const [finding] = await examine([quarantine], {
    connection: { config, store } as unknown as Connection,
    world: { now: () => Date.parse(now) } as never,
    quiet: true,
    url: undefined,
  });
  return finding;
}

describe('quarantine', () => {
  it('that is empty is well', async () => {
    expect(await found('2026-11-21T00:00:00Z', {})).toMatchObject({ verdict: 'ok' });
  });

  it.each([
    ['this month and the one before', '2026-11-21T00:00:00Z', { '2026-11': 2, '2026-10': 1 }],
    ['across the year, on the last of a month', '2026-01-31T23:59:59Z', { '2026-01': 2, '2025-12': 1 }],
  ])('is counted by account, %s', async (_, now, counted) => {
    const finding = await found(now, { ...counted, '2024-01': 9 });
    expect(finding).toMatchObject({ verdict: 'warn', next: 'docs/runbooks/quarantine.md' });
    expect(finding?.detail).toMatch(/^3 notifications kept aside since 20\d\d-\d\d: trustly-europe\/shop 3$/);
  });
});
