/** The keys of a secret, each with its place and its fingerprint. */
import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { fingerprintOf, membersOf, textKeys, weakIfAny } from '../../shared/providers/secret-form.ts';

const key = randomBytes(16).toString('hex');

describe('textKeys', () => {
  it('textKeys names each key by role and path, with the same fingerprint for the same key', () => {
    const [current, next, ...more] = textKeys({ current: { k: key }, next: { k: key } }, 'k');
    expect(more).toEqual([]);
    expect(current).toMatchObject({ role: 'current', path: 'current.k', verifies: true, isSecret: true });
    expect(next).toMatchObject({ role: 'next', path: 'next.k', fingerprint: current?.fingerprint });
  });

  it('textKeys never gives the key itself', () => {
    expect(JSON.stringify(textKeys({ current: { k: key } }, 'k'))).not.toContain(key);
  });

  it.each([undefined, null, 'text', [], { current: 'text' }, { current: { k: '' } }, { current: { k: 7 } }])(
    'textKeys finds no key in %j',
    (value) => expect(textKeys(value, 'k')).toEqual([]),
  );
});

it('membersOf gives no members for a value that is no object', () => {
  for (const value of [undefined, null, 'a', 7, ['a']]) expect(membersOf(value)).toEqual({});
  expect(membersOf({ a: 1 })).toEqual({ a: 1 });
});

it('weakIfAny gives the weakness of a weak key, and nothing for a generated key', () => {
  expect(weakIfAny(key)).toEqual({});
  expect(weakIfAny('a'.repeat(32)).weakness).toEqual(expect.any(String));
});

it('fingerprintOf gives undefined where reading the key fails', () => {
  expect(
    fingerprintOf(() => {
      throw new Error('no key');
    }),
  ).toBeUndefined();
});
