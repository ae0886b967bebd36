/**
 * GET {provider's path}/{account}/return/{nonce} and …/cancel/{nonce}: the shopper's browser comes back from the
 * provider. A redirect that is verified and belongs to this attempt is stored once, as a separate kind of evidence, and
 * selects the merchant's page that follows. It never reaches the payment core, so it cannot fulfil anything. If a
 * payment was known before its order, the redirect writes a row by which the sweeper derives it anew.
 */

import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { paymentKey } from '../../payment/index.ts';
import type { Environment } from '../../payment/types.ts';
import type { RedirectPages } from '../../providers/account.ts';
import type { CheckoutAccount, RedirectKind, RedirectReason } from '../../providers/checkout.ts';
import type { Account } from '../../providers/index.ts';
import { correlated, correlationIdFrom } from '../platform/correlation.ts';
import type { Secrets } from '../platform/secrets.ts';
import type { Telemetry } from '../platform/telemetry.ts';
import { type Item, type Store, StoreBusyError, type Write } from '../ports.ts';
import { repeatUntilWritten } from '../table/attempts.ts';
import {
  aliasKeyOf,
  hashText,
  redirectStateKey,
  returnedKey,
  type Scope,
  scopeOf,
  sessionKey,
} from '../table/keys.ts';
import { aliasItem, aliasTarget, type RedirectStateRow, redirectStateOf, renewItem } from '../table/rows.ts';
import { accountFromRedirect } from '../transition/account-on-file.ts';
import { NONCE, type RedirectRecord, type Session, sessionItem, sessionOf } from '../transition/sessions.ts';
import { type Checkout, checkoutKeys, checkoutOf } from './establish.ts';
import { linkPage, notFound, redirectTo } from './redirect-http.ts';

export interface RedirectDeps extends Telemetry {
  readonly store: Store;
  readonly accounts: readonly Account[];
  readonly environment: Environment;
  readonly secrets: Secrets;
}

/** Why a redirect is not used; a metric dimension. */
export type RedirectRefusal =
  | RedirectReason
  | 'unknown_session'
  | 'foreign_reference'
  | 'foreign_transaction'
  | 'session_used';

type Outcome =
  | { readonly type: 'moved'; readonly to: keyof RedirectPages | 'again'; readonly location: string }
  | { readonly type: 'refused'; readonly reason: RedirectRefusal };

/** A shopper waits for this. The gateway's own timeout is longer and shows an error page. */
const DEADLINE_MS = 6_000;
const SECRET_TIMEOUT_MS = 2_500;
const MAX_ATTEMPTS = 8;

/**
 * Status 303: a page of the account's configuration; 401: a link, for a return that cannot be trusted; 404: unknown
 * account.
 */
export function createRedirectHandler(deps: RedirectDeps) {
  const handle = async (event: APIGatewayProxyEventV2): Promise<APIGatewayProxyStructuredResultV2> => {
    const name = event.pathParameters?.account;
    const checkout = deps.accounts
      .filter(({ account }) => account === name)
      .map(checkoutOf)
      .find((found) => found !== undefined);
    if (checkout === undefined) return notFound();
    const { account } = checkout;
    const { pages } = account.checkout;
    const kind = event.routeKey.includes('/cancel/') ? 'cancel' : 'return';
    // A shopper who canceled is always sent to the checkout; nothing in the redirect influences that.
    const otherwise = kind === 'cancel' ? pages.selection : pages.pending;
    let outcome: Outcome;
    try {
      outcome = await within(DEADLINE_MS, follow(kind, checkout, event, deps));
    } catch (error) {
      deps.log.error('redirect not kept', { ...scopeOf(account), outcome: kind, error });
      deps.metrics.emit({ Redirects: 1 }, { outcome: 'failed' });
      return redirectTo(otherwise);
    }
    if (outcome.type === 'moved') {
      deps.metrics.emit({ Redirects: 1 }, { outcome: outcome.to });
      return redirectTo(outcome.location);
    }
    const { reason } = outcome;
    deps.log.warn('redirect refused', { ...scopeOf(account), outcome: kind, reason });
    deps.metrics.emit({ RedirectsRefused: 1 }, { reason });
    return kind === 'cancel' ? redirectTo(otherwise) : linkPage(401, otherwise);
  };
  return (event: APIGatewayProxyEventV2) =>
    correlated(correlationIdFrom(event.requestContext.requestId), () => handle(event));
}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('deadline')), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

const refused = (reason: RedirectRefusal): Outcome => ({ type: 'refused', reason });

async function follow(
  kind: RedirectKind,
  checkout: Checkout,
  event: APIGatewayProxyEventV2,
  deps: RedirectDeps,
): Promise<Outcome> {
  const nonce = event.pathParameters?.nonce ?? '';
  if (!NONCE.test(nonce)) return refused('unknown_session');
  const attempt = async (): Promise<Outcome | 'changed_meanwhile'> => {
    const row = await deps.store.get(sessionKey(scopeOf(checkout.account), nonce));
    if (row === undefined) return refused('unknown_session');
    return attemptRedirect({ kind, checkout, nonce, row, query: event.rawQueryString }, deps);
  };
  const outcome = await repeatUntilWritten(attempt, { most: MAX_ATTEMPTS });
  if (outcome === undefined) throw new StoreBusyError('the session is contended');
  return outcome;
}

interface IncomingRedirect {
  readonly kind: RedirectKind;
  readonly checkout: Checkout;
  readonly nonce: string;
  readonly row: Item;
  readonly query: string;
}

