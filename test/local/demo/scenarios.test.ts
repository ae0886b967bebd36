/** `trigger` has a scenario for every type in the tables of the providers and on their protocol pages. */
import { readFileSync } from 'node:fs';
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

/** One section of a protocol page. */
function section(page: string, heading: string): string {
  const text = readFileSync(new URL(`../../../docs/protocols/${page}.md`, import.meta.url), 'utf8');
  const [, found = ''] = text.split(`\n${heading}\n`);
  return found.split(/\n##+ /)[0] ?? '';
}

const missing = (documented: readonly string[], sent: ReadonlySet<string>): readonly string[] =>
  documented.filter((name) => !sent.has(name));

describe('the types on a protocol page', () => {
  it('every type of Paymentwall on its protocol page has a scenario', () => {
    const types = [...section('paymentwall-parameters', '## Types').matchAll(/^\| (\d+) \|/gm)].map(
      ([, type]) => String(type),
    );
    expect(types.length).toBeGreaterThan(10);
    expect(missing(types, sentBy('paymentwall', 'type'))).toEqual([]);
  });

  it('every method of Trustly Europe on its protocol page has a scenario', () => {
    const [named = ''] = section('trustly-europe', '## Methods').trim().split('\n\n');
    const methods = [...named.matchAll(/`([a-z]+)`/g)].map(([, method]) => String(method));
    expect(methods.length).toBeGreaterThan(8);
    expect(missing(methods, sentBy('trustly-europe', 'method'))).toEqual([]);
  });

  it('every event of Trustly Americas that its protocol page names in full has a scenario', () => {
    // The doubtful names after "Two pages name" (Debited, Credit, Success) have no event page of the provider.
    const [named = ''] = section('trustly-americas-values', '### Event names').split('Two pages name');
    const names = ['Complete', 'Fail', 'Cancel', 'Cancelled', 'Expire'].filter((name) =>
      named.includes(name),
    );
    expect(names).toHaveLength(5);
    expect(missing(names, sentBy('trustly-americas', 'eventType'))).toEqual([]);
  });
});

describe('the scenario files', () => {
  it.each([
    ['trustly-americas', 'eventType', Object.keys(AMERICAS_EVENTS)],
    ['trustly-europe', 'method', Object.keys(METHODS)],
    ['paymentwall', 'type', Object.keys(TYPES)],
  ])(
    'the scenarios of %s send every %s of the provider’s tables, and no unknown value',
    (provider, field, all) => {
      expect([...sentBy(provider, field)].sort()).toEqual([...all].sort());
    },
  );

  it('no scenario leaves a placeholder such as {id} open', () => {
    const blanks = { id: '1', order: 'o', notification: '2', now: 0 };
    for (const { provider, send } of scenarios) {
      for (const fields of send)
        expect(JSON.stringify(filled(provider, fields, {}, blanks))).not.toMatch(/\{\w+\}/);
    }
  });

  it('a scenario accepts other values for its fields', () => {
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
