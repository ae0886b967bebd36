/** The numbers in the documents. Other tests use the constants. */
import { describe, expect, it } from 'vitest';
import { RECOVERY_MS } from '../../shared/app/http/withdrawal-kyc-answers.ts';
import { CHARGEBACK_WINDOW_DAYS } from '../../shared/app/schedules/reconcile.ts';
import { MAX_QUARANTINED_PER_MONTH } from '../../shared/app/transition/quarantine.ts';

describe('documented numbers', () => {
  it('RECOVERY_MS is 5 minutes, CHARGEBACK_WINDOW_DAYS 120 and MAX_QUARANTINED_PER_MONTH 10,000', () => {
    expect(RECOVERY_MS).toBe(5 * 60_000);
    expect(CHARGEBACK_WINDOW_DAYS).toBe(120);
    expect(MAX_QUARANTINED_PER_MONTH).toBe(10_000);
  });
});
