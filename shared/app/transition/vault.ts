/**
 * splitTokens and accounts on file, written in the same transaction as the payment of their event. The newest event
 * counts, by the provider's own order: a late event cannot bring an old token back, and an expired token stays expired
 * until a newer one is given. Tokens are already sealed here (seal.ts).
 */
import { defined } from '../../payment/defined.ts';
import type { NormalizedEvent } from '../../payment/types.ts';
import type { Account } from '../../providers/index.ts';
import type { Item, Store, Write } from '../ports.ts';
import { accountOnFileKey, type Scope, scopeOf, vaultKey } from '../table/keys.ts';
import { dataOf, SCHEMA } from '../table/rows.ts';
import type { FromEvent } from './account-on-file.ts';

/** The newest token and the newest report that it is unusable: a join, so the order of arrival does not matter. */
export interface VaultRow {
  readonly token?: { readonly rank: string; readonly sealed: string; readonly at: string };
  readonly unusable?: { readonly rank: string; readonly reason: 'expired' | 'invalid'; readonly at: string };
}

export const vaultOf = (item: Item): VaultRow => dataOf<VaultRow>(item);

export interface OnFileEvent {
  readonly normalized: Pick<NormalizedEvent, 'onFile'>;
  /** Compact JWE. */
  readonly splitToken?: string | undefined;
  /** ISO 8601. */
  readonly receivedAt: string;
}

/**
 * The writes of one event beside its payment. They are read again at every attempt, and refused if the rows changed
 * since.
 */
export async function onFileWrites(
  event: OnFileEvent,
  account: Account,
  store: Store,
): Promise<readonly Write[]> {
  const { onFile } = event.normalized;
  if (onFile === undefined) return [];
  const scope = scopeOf(account);
  // Without a key for tokens there is no vault.
  const token = account.splitTokenKey === undefined ? [] : await tokenWrites(event, onFile, scope, store);
  return [...token, ...(await accountWrites(event, onFile, scope, store))];
}

/**
 * A rank between this token and any newer one: ranks of events have one length, so the longer text sorts right after
 * its own token and before every later event.
 */
const rankAfter = (rank: string): string => `${rank}!`;

/** The row with its token marked unusable. The same object if it was marked before. */
export function withoutToken(row: VaultRow, reason: 'expired' | 'invalid', at: string): VaultRow {
  const { token } = row;
  if (token === undefined) return row;
  return joinVault(row, { unusable: { rank: rankAfter(token.rank), reason, at } });
}

type OnFile = NonNullable<NormalizedEvent['onFile']>;

async function tokenWrites(
  { splitToken, receivedAt: at }: OnFileEvent,
  { transactionId, rank, splitToken: says }: OnFile,
  scope: Scope,
  store: Store,
): Promise<readonly Write[]> {
  if (says === undefined || (says === 'given' && splitToken === undefined)) return [];
  const key = vaultKey(scope, transactionId);
  const row = await store.get(key, 'vault');
  const before = row === undefined ? {} : vaultOf(row);
  const after =
    says === 'given'
      ? joinVault(before, { token: { rank, sealed: splitToken ?? '', at } })
      : joinVault(before, { unusable: { rank, reason: says, at } });
  if (after === before) return [];
  const version = (row?.version ?? 0) + 1;
  return [
    {
      put: { ...key, version, schema: SCHEMA, data: after },
      when: row === undefined ? 'absent' : { versionIs: version - 1 },
      in: 'vault',
    },
  ];
}

/** The part with the higher rank, for each of the two. The same object if nothing changes. */
export function joinVault(known: VaultRow, added: VaultRow): VaultRow {
  const token = newer(known.token, added.token);
  const unusable = newer(known.unusable, added.unusable);
  if (token === known.token && unusable === known.unusable) return known;
  return {
    ...defined({ token, unusable }),
  };
}

function newer<T extends { readonly rank: string }>(
  known: T | undefined,
  added: T | undefined,
): T | undefined {
  if (known === undefined || added === undefined) return known ?? added;
  return added.rank > known.rank ? added : known;
}

async function accountWrites(
  { receivedAt: at }: OnFileEvent,
  { transactionId, rank, account }: OnFile,
  scope: Scope,
  store: Store,
): Promise<readonly Write[]> {
  if (account === undefined) return [];
  const key = accountOnFileKey(scope, transactionId, 'event');
  const row = await store.get(key);
  if (row !== undefined && dataOf<FromEvent>(row).rank >= rank) return [];
  const data: FromEvent = { source: 'event', rank, account, at };
  const version = (row?.version ?? 0) + 1;
  return [
    {
      put: { ...key, version, schema: SCHEMA, data },
      when: row === undefined ? 'absent' : { versionIs: version - 1 },
    },
  ];
}
