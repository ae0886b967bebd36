import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EVENT_TYPES, HOLD_REASONS, STATUSES } from '../../shared/payment/index.ts';

const read = (name: string): string =>
  readFileSync(join(import.meta.dirname, `../../docs/${name}.md`), 'utf8');
const page = ['payment-core', 'orders', 'holds', 'effects'].map(read).join('\n');

describe('docs/payment-core.md and its parts', () => {
  it.each([...STATUSES, ...HOLD_REASONS, ...Object.keys(EVENT_TYPES)])('names `%s`', (word) => {
    expect(page).toContain(`\`${word}\``);
  });
});

describe('docs/runbooks/held-payments.md', () => {
  const runbook = read('runbooks/held-payments');
  it.each(HOLD_REASONS)('says what to do about `%s`', (word) => {
    expect(runbook).toContain(`\`${word}\``);
  });
});
