/** The account on file of an authorization: the data of the redirect and of the event, joined in either order. */
import { describe, expect, it } from 'vitest';
import { accountOnFileKey } from '../../../shared/app/table/keys.ts';
import {
  accountFromRedirect,
  accountOnFile,
  type FromEvent,
} from '../../../shared/app/transition/account-on-file.ts';
import type { RedirectRecord, Session } from '../../../shared/app/transition/sessions.ts';
import { MemoryStore } from '../../support/memory-store.ts';
import { put } from '../../support/waiting-rows.ts';

const scope = { provider: 'trustly-americas', account: 'shop' } as const;
const ID = '1002633191';
const session = { orderReference: 'order-1', merchantReference: 'order-1-x' } as Session;
const AT = '2026-03-01T12:00:00.000Z';

const back = (over: Partial<RedirectRecord> = {}) =>
  accountFromRedirect(scope, session, {
    ...{ transactionId: ID, at: AT, providerType: '1', accountVerified: false },
    ...over,
  } as RedirectRecord);
const normalized = (account: object) => {
  const data: FromEvent = { source: 'event', rank: '1', account, at: AT };
  return { ...accountOnFileKey(scope, ID, 'event'), schema: 1, data };
};
const BANK = { bankCode: '200005501', bankName: 'Demo Bank' };
const read = (...rows: Parameters<typeof put>[1]) => {
  const store = new MemoryStore();
  put(store, rows);
  return accountOnFile(store, scope, ID);
};

describe('an account on file', () => {
  it('an account on file from redirect and event is complete, and the event’s values override the redirect’s', async () => {
    expect(await read(back(), normalized({ ...BANK, verified: true }))).toEqual({
      ...{ transactionId: ID, orderReference: 'order-1', complete: true, sources: ['event', 'redirect'] },
      account: { ...BANK, type: '1', verified: true },
    });
  });

  it('an account on file from the redirect alone names the order and is not complete', async () => {
    expect(await read(back())).toEqual({
      ...{ transactionId: ID, orderReference: 'order-1', complete: false, sources: ['redirect'] },
      account: { type: '1', verified: false },
    });
  });

  it('an account on file from the event alone is not complete and names no order', async () => {
    expect(await read(normalized(BANK))).toEqual({
      ...{ transactionId: ID, complete: false, sources: ['event'], account: BANK },
    });
  });

  it('an account on file has no type and no verified when the redirect gave neither', async () => {
    const { providerType: _, accountVerified: __, ...bare } = back().data as Record<string, unknown>;
    expect(await read({ ...back(), data: bare })).toEqual({
      ...{ transactionId: ID, orderReference: 'order-1', complete: false, sources: ['redirect'] },
      account: {},
    });
    expect(bare).toEqual({
      ...{ source: 'redirect', orderReference: 'order-1', merchantReference: 'order-1-x', at: AT },
    });
  });

  it('an account on file does not exist without redirect and event', async () => {
    expect(await read()).toBeUndefined();
  });
});