async function attemptRedirect(
  incoming: IncomingRedirect,
  deps: RedirectDeps,
): Promise<Outcome | 'changed_meanwhile'> {
  const { kind, checkout, row } = incoming;
  const { account, provider } = checkout;
  const session = sessionOf(row);
  const verdict = await verifyTwice(incoming, session, deps);
  if (!verdict.authentic) return refused(verdict.reason);
  const { redirect, keyId, variant, signed } = verdict;
  if (redirect.merchantReference !== session.merchantReference) return refused('foreign_reference');
  const digest = hashText(signed);
  const known = session[kind];
  if (known !== undefined) {
    return known.digest === digest
      ? { type: 'moved', to: 'again', location: known.location }
      : refused('session_used');
  }
  const ownership = await ownershipOf(session, redirect.transactionId, account, deps.store);
  if (ownership === 'foreign') return refused('foreign_transaction');
  const to = provider.pageOf(kind, redirect, ownership.state?.confirmed === true);
  const record: RedirectRecord = {
    ...redirect,
    source: 'redirect',
    digest,
    keyId,
    variant,
    at: new Date(deps.clock()).toISOString(),
    location: locationOf(session, to, provider.pageParameters(to, redirect)),
  };
  const result = await deps.store.write(writesOf(incoming, session, record, ownership));
  if (!result.ok) return 'changed_meanwhile';
  deps.log.info('redirect kept', { ...scopeOf(account), outcome: to, order: session.orderReference });
  return { type: 'moved', to, location: record.location };
}

/** The page's configured address with `order` and the parameters that the provider's codes add. */
export function locationOf(
  session: Pick<Session, 'pages' | 'orderReference'>,
  to: keyof RedirectPages,
  parameters: Readonly<Record<string, string>>,
): string {
  const url = new URL(session.pages[to]);
  url.searchParams.set('order', session.orderReference);
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return url.href;
}

/** A wrong signature may mean that the key was rotated: the secret is read again once. */
async function verifyTwice(
  { kind, checkout, nonce, query }: IncomingRedirect,
  session: Session,
  deps: RedirectDeps,
) {
  const { account, provider } = checkout;
  const url = session.publicUrl + provider.redirectPath(account.account, kind, nonce);
  const secret = checkoutKeys(deps.environment, checkout);
  const signal = AbortSignal.timeout(SECRET_TIMEOUT_MS);
  const verdict = provider.verifyRedirect(query, url, account, await deps.secrets.read(secret, signal));
  if (verdict.authentic || verdict.reason !== 'wrong_signature') return verdict;
  const fresh = await deps.secrets.reread(secret, signal);
  return fresh === undefined ? verdict : provider.verifyRedirect(query, url, account, fresh);
}

type Ownership =
  | 'foreign'
  | {
      readonly state: RedirectStateRow | undefined;
      /** No order has this transaction yet. */
      readonly isNew: boolean;
    };

/** The transaction must belong to no order or to this one. A refreshed authorization stays with its order. */
async function ownershipOf(
  session: Session,
  transactionId: string,
  account: CheckoutAccount,
  store: Store,
): Promise<Ownership> {
  const scope = scopeOf(account);
  const [alias, returned, row] = await Promise.all([
    store.get(aliasKeyOf(scope, { type: 'id', value: transactionId })),
    store.get(returnedKey(scope, transactionId)),
    store.get(redirectStateKey(paymentKey({ ...scope, id: transactionId }))),
  ]);
  const state = row === undefined ? undefined : redirectStateOf(row);
  const named = [alias, returned].map((each) => (each === undefined ? undefined : aliasTarget(each)));
  const foreign = [...named, state?.orderReference].some(
    (owner) => owner !== undefined && owner !== session.orderReference,
  );
  if (foreign && session.refreshes !== transactionId) return 'foreign';
  return { state, isNew: alias === undefined && returned === undefined && !foreign };
}

function writesOf(
  { kind, checkout: { account, provider }, nonce, row }: IncomingRedirect,
  session: Session,
  record: RedirectRecord,
  { state, isNew }: Exclude<Ownership, 'foreign'>,
): readonly Write[] {
  const scope = scopeOf(account);
  const version = row.version ?? 1;
  const isOnFile = kind === 'return' && provider.hasAgreed(record);
  return [
    {
      put: sessionItem(scope, nonce, { ...session, [kind]: record }, version + 1),
      when: { versionIs: version },
    },
    // The transaction belongs to this order, unless an event or a registration names another one.
    ...(isNew
      ? [
          {
            put: aliasItem(returnedKey(scope, record.transactionId), session.orderReference),
            when: 'absent',
          } satisfies Write,
        ]
      : []),
    // A payment whose event arrived first waits for an order already, or may do so before this is written. Its next
    // write finds the row (order-search.ts). A payment that has the order already needs no row.
    ...(isNew && state?.orderReference === undefined ? [renewal(scope, session, record)] : []),
    ...(isOnFile
      ? [{ put: accountFromRedirect(scope, session, record), when: 'always' } satisfies Write]
      : []),
  ];
}

const renewal = (
  scope: Scope,
  { orderReference }: Session,
  { transactionId, at }: RedirectRecord,
): Write => ({
  put: renewItem(
    { payment: paymentKey({ ...scope, id: transactionId }), cause: `order ${orderReference}` },
    at,
  ),
  when: 'always',
});
