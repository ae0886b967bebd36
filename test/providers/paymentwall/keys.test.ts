import { describe, expect, test } from 'vitest';
import { keyFingerprint } from '../../../shared/providers/keys.ts';
import { parseKeys } from '../../../shared/providers/paymentwall/keys.ts';
import { UnusableSecretError } from '../../../shared/providers/provider.ts';
import { account, SECRET } from './support.ts';

describe('the secret of Paymentwall', () => {
  test('parseKeys gives the current and the next key, each with its fingerprint', () => {
    const keys = parseKeys(
      { current: { secretKey: SECRET }, next: { secretKey: 'b'.repeat(32) } },
      account(),
    );
    expect(keys).toEqual({
      projects: [
        { keyId: 'current', secret: SECRET, fingerprint: keyFingerprint(SECRET) },
        { keyId: 'next', secret: 'b'.repeat(32), fingerprint: keyFingerprint('b'.repeat(32)) },
      ],
    });
  });

  test('parseKeys gives the Brick test key to a sandbox account only', () => {
    const secret = { current: { secretKey: SECRET }, brickTestKey: 't_0123456789' };
    expect(parseKeys(secret, account())).toEqual({
      projects: [{ keyId: 'current', secret: SECRET, fingerprint: keyFingerprint(SECRET) }],
      brickTest: 't_0123456789',
    });
    expect(parseKeys(secret, account({ environment: 'live' }))).not.toHaveProperty('brickTest');
  });

  test.each([
    [undefined, 'the secret'],
    ['text', 'the secret'],
    [[], 'the secret'],
    [{}, 'current'],
    [{ current: null }, 'current'],
    [{ current: {} }, 'current.secretKey'],
    [{ current: { secretKey: '' } }, 'current.secretKey'],
    [{ current: { secretKey: 'short' } }, 'current.secretKey'],
    [{ current: { secretKey: 'x'.repeat(7) } }, 'current.secretKey'],
    [{ current: { secretKey: 'x'.repeat(257) } }, 'current.secretKey'],
    [{ current: { secretKey: `${SECRET}\n` } }, 'current.secretKey'],
    [{ current: { secretKey: ` ${SECRET}` } }, 'current.secretKey'],
    [{ current: { secretKey: 5 } }, 'current.secretKey'],
    [{ current: { secretKey: SECRET }, next: {} }, 'next.secretKey'],
    [{ current: { secretKey: SECRET }, next: null }, 'next'],
    [{ current: { secretKey: SECRET }, brickTestKey: '' }, 'brickTestKey'],
  ])('the secret %j is refused naming %s, and never the value', (secret, named) => {
    const run = () => parseKeys(secret, account());
    expect(run).toThrow(UnusableSecretError);
    expect(run).toThrow(new RegExp(`^${named} must`));
    expect(run).not.toThrow(SECRET);
  });
});
