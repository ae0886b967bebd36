/** Every type in the tables of the providers can be triggered. */
import { describe, expect, it } from 'vitest';
import { filled, scenarios } from '../../../local/demo/scenarios/scenarios.ts';
import { TYPES } from '../../../shared/providers/paymentwall/tables.ts';
import { AMERICAS_EVENTS } from '../../../shared/providers/trustly-americas/tables.ts';
import { METHODS } from '../../../shared/providers/trustly-europe/fields.ts';

const sentBy = (provider: string, field: string) =>
  new Set(
    scenarios.flatMap((scenario) =>
      scenario.provider === provider ? scenario.send.map((fields) => String(fields[field])) : [],
    ),
  );

describe('the scenario files', () => {
  it.each([
    ['trustly-americas', 'eventType', Object.keys(AMERICAS_EVENTS)],
    ['trustly-europe', 'method', Object.keys(METHODS)],
    ['paymentwall', 'type', Object.keys(TYPES)],
  ])('of %s send every %s there is, and no other', (provider, field, all) => {
    expect([...sentBy(provider, field)].sort()).toEqual([...all].sort());
  });

  it('leave no blank open', () => {
    const blanks = { id: '1', order: 'o', notification: '2', now: 0 };
    for (const { provider, send } of scenarios) {
      for (const fields of send)
        expect(JSON.stringify(filled(provider, fields, {}, blanks))).not.toMatch(/\{\w+\}/);
    }
  });

  it('take other fields', () => {
    const [credit] = scenarios.find(({ name }) => name === 'trustly-europe/credit')?.send ?? [];
    const sent = filled(
      'trustly-europe',
      credit ?? {},
      { amount: '12.00' },
      { id: '1', order: 'my-42', notification: '2', now: 0 },
    );
    expect(sent).toMatchObject({ data: { amount: '12.00', messageid: 'my-42', orderid: '1' } });
  });
});
