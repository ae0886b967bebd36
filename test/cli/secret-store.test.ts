/**
 * A member of a secret that nothing reads is a typing error: the error names the member before anybody misses its
 * value.
 */
import { describe, expect, it } from 'vitest';
import { assertKnownMembers, secretsOf } from '../../cli/secret-store.ts';
import { parseConfig } from '../../infra/config.ts';

const kinds = secretsOf(
  parseConfig({
    environment: 'sandbox',
    target: { type: 'https', url: 'https://shop.example/hooks' },
    accounts: [
      { provider: 'trustly-americas', account: 'demo' },
      { provider: 'trustly-europe', account: 'demo' },
      { provider: 'paymentwall', account: 'goods', api: 'digital_goods', signatureVersion: 3 },
    ],
  }),
);
const check = (short: string, value: unknown) => () => {
  const kind = kinds.find((each) => each.short === short);
  if (kind === undefined) throw new Error(`no ${short}`);
  assertKnownMembers(kind, value);
};

describe('members of a secret', () => {
  it.each([
    [
      'paymentwall/goods',
      { current: { secretKey: 's', projectKey: 'p' }, next: { secretKey: 't' }, brickTestKey: 'b' },
    ],
    [
      'trustly-americas/demo',
      { current: { accessId: 'i', accessKey: 'k' }, next: { accessId: 'i', accessKey: 'k' } },
    ],
    ['trustly-europe/demo', { current: { privateKey: 'p' }, trustly: { current: 'c', next: 'n' } }],
    ['envelope-key', { current: 'c', next: 'n', previous: ['p'] }],
    ['target', { current: 'c', next: 'n' }],
  ])('the documented members of %s are accepted', (short, value) => {
    expect(check(short, value)).not.toThrow();
  });

  it.each([
    ['paymentwall/goods', { current: { secretKey: 's', projektKey: 'SECRET' } }, 'current.projektKey'],
    ['trustly-americas/demo', { current: {}, nxt: { accessKey: 'SECRET' } }, 'nxt'],
    ['trustly-europe/demo', { current: {}, trustly: { curent: 'SECRET' } }, 'trustly.curent'],
    ['envelope-key', { current: 'c', constructor: 'SECRET' }, 'constructor'],
  ])('an unknown member of %s is refused by its name, and its value is not quoted', (short, value, name) => {
    expect(check(short, value)).toThrow(`it has an unknown member "${name}"`);
    expect(check(short, value)).not.toThrow('SECRET');
  });
});
