/** The keys in a secret, by place and fingerprint. */
import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { fingerprintOf, membersOf, textKeys, weakIfAny } from '../../shared/providers/secret-form.ts';

const key = randomBytes(16).toString('hex');

describe('textKeys', () => {
  it('names each key by its place, with one fingerprint for one key', () => {
    const [current, next, ...more] = textKeys({ current: { k: key }, next: { k: key } }, 'k');
    expect(more).toEqual([]);
    expect(current).toMatchObject({ role: 'current', path: 'current.k', verifies: true, isSecret: true });
    expect(next).toMatchObject({ role: 'next', path: 'next.k', fingerprint: current?.fingerprint });
  });

  it('never holds the key itself', () => {
    expect(JSON.stringify(textKeys({ current: { k: key } }, 'k'))).not.toContain(key);
  });

  it.each([undefined, null, 'text', [], { current: 'text' }, { current: { k: '' } }, { current: { k: 7 } }])(
    '%j holds none',
    (value) => expect(textKeys(value, 'k')).toEqual([]),
  );
});

it('what is no object has no members', () => {
  for (const value of [undefined, null, 'a', 7, ['a']]) expect(membersOf(value)).toEqual({});
  expect(membersOf({ a: 1 })).toEqual({ a: 1 });
});

it('a key that nobody generated says why', () => {
  expect(weakIfAny(key)).toEqual({});
  expect(weakIfAny('a'.repeat(32)).weakness).toEqual(expect.any(String));
});

it('what is no key has no fingerprint', () => {
  expect(
    fingerprintOf(() => {
      throw new Error('no key');
    }),
  ).toBeUndefined();
});
