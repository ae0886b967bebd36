/** What is on file beside a Trustly Americas transaction: that it exists and since when, never its content. */

import { ResourceNotFoundException } from '@aws-sdk/client-dynamodb';
import type { Store } from '../shared/app/ports.ts';
import { ACCOUNT_PREFIX, accountOnFileKey, type Scope, vaultKey } from '../shared/app/table/keys.ts';
import { type VaultRow, vaultOf } from '../shared/app/transition/vault.ts';
import { dynamoStore } from '../shared/aws/dynamodb-store.ts';
import { defined } from '../shared/payment/defined.ts';
import { parsePaymentKey } from '../shared/payment/index.ts';
import type { PaymentKey } from '../shared/payment/types.ts';
import { providerOf } from '../shared/providers/index.ts';
import type { Connection } from './connect.ts';
import { time } from './output.ts';
import { isDenied } from './problem.ts';

export interface OnFile {
  /** Time when the shopper's redirect was verified, from the checkout's session. ISO 8601. */
  readonly wayBack?: string;
  /** Time when a verified event supplied the bank account. */
  readonly bankAccount?: string;
  /** `unknown`: the operator has no permission for the vault. */
  readonly splitToken?: {
    readonly state: 'sealed' | 'expired' | 'invalid' | 'unknown';
    readonly at?: string;
  };
}

export interface Stores {
  readonly store: Pick<Store, 'query'>;
  readonly vault: Pick<Store, 'get'>;
}

export const storesOf = ({ store, clients, table, resource }: Connection): Stores => ({
  store,
  vault: dynamoStore({ client: clients.dynamo, table, vault: resource('vault') }),
});

/** Empty when nothing is on file. Undefined when this provider has no accounts on file. */
export async function onFileOf({ store, vault }: Stores, payment: PaymentKey): Promise<OnFile | undefined> {
  const { provider, account, id } = parsePaymentKey(payment);
  if (providerOf(provider).rules.keepsAccounts !== true) return undefined;
  const scope: Scope = { provider, account };
  const { pk } = accountOnFileKey(scope, id, 'event');
  const rows = await store.query(pk, { prefix: ACCOUNT_PREFIX, limit: 2 });
  const normalize = (by: 'return' | 'event') => {
    const { sk } = accountOnFileKey(scope, id, by);
    return (rows.find((row) => row.sk === sk)?.data as { readonly at: string } | undefined)?.at;
  };
  const [wayBack, bankAccount] = [normalize('return'), normalize('event')];
  const splitToken = await splitTokenOf(vault, scope, id);
  return {
    ...defined({ wayBack, bankAccount, splitToken }),
  };
}

async function splitTokenOf(vault: Stores['vault'], scope: Scope, id: string): Promise<OnFile['splitToken']> {
  try {
    const row = await vault.get(vaultKey(scope, id), 'vault');
    return row === undefined ? undefined : stateOf(vaultOf(row));
  } catch (error) {
    // No account of this stack ever had a key for splitTokens.
    if (error instanceof ResourceNotFoundException) return undefined;
    if (isDenied(error)) return { state: 'unknown' };
    throw error;
  }
}

function stateOf({ token, unusable }: VaultRow): OnFile['splitToken'] {
  const isOver = unusable !== undefined && (token === undefined || unusable.rank > token.rank);
  if (isOver) return { state: unusable.reason, at: unusable.at };
  return token === undefined ? undefined : { state: 'sealed', at: token.at };
}

/** Lines of `payments show`. */
export function onFileFields(onFile: OnFile | undefined): readonly (readonly [string, string | undefined])[] {
  if (onFile === undefined) return [];
  const { wayBack, bankAccount, splitToken } = onFile;
  const since = (at: string | undefined) => (at === undefined ? undefined : `since ${time(at)}, not shown`);
  return [
    ['redirect', wayBack === undefined ? undefined : `verified ${time(wayBack)}`],
    ['bank account', since(bankAccount)],
    ['splitToken', splitToken === undefined ? undefined : tokenText(splitToken)],
  ];
}

function tokenText({ state, at }: NonNullable<OnFile['splitToken']>): string {
  if (at === undefined) return 'not known: you have no permission to read the vault';
  return `${state} since ${time(at)}${state === 'sealed' ? ', only the capture role can open it' : ''}`;
}
