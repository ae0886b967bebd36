/**
 * Two accounts of one provider may keep the same message. Its id alone is then ambiguous: provider and account must
 * precede the id.
 */
import { describe, expect, it } from 'vitest';
import type { Connection } from '../../cli/connect.ts';
import { accountName } from '../../cli/names.ts';
import { EXIT } from '../../cli/problem.ts';
import { findQuarantined, isNamed, quarantined } from '../../cli/quarantined.ts';
import { parseConfig } from '../../infra/config.ts';
import { quarantineItem } from '../../shared/app/table/rows.ts';
import { MemoryStore } from '../support/memory-store.ts';

const ACCOUNTS = ['goods', 'shop'] as const;
const DIGEST = 'ab'.repeat(32);
const ID = DIGEST.slice(0, 16);

async function keptTwice() {
  const store = new MemoryStore();
  const row = { reason: 'ambiguous', sealed: 'not ours', digest: DIGEST, keyId: 'current', variant: 'rsa' };
  for (const [day, account] of ACCOUNTS.entries()) {
    const scope = { provider: 'trustly-europe', account } as const;
    const arrival = { receivedAt: `2025-03-0${day + 1}T12:00:00.000Z`, correlationId: account };
    const put = quarantineItem(scope, DIGEST, { ...row, ...arrival, keyId: 'current' }, 400);
    await store.write([{ put, when: 'always' }]);
  }
  const config = parseConfig({
    ...{ environment: 'sandbox', target: { type: 'eventbridge' } },
    accounts: ACCOUNTS.map((account) => ({ provider: 'trustly-europe', account })),
  });
  const secrets = { send: async () => ({ SecretString: JSON.stringify({ current: 'c'.repeat(64) }) }) };
  return quarantined({ store, config, clients: { secrets } } as unknown as Connection);
}

describe('a message that two accounts keep', () => {
  it('an id of a message that two accounts keep is refused, and the refusal names both accounts', async () => {
    const every = await keptTwice();
    expect(every.map(({ id }) => id)).toEqual([ID, ID]);
    expect(() => findQuarantined(every, ID)).toThrow(
      `2 accounts have this message: trustly-europe/goods/${ID}, trustly-europe/shop/${ID}.`,
    );
    expect(() => findQuarantined(every, ID)).toThrow(expect.objectContaining({ code: EXIT.refused }));
  });

  it('a message that two accounts keep is found by provider, account and id', async () => {
    const every = await keptTwice();
    const name = `trustly-europe/shop/${ID}`;
    expect(every.filter((kept) => isNamed(kept, name)).map((kept) => accountName(kept.account))).toEqual([
      'trustly-europe/shop',
    ]);
    expect(findQuarantined(every, name)?.row.correlationId).toBe('shop');
    expect(findQuarantined(every, `trustly-europe/other/${ID}`)).toBeUndefined();
    expect(findQuarantined(every.slice(1), ID)?.row.correlationId).toBe('shop');
  });
});
