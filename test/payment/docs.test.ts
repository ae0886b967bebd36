import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EVENT_TYPES, HOLD_REASONS, STATUSES } from '../../shared/payment/index.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/payment-core.md'), 'utf8');

describe('docs/payment-core.md', () => {
  it.each([...STATUSES, ...HOLD_REASONS, ...Object.keys(EVENT_TYPES)])('names `%s`', (word) => {
    expect(page).toContain(`\`${word}\``);
  });
});
