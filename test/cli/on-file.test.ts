/** `payments show` says whether the vault and the account on file have data, and shows nothing of the data. */
import { ResourceNotFoundException } from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from 'vitest';
import { onFileFields, onFileOf } from '../../cli/on-file.ts';
import type { Item } from '../../shared/app/ports.ts';
import { accountOnFileKey } from '../../shared/app/table/keys.ts';
import { MemoryStore } from '../support/memory-store.ts';

const scope = { provider: 'trustly-americas', account: 'shop' } as const;
const AT = '2026-03-01T12:00:00.000Z';
const LATER = '2026-03-02T12:00:00.000Z';

/** @param vault returns the answer of the vault's GetItem, or throws its error */
async function showOnFile(vault: () => unknown, rows: readonly ('return' | 'event')[] = []) {
  const store = new MemoryStore();
  for (const by of rows) {
    const data = { at: AT, source: by, account: { bankName: 'Canary Bank' } };
    await store.write([{ put: { ...accountOnFileKey(scope, '7', by), schema: 1, data }, when: 'always' }]);
  }
  const get = async () => vault() as Item | undefined;
  const onFile = await onFileOf({ store, vault: { get } }, 'trustly-americas:shop:7');
  return { onFile, text: JSON.stringify([onFile, onFileFields(onFile)]) };
}

const item = (data: object) => ({ pk: 'p', sk: 's', version: 1, schema: 1, data });
const token = { rank: '2', sealed: 'CANARY', at: AT };

describe('the vault and the account on file', () => {
  it('onFileOf says the times of the account on file and of the splitToken, but not their content', async () => {
    const { onFile, text } = await showOnFile(() => item({ token }), ['return', 'event']);
    expect(onFile).toEqual({ wayBack: AT, bankAccount: AT, splitToken: { state: 'sealed', at: AT } });
    expect(text).not.toMatch(/canary/i);
  });

  it.each([
    ['newer than its mark', { token, unusable: { rank: '1', reason: 'expired', at: LATER } }, 'sealed', AT],
    [
      'marked as expired',
      { token, unusable: { rank: '2!', reason: 'expired', at: LATER } },
      'expired',
      LATER,
    ],
    ['erased', { unusable: { rank: '2!', reason: 'invalid', at: LATER } }, 'invalid', LATER],
  ])('onFileOf says the state of a splitToken that is %s', async (_, data, state, at) => {
    expect((await showOnFile(() => item(data))).onFile).toEqual({ splitToken: { state, at } });
  });

  it('onFileOf says nothing without a vault, and unknown when reading the vault is denied', async () => {
    const missing = new ResourceNotFoundException({ message: 'no table', $metadata: {} });
    const denied = Object.assign(new Error('not authorized'), { name: 'AccessDeniedException' });
    const throwing = (error: Error) => () => {
      throw error;
    };
    expect((await showOnFile(() => undefined)).onFile).toEqual({});
    expect((await showOnFile(throwing(missing))).onFile).toEqual({});
    expect((await showOnFile(throwing(denied))).onFile).toEqual({ splitToken: { state: 'unknown' } });
    await expect(showOnFile(throwing(new TypeError('ours')))).rejects.toThrow('ours');
  });
});
