/**
 * The account on file: the bank account of an authorization (Trustly Americas), without number and holder. The signed
 * redirect and the verified Authorize event each write a row; reading joins them, so the order of arrival does not
 * matter. Where both contain a value, the event's counts.
 */
import { defined } from '../../payment/defined.ts';
import type { BankAccount } from '../../payment/types.ts';
import type { Item, Store } from '../ports.ts';
import { ACCOUNT_PREFIX, accountOnFileKey, type Scope } from '../table/keys.ts';
import { dataOf, SCHEMA } from '../table/rows.ts';
import type { RedirectRecord, Session } from './sessions.ts';

interface FromRedirect {
  readonly source: 'redirect';
  readonly orderReference: string;
  readonly merchantReference: string;
  readonly providerType?: string;
  readonly accountVerified?: boolean;
  readonly at: string;
}

export interface FromEvent {
  readonly source: 'event';
  /** Sorts events, see `NormalizedEvent.onFile`. */
  readonly rank: string;
  readonly account: BankAccount;
  readonly at: string;
}

export interface AccountOnFile {
  readonly transactionId: string;
  readonly orderReference?: string;
  /** `type`, from the redirect: "1" online banking, "2" manual electronic check. */
  readonly account: BankAccount & { readonly type?: string };
  /** Both a verified redirect and a verified event exist for it. */
  readonly complete: boolean;
  readonly sources: readonly ('redirect' | 'event')[];
}

/** The row of a redirect. Called only if the shopper agreed; otherwise there is no account. */
export function accountFromRedirect(scope: Scope, session: Session, record: RedirectRecord): Item {
  const { providerType, accountVerified, at } = record;
  const data: FromRedirect = {
    source: 'redirect',
    orderReference: session.orderReference,
    merchantReference: session.merchantReference,
    ...defined({ providerType, accountVerified }),
    at,
  };
  return { ...accountOnFileKey(scope, record.transactionId, 'return'), schema: SCHEMA, data };
}

/** Undefined: neither a redirect nor an event exists. @param transactionId the provider's id of the authorization */
export async function accountOnFile(
  store: Store,
  scope: Scope,
  transactionId: string,
): Promise<AccountOnFile | undefined> {
  const { pk } = accountOnFileKey(scope, transactionId, 'event');
  const rows = (await store.query(pk, { prefix: ACCOUNT_PREFIX, limit: 2 })).map((row) =>
    dataOf<FromRedirect | FromEvent>(row),
  );
  const event = rows.find((row) => row.source === 'event');
  const back = rows.find((row) => row.source === 'redirect');
  if (event === undefined && back === undefined) return undefined;
  return {
    transactionId,
    ...defined({ orderReference: back?.orderReference }),
    account: {
      ...defined({ type: back?.providerType, verified: back?.accountVerified }),
      ...event?.account,
    },
    complete: event !== undefined && back !== undefined,
    sources: [
      ...(event === undefined ? [] : (['event'] as const)),
      ...(back === undefined ? [] : (['redirect'] as const)),
    ],
  };
}
