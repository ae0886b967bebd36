/**
 * The account on file: which bank account an authorization (Trustly Americas) stands for, without number and holder.
 * The signed redirect and the verified Authorize event each keep a row; reading joins them, so it never matters
 * which came first. The event's word counts where both speak.
 */
import { defined } from '../../payment/defined.ts';
import type { BankAccount } from '../../payment/types.ts';
import type { Item, Store } from '../ports.ts';
import { ACCOUNT_PREFIX, accountOnFileKey, type Scope } from '../table/keys.ts';
import { dataOf, SCHEMA } from '../table/rows.ts';
import type { RedirectRecord, Session } from './sessions.ts';

interface FromReturn {
  readonly source: 'redirect';
  readonly orderReference: string;
  readonly merchantReference: string;
  readonly providerType?: string;
  readonly accountVerified?: boolean;
  readonly at: string;
}

export interface FromEvent {
  readonly source: 'event';
  /** Orders events, see `NormalizedEvent.onFile`. */
  readonly rank: string;
  readonly account: BankAccount;
  readonly at: string;
}

export interface AccountOnFile {
  readonly transactionId: string;
  readonly orderReference?: string;
  /** `type`, from the redirect: "1" online banking, "2" manual electronic check. */
  readonly account: BankAccount & { readonly type?: string };
  /** Both a verified redirect and a verified event speak of it. */
  readonly complete: boolean;
  readonly sources: readonly ('redirect' | 'event')[];
}

/** Of a redirect whose shopper agreed; else there is no account. */
export function accountFromReturn(scope: Scope, session: Session, record: RedirectRecord): Item {
  const { providerType, accountVerified, at } = record;
  const data: FromReturn = {
    source: 'redirect',
    orderReference: session.orderReference,
    merchantReference: session.merchantReference,
    ...defined({ providerType, accountVerified }),
    at,
  };
  return { ...accountOnFileKey(scope, record.transactionId, 'return'), schema: SCHEMA, data };
}

/** @param transactionId of the authorization, at the provider */
export async function accountOnFile(
  store: Store,
  scope: Scope,
  transactionId: string,
): Promise<AccountOnFile | undefined> {
  const { pk } = accountOnFileKey(scope, transactionId, 'event');
  const rows = (await store.query(pk, { prefix: ACCOUNT_PREFIX, limit: 2 })).map((row) =>
    dataOf<FromReturn | FromEvent>(row),
  );
  const normalized = rows.find((row) => row.source === 'event');
  const back = rows.find((row) => row.source === 'redirect');
  if (normalized === undefined && back === undefined) return undefined;
  return {
    transactionId,
    ...defined({ orderReference: back?.orderReference }),
    account: {
      ...(back?.providerType === undefined ? {} : { type: back.providerType }),
      ...(back?.accountVerified === undefined ? {} : { verified: back.accountVerified }),
      ...normalized?.account,
    },
    complete: normalized !== undefined && back !== undefined,
    sources: [
      ...(normalized === undefined ? [] : (['event'] as const)),
      ...(back === undefined ? [] : (['redirect'] as const)),
    ],
  };
}
