/** Code that all providers use: the reading of API answers, the registries, the settings of an account. */
import { describe, expect, test } from 'vitest';
import { asksQuestions, isPolled, shipsGoods } from '../../shared/providers/account.ts';
import { fieldsOf, outcomeOf, parseJson, textOf } from '../../shared/providers/answers.ts';
import { providerApis, referencesOf } from '../../shared/providers/apis.ts';
import type { Account } from '../../shared/providers/index.ts';
import { PROVIDERS, providers } from '../../shared/providers/index.ts';
import { UnusableSecretError } from '../../shared/providers/provider.ts';

describe('an answer of a provider’s API', () => {
  test.each([
    [100, { type: 'unavailable', reason: 'status' }],
    [199, { type: 'unavailable', reason: 'status' }],
    [200, undefined],
    [299, undefined],
    [300, { type: 'unavailable', reason: 'status' }],
    [399, { type: 'unavailable', reason: 'status' }],
    [400, undefined],
    [401, { type: 'refused', reason: 'credentials' }],
    [402, undefined],
    [403, { type: 'refused', reason: 'credentials' }],
    [404, undefined],
    [408, { type: 'unavailable', reason: 'status' }],
    [429, { type: 'unavailable', reason: 'throttled' }],
    [499, undefined],
    [500, { type: 'unavailable', reason: 'status' }],
    [599, { type: 'unavailable', reason: 'status' }],
  ])('an answer with status %i has by the status alone the outcome %j', (status, outcome) => {
    expect(outcomeOf({ status, body: '' })).toEqual(outcome);
  });

  test('fieldsOf reads only objects and only own fields, and parseJson gives undefined for a text that is no JSON', () => {
    for (const none of [undefined, null, 5, 'text', true, [], [{}]]) expect(fieldsOf(none)).toBeUndefined();
    const fields = fieldsOf(parseJson('{"id":"b1"}'));
    expect(fields?.id).toBe('b1');
    expect(fields?.constructor).toBeUndefined();
    expect(parseJson('OK')).toBeUndefined();
  });

  test.each([
    ['text', 'text'],
    [0, '0'],
    [9.99, '9.99'],
    ['', undefined],
    [Number.NaN, undefined],
    [Number.POSITIVE_INFINITY, undefined],
    [true, undefined],
    [null, undefined],
    [['text'], undefined],
    [undefined, undefined],
  ])('textOf gives %j as the text %j', (value, text) => {
    expect(textOf(value)).toBe(text);
  });
});

describe('the registries', () => {
  test('the registry holds every provider under the provider’s own name', () => {
    expect(Object.keys(providers).sort()).toEqual(['paymentwall', 'trustly-americas', 'trustly-europe']);
    for (const [name, provider] of Object.entries(providers)) expect(provider.name).toBe(name);
  });

  test('the registry holds the APIs of Paymentwall and Trustly Americas, each with an https base URL', () => {
    expect(Object.keys(providerApis).sort()).toEqual(['paymentwall', 'trustly-americas']);
    for (const { baseUrl } of Object.values(providerApis)) {
      for (const url of [baseUrl.live, baseUrl.sandbox]) expect(url).toMatch(/^https:\/\/.*[^/]$/);
    }
  });

  test('only an alias of type reference names an order; the types id and parent do not', () => {
    expect(
      referencesOf([
        { type: 'id', value: 'b1' },
        { type: 'reference', value: 'order-1' },
        { type: 'parent', value: 'b0' },
        { type: 'reference', value: 'order-2' },
      ]),
    ).toEqual(['order-1', 'order-2']);
  });
});

describe('an account', () => {
  const of = (fields: object) => fields as Account;

  test.each([
    [{ provider: 'paymentwall', confirm: true }, true],
    [{ provider: 'paymentwall', confirm: false }, false],
    [{ provider: 'paymentwall' }, false],
    [{ provider: 'trustly-americas', confirm: true }, true],
  ])('the confirmer polls the payments of an account with %j: %s', (fields, expected) => {
    expect(isPolled(of(fields))).toBe(expected);
  });

  test.each([
    [{ provider: 'paymentwall', goods: 'physical' }, true],
    [{ provider: 'paymentwall', goods: 'digital' }, false],
  ])('an account with %j ships goods before the money is captured: %s', (fields, expected) => {
    expect(shipsGoods(of(fields))).toBe(expected);
  });

  test.each([
    [{ provider: 'trustly-europe', withdrawals: true, kyc: false }, true],
    [{ provider: 'trustly-europe', withdrawals: false, kyc: true }, true],
    [{ provider: 'trustly-europe', withdrawals: false, kyc: false }, false],
  ])('the provider asks questions of an account with %j: %s', (fields, expected) => {
    expect(asksQuestions(of(fields))).toBe(expected);
  });

  test('the configuration of an account allows only the keys that the provider supports', () => {
    const capabilities = ['confirm', 'goods', 'withdrawals', 'kyc', 'decision', 'splitTokenKey', 'checkout'];
    const allowed = PROVIDERS.map((name) => [
      name,
      capabilities.filter((key) => Object.hasOwn(providers[name].config.entries, key)),
    ]);
    expect(Object.fromEntries(allowed)).toEqual({
      'trustly-americas': ['confirm', 'splitTokenKey', 'checkout'],
      'trustly-europe': ['withdrawals', 'kyc', 'decision'],
      paymentwall: ['confirm', 'goods'],
    });
  });

  test('the error of an unusable secret has the name UnusableSecretError', () => {
    expect(new UnusableSecretError('current must be an object').name).toBe('UnusableSecretError');
  });
});
