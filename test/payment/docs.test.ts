import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { HOLD_EXPLAINED } from '../../shared/payment/explained.ts';
import { EVENT_TYPES, HOLD_REASONS, STATUSES } from '../../shared/payment/index.ts';

const read = (name: string): string =>
  readFileSync(join(import.meta.dirname, `../../docs/${name}.md`), 'utf8');
const page = ['payment-core', 'orders', 'holds', 'effects'].map(read).join('\n');

describe('docs/payment-core.md and its parts', () => {
  it.each([...STATUSES, ...HOLD_REASONS, ...Object.keys(EVENT_TYPES)])(
    'docs/payment-core.md, orders.md, holds.md or effects.md names `%s`',
    (word) => {
      expect(page).toContain(`\`${word}\``);
    },
  );
});

describe('docs/runbooks/held-payments.md', () => {
  const runbook = read('runbooks/held-payments');
  const rows = runbook.split('\n').map((line) => line.split('|').map((cell) => cell.trim()));
  it.each(HOLD_REASONS)(
    'the runbook held-payments.md advises about `%s` as `holds list` and the console do',
    (word) => {
      const { advised, why } = HOLD_EXPLAINED[word];
      expect(rows.find(([, reason]) => reason === `\`${word}\``)?.slice(2, 4)).toEqual([advised, why]);
    },
  );
});
