import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../../infra/config.ts';
import { accountsOf, compiledAccounts } from '../../../shared/app/platform/compiled-accounts.ts';

const accountsIn = (accounts: readonly object[]) =>
  parseConfig({ environment: 'sandbox', probe: false, target: { type: 'eventbridge' }, accounts }).accounts;

const goods = (account: string, more: object = {}) => ({
  ...{ provider: 'paymentwall', account, api: 'digital_goods', signatureVersion: 3 },
  ...more,
});
const shop = (account: string, more: object = {}) => ({ provider: 'trustly-americas', account, ...more });

describe('the accounts compiled into a bundle', () => {
  it('an empty list of accounts is the same after compiling', () => {
    expect(accountsOf(compiledAccounts([]))).toEqual([]);
  });

  it.each<[name: string, accounts: readonly object[]]>([
    ['one account', [goods('a')]],
    ['accounts that are alike', [goods('a'), goods('b'), shop('c'), shop('d')]],
    ['accounts of two providers in turn', [goods('a'), shop('a'), goods('b'), shop('b')]],
    [
      'accounts with different settings and policies',
      [
        goods('a', { orderParameter: 'my_order', policy: { regrant: true } }),
        goods('b', { policy: { unknownOrder: 'trust' } }),
        goods('c', { api: 'cart', signatureVersion: 2 }),
        shop('d', { minimumSignature: 'SHA512' }),
        shop('e', { policy: { mode: 'observe' } }),
      ],
    ],
  ])('compiled accounts equal the configured accounts: %s', (_, configured) => {
    const accounts = accountsIn(configured);
    const compiled = JSON.parse(JSON.stringify(compiledAccounts(accounts)));
    expect(accountsOf(compiled)).toEqual(accounts);
  });

  it('a compiled account takes less than 50 bytes when the accounts are alike', () => {
    const many = Array.from({ length: 60 }, (_, index) => goods(`goods-${index}`));
    const bytes = (count: number) =>
      JSON.stringify(compiledAccounts(accountsIn(many.slice(0, count)))).length;
    expect((bytes(60) - bytes(10)) / 50).toBeLessThan(50);
  });
});
