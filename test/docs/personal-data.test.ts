/**
 * Every stored field is in the table of personal data. The compiler demands the fields of each stored type
 * (tools/docs/personal-data/field.ts); this test compares the table with rows of simulated runs.
 */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Item, Key } from '../../shared/app/ports.ts';
import * as keys from '../../shared/app/table/keys.ts';
import * as rows from '../../shared/app/table/rows.ts';
import { ELSEWHERE } from '../../tools/docs/personal-data/elsewhere.ts';
import type { Place } from '../../tools/docs/personal-data/field.ts';
import { ROWS } from '../../tools/docs/personal-data/rows.ts';
import { simulate } from '../simulation/simulate.ts';

/** The members of an item beside `data`: keys, index and lifetime. None of them contains more than the key. */
const FRAME = ['pk', 'sk', 'version', 'schema', 'data', 'expiresAt', 'openShard', 'openAt', 'marked'];
const SEEDS = 40;

const SCOPE = { provider: 'paymentwall', account: 'a' };
const PAYMENT = 'paymentwall:a:1';
const ALIAS = keys.referenceAliasKey('r');

/** A key of each maker in keys.ts. */
const KEYS: Readonly<Record<string, Key | readonly Key[]>> = {
  eventKey: keys.eventKey(SCOPE, 'n'),
  conflictKey: keys.conflictKey(SCOPE, 'n', 'h'),
  paymentKeyOf: keys.paymentKeyOf(PAYMENT),
  effectKey: keys.effectKey(PAYMENT, '1#fulfil'),
  evidenceKey: [PAYMENT, undefined].map((payment) => keys.evidenceKey(SCOPE, payment, 't', 'd')),
  ledgerKey: keys.ledgerKey(PAYMENT, 'release'),
  refundKey: keys.refundKey('r'),
  orderKey: keys.orderKey('r'),
  orderLedgerKey: keys.orderLedgerKey('r', 2),
  followsKey: keys.followsKey('r', PAYMENT),
  referenceAliasKey: ALIAS,
  aliasKeyOf: keys.aliasKeyOf(SCOPE, { type: 'id', value: '1' }),
  waitingKey: keys.waitingKey(ALIAS, PAYMENT),
  sentBackKey: keys.sentBackKey('notifications', 't', 'i'),
  quarantineKey: keys.quarantineKey(SCOPE, 'd'),
  quarantineCountKey: keys.quarantineCountKey(SCOPE, '2026-11'),
  quarantineFullKey: keys.quarantineFullKey(SCOPE, '2026-11'),
  questionKey: keys.questionKey(SCOPE, '1'),
  takenKeys: keys.takenKeys(SCOPE, '1', { use: 'once', reference: 'r' }),
  parkedKey: keys.parkedKey('notifications', 't', 'd', 'm'),
  confirmKey: keys.confirmKey(PAYMENT),
  renewKey: keys.renewKey(PAYMENT),
  redirectStateKey: keys.redirectStateKey(PAYMENT),
  pollAnswerKey: keys.pollAnswerKey(SCOPE, 'd'),
  returnedKey: keys.returnedKey(SCOPE, '1'),
  shippingKey: keys.shippingKey(PAYMENT),
  sessionKey: keys.sessionKey(SCOPE, 'n'),
  accountOnFileKey: (['return', 'event'] as const).map((source) => keys.accountOnFileKey(SCOPE, '1', source)),
  vaultKey: keys.vaultKey(SCOPE, '1'),
};

const placesOf = ({ pk, sk }: Pick<Item, 'pk' | 'sk'>): readonly Place[] =>
  ROWS.filter(({ key }) => key?.test(`${pk}|${sk}`));

/** The faults of a row; empty: every field of the row is listed. */
function unlisted(item: Item): readonly string[] {
  const [place, ...more] = placesOf(item);
  if (place === undefined) return [`no place for ${item.pk} ${item.sk}`];
  if (more.length > 0) return [`${place.name} and ${more[0]?.name} both claim ${item.pk} ${item.sk}`];
  const known = [...place.none, ...Object.keys(place.data)];
  return [
    ...Object.keys(item)
      .filter((field) => !FRAME.includes(field))
      .map((field) => `${place.name}: ${field} beside data`),
    ...Object.keys(item.data as object)
      .filter((field) => !known.includes(field))
      .map((field) => `${place.name}: ${field}`),
  ];
}

describe('the table of personal data', () => {
  it('the table of personal data lists every row and every field that simulated worlds write', async () => {
    const problems = new Set<string>();
    const seen = new Set<string>();
    for (let seed = 1; seed <= SEEDS; seed++) {
      await simulate(seed, undefined, {
        inspect: ({ table }) => {
          for (const item of table.rows.values()) {
            for (const problem of unlisted(item)) problems.add(problem);
            for (const { name } of placesOf(item)) seen.add(name);
          }
        },
      });
    }
    expect([...problems]).toEqual([]);
    // A run with fewer kinds of rows would prove too little.
    expect(seen.size).toBeGreaterThanOrEqual(10);
  });

  it('unlisted reports a row of an unknown kind, an unlisted field, and a field beside data', () => {
    const item = { pk: 'order#a', sk: 'order', schema: 1, data: { reference: 'a', email: 'x' } };
    expect(unlisted(item)).toEqual(['order: email']);
    expect(unlisted({ ...item, pk: 'person#a' })).toEqual(['no place for person#a order']);
    expect(unlisted({ ...item, data: {}, email: 'x' } as Item)).toEqual(['order: email beside data']);
  });

  it('the table of personal data has exactly one place for the key of every kind of row', () => {
    const makers = Object.keys(keys).filter((name) => /Keys?(Of)?$/.test(name));
    expect(Object.keys(KEYS).sort()).toEqual(makers.sort());
    for (const [maker, made] of Object.entries(KEYS))
      for (const key of [made].flat()) expect(placesOf(key), maker).toHaveLength(1);
  });

  it('the table of personal data names every row type that rows.ts exports', () => {
    const makers = Object.keys(rows).filter((name) => name.endsWith('Item'));
    const source = readFileSync(
      resolve(import.meta.dirname, '../../tools/docs/personal-data/rows.ts'),
      'utf8',
    );
    expect(makers.length).toBeGreaterThan(15);
    // The catalogue has each row type that rows.ts exports.
    const text = readFileSync(resolve(import.meta.dirname, '../../shared/app/table/rows.ts'), 'utf8');
    const types = [...text.matchAll(/^export interface (\w+Row)\b/gm)]
      // The catalogue lists EvidenceRow as StoredEvidence.
      .map(([, name = '']) => (name === 'EvidenceRow' ? 'StoredEvidence' : name))
      // PaymentRow and EffectRow are types of the whole item, and not of its content.
      .filter((name) => name !== 'PaymentRow' && name !== 'EffectRow');
    for (const name of types) expect(source, name).toContain(`<${name}`);
  });

  it('the table of personal data says how long each row stays and what erases each field', () => {
    for (const { name, kept, encrypted, where, data } of [...ROWS, ...ELSEWHERE]) {
      for (const text of [kept, encrypted, where]) expect(text, name).not.toBe('');
      for (const [field, { erased, what }] of Object.entries(data)) {
        expect(erased === '' || what === '', `${name}: ${field}`).toBe(false);
      }
    }
  });
});
