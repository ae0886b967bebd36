/** The row of an attempt to pay: it is found by its nonce, does not contain the nonce, and is kept for ninety days. */
import { expect, it } from 'vitest';
import { sessionKey } from '../../../shared/app/table/keys.ts';
import { NONCE, type Session, sessionItem, sessionOf } from '../../../shared/app/transition/sessions.ts';

const scope = { provider: 'trustly-americas', account: 'shop' } as const;
const nonce = `${'A1-_'.repeat(5)}zZ`;
const session: Session = {
  ...{ orderReference: 'order-1', merchantReference: 'order-1-x', publicUrl: 'https://hooks.example' },
  pages: {
    return: 'https://shop.example/thanks',
    cancel: 'https://shop.example/cart',
  } as unknown as Session['pages'],
  createdAt: '2026-03-01T12:00:00.500Z',
};

it('a session is found by its nonce, does not contain the nonce, and expires after ninety days', () => {
  const item = sessionItem(scope, nonce, session, 3);
  expect(item).toMatchObject({ ...sessionKey(scope, nonce), version: 3 });
  expect(JSON.stringify(item)).not.toContain(nonce);
  expect(sessionOf(item)).toEqual(session);
  expect(item.expiresAt).toBe(Date.parse('2026-05-30T12:00:00Z') / 1_000);
});

it('a nonce of a session is exactly 128 bits in base64url', () => {
  expect(NONCE.test(nonce)).toBe(true);
  for (const wrong of [
    nonce.slice(1),
    `${nonce}A`,
    `${nonce.slice(1)}+`,
    `${nonce.slice(1)}=`,
    `${nonce}\n`,
    '',
  ])
    expect(NONCE.test(wrong), JSON.stringify(wrong)).toBe(false);
});
