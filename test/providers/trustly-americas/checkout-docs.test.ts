/** The fields, codes and pages that docs/checkout.md names exist. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import {
  AMERICAS_ERROR_CODES,
  AMERICAS_PROVIDER_CODES,
  AMERICAS_REASON_CODES,
} from '../../../shared/providers/trustly-americas/codes.ts';
import {
  PAYMENT_TYPES,
  SET_BY_CALLER,
  SET_BY_CHECKOUT,
} from '../../../shared/providers/trustly-americas/establish-data.ts';

const text = ['checkout', 'order-changes', 'redirects']
  .map((name) => readFileSync(join(import.meta.dirname, `../../../docs/${name}.md`), 'utf8'))
  .join('\n');
const messages = [AMERICAS_PROVIDER_CODES, AMERICAS_ERROR_CODES, AMERICAS_REASON_CODES]
  .flatMap((table) => Object.values(table))
  .flatMap(({ shopperMessage }) => shopperMessage ?? []);

it.each([
  ...SET_BY_CHECKOUT,
  ...SET_BY_CALLER,
  ...new Set(messages),
  'pending',
  'confirmed',
  'selection',
  'declined',
])('the documents of checkout name `%s`', (word) => {
  expect(text).toContain(`\`${word}\``);
});

it.each(PAYMENT_TYPES)('the documents of checkout name the payment type %s', (type) => {
  expect(text).toContain(type);
});
