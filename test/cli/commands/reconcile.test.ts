import { expect, it } from 'vitest';
import { reconciliationReport } from '../../../cli/commands/reconcile.ts';
import type { Connection } from '../../../cli/connect.ts';
import { render } from '../../../cli/output.ts';
import type { AccountReport, Reconciliation } from '../../../shared/app/schedules/reconcile.ts';

const account = (more: Partial<AccountReport>): AccountReport => ({
  ...{ provider: 'trustly-europe', account: 'shop', checked: 0, agreed: 0, mended: 0 },
  ...{ unexplained: [], askSupport: [], ...more },
});

const printed = (accounts: readonly AccountReport[]) => {
  const sums = { checked: 0, agreed: 0, mended: 0, unexplained: 0 };
  const times = { since: '2026-03-01T00:00:00.000Z', until: '2026-03-02T00:00:00.000Z' };
  const found = { ...sums, ...times, dryRun: true, accounts } as unknown as Reconciliation;
  const { lines, code } = reconciliationReport(found, { label: 'local' } as Connection);
  return { code, text: render(lines, false) };
};

it('reconcile names the account about which the support of its provider must be asked', () => {
  const { code, text } = printed([
    account({ askSupport: ['order order-9'] }),
    account({ account: 'demo', askSupport: ['order order-9'] }),
  ]);
  expect(text).toContain('ask the support of trustly-europe about account shop: order order-9');
  expect(text).toContain('ask the support of trustly-europe about account demo: order order-9');
  expect(text).toContain('Nothing was stored or queued.');
  expect(code).toBe(0);
});

it('reconcile fails when an account was not finished, and its note says why', () => {
  const { code, text } = printed([account({ incomplete: 'time' })]);
  expect(text).toContain('not finished: time');
  expect(code).toBe(1);
});
