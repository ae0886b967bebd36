/**
 * What is on file beside a Trustly Americas authorization: the bank account, from redirect and event, and the sealed
 * splitToken.
 */
import { DescribeTableCommand, ResourceNotFoundException } from '@aws-sdk/client-dynamodb';
import type { Item, Store, Write } from '../../shared/app/ports.ts';
import { ACCOUNT_PREFIX, accountOnFileKey, type Scope, vaultKey } from '../../shared/app/table/keys.ts';
import { SCHEMA } from '../../shared/app/table/rows.ts';
import { vaultOf, withoutToken } from '../../shared/app/transition/vault.ts';
import { dynamoStore } from '../../shared/aws/dynamodb-store.ts';
import { parsePaymentKey } from '../../shared/payment/index.ts';
import type { PaymentKey } from '../../shared/payment/types.ts';
import { providerOf } from '../../shared/providers/index.ts';
import type { Connection } from '../connect.ts';

/**
 * The vault, even if the configuration no longer names a key for splitTokens: the table outlives the account that
 * needed it. Undefined when it does not exist.
 */
export async function vaultStoreOf({ clients, table, resource }: Connection): Promise<Store | undefined> {
  const vault = resource('vault');
  try {
    await clients.dynamo.send(new DescribeTableCommand({ TableName: vault }));
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
  return dynamoStore({ client: clients.dynamo, table, vault });
}

/** One write for each row that contains data of the person. */
export async function erasingOnFile(
  payment: PaymentKey,
  { store, vault, at }: { readonly store: Store; readonly vault: Store | undefined; readonly at: string },
): Promise<readonly { readonly write: Write; readonly in: Store }[]> {
  const { provider, account, id } = parsePaymentKey(payment);
  if (providerOf(provider).rules.keepsAccounts !== true) return [];
  const scope: Scope = { provider, account };
  const { pk } = accountOnFileKey(scope, id, 'event');
  const rows = await store.query(pk, { prefix: ACCOUNT_PREFIX, limit: 2 });
  const token = await vault?.get(vaultKey(scope, id), 'vault');
  return [
    ...rows.map(({ sk }) => ({ write: { remove: { pk, sk }, when: 'always' } as const, in: store })),
    ...(vault === undefined ? [] : erasingToken(token, at).map((write) => ({ write, in: vault }))),
  ];
}

/** The row stays without the token, so that a late older event cannot store one that can be opened. */
function erasingToken(row: Item | undefined, at: string): readonly Write[] {
  if (row === undefined || vaultOf(row).token === undefined) return [];
  const { unusable } = withoutToken(vaultOf(row), 'invalid', at);
  const { pk, sk, version = 1 } = row;
  const put = { pk, sk, version: version + 1, schema: SCHEMA, data: { unusable } };
  return [{ put, when: { versionIs: version }, in: 'vault' }];
}
