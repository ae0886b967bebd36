import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EVENT_TYPES, HOLD_REASONS, STATUSES } from '../../shared/payment/index.ts';

const page = ['payment-core', 'orders', 'holds', 'effects']
  .map((name) => readFileSync(join(import.meta.dirname, `../../docs/${name}.md`), 'utf8'))
  .join('\n');

describe('docs/payment-core.md and its parts', () => {
  it.each([...STATUSES, ...HOLD_REASONS, ...Object.keys(EVENT_TYPES)])('names `%s`', (word) => {
    expect(page).toContain(`\`${word}\``);
  });
});
