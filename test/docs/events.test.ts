/**
 * The contract with the merchant: a schema for every type of event, an example that fits the schema, and only events
 * that fit it.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ANNOUNCED_TYPES } from '../../shared/payment/index.ts';
import type { MerchantEvent } from '../../shared/payment/types.ts';
import { TYPES } from '../../shared/providers/paymentwall/tables.ts';
import { CATALOGUE, eventSchema, type Schema } from '../../tools/docs/event-schema.ts';
import { Shop } from '../payment/shop.ts';
import { orders, policies, run, steps } from '../payment/walks.ts';
import { validate } from '../support/json-schema.ts';

const folder = join(import.meta.dirname, '../../docs/events');
const read = (name: string) => JSON.parse(readFileSync(join(folder, name), 'utf8'));
const schema: Schema = read('event.schema.json');
const examples: Readonly<Record<string, MerchantEvent>> = read('examples.json');
const definitions = schema.$defs as Readonly<Record<string, Schema>>;
const problems = (event: unknown, type: string) => validate(event, definitions[type] ?? {}, schema);

/** Paths of properties that the schema does not name. */
function unnamed(value: unknown, under: Schema, at = '$'): string[] {
  const followed =
    typeof under.$ref === 'string' ? definitions[under.$ref.slice('#/$defs/'.length)] : undefined;
  const shape = followed ?? under;
  if (Array.isArray(value))
    return value.flatMap((item) => unnamed(item, (shape.items ?? {}) as Schema, `${at}[]`));
  if (typeof value !== 'object' || value === null) return [];
  const named = (shape.properties ?? {}) as Readonly<Record<string, Schema>>;
  return Object.entries(value).flatMap(([name, inner]) =>
    named[name] === undefined ? [`${at}.${name}`] : unnamed(inner, named[name], `${at}.${name}`),
  );
}

describe('every type of event', () => {
  it('every type of event has one definition and one example, and the schema defines no further event', () => {
    const types = Object.keys(CATALOGUE).sort();
    expect(Object.keys(examples).sort()).toEqual(types);
    const shared = new Set(['event', 'money', 'alias', 'details']);
    expect(
      Object.keys(definitions)
        .filter((name) => !shared.has(name))
        .sort(),
    ).toEqual(types);
  });

  it.each(Object.keys(CATALOGUE))('the example of %s fits its own definition and no other', (type) => {
    const example = examples[type];
    expect(problems(example, type)).toEqual([]);
    expect(validate(example, schema)).toEqual([]);
    expect(unnamed(example, definitions.event ?? {})).toEqual([]);
    expect(example?.type).toBe(type);
  });

  it('every event that a pingback type of Paymentwall announces is in the catalogue', () => {
    const announced = Object.values(TYPES).flatMap(({ announces }) =>
      announces === undefined ? [] : [announces],
    );
    for (const type of announced) expect(ANNOUNCED_TYPES).toHaveProperty([type]);
  });
});

describe('the event schema', () => {
  const fulfil = examples.fulfil as MerchantEvent;
  const { status: _, ...withoutStatus } = fulfil;
  const bad: readonly [string, unknown, RegExp][] = [
    [
      'a number for an amount',
      { ...fulfil, moved: [{ amount: 902.5, currency: 'EUR' }] },
      /amount: is no string/,
    ],
    [
      'an amount without decimals',
      { ...fulfil, moved: [{ amount: '902', currency: 'EUR' }] },
      /does not match/,
    ],
    ['the schema number 2', { ...fulfil, schema: 2 }, /schema: is not 1/],
    ['a missing status', withoutStatus, /status: is missing/],
    ['a fulfil without a grant', { ...fulfil, epoch: 0 }, /epoch: is below 1/],
    ['a fulfil while held', { ...fulfil, holds: ['amount_differs'] }, /holds: has more than 0/],
    ['a fulfil of a failed payment', { ...fulfil, status: 'failed' }, /status: is none of/],
    [
      'a time without its zone',
      { ...fulfil, occurredAt: '2030-01-31T12:00:00' },
      /occurredAt: does not match/,
    ],
    ['an array in place of an object', [fulfil], /is no object/],
  ];
  it.each(bad)('the schema refuses %s', (_name, event, sentence) => {
    expect(problems(event, 'fulfil').join('\n')).toMatch(sentence);
    expect(validate(event, schema)).not.toEqual([]);
  });

  it('the schema refuses an unknown type, and an event under the definition of another type', () => {
    expect(validate({ ...fulfil, type: 'fulfill' }, schema)).not.toEqual([]);
    expect(problems(examples.revoke, 'fulfil')).not.toEqual([]);
    expect(problems({ ...examples['payment.held'], holds: [] }, 'payment.held')).not.toEqual([]);
    const duplicate = { ...examples['payment.duplicate'], holds: ['unknown_order'] };
    expect(problems(duplicate, 'payment.duplicate')).not.toEqual([]);
  });

  it('the validator throws for a keyword of JSON Schema that it does not check', () => {
    expect(() => validate('x', { format: 'date' })).toThrow('does not know "format"');
  });
});

it('every event of every generated history fits the definition of its type', () => {
  fc.assert(
    fc.property(steps, policies, orders, (walk, policy, order) => {
      const shop = run(walk, new Shop(policy), order);
      for (const { event } of shop.effects) {
        // The event after the conversion to JSON, as the merchant receives it.
        const sent = JSON.parse(JSON.stringify(event));
        expect(problems(sent, event.type), event.type).toEqual([]);
        expect(unnamed(sent, definitions.event ?? {})).toEqual([]);
      }
    }),
    { numRuns: 300 },
  );
});

it('docs/events/event.schema.json is what eventSchema renders', () => {
  expect(schema).toEqual(JSON.parse(JSON.stringify(eventSchema())));
});
