/**
 * A library call and a part of POST /checkout/orders: opens one attempt to pay a registered order through a provider
 * that has a checkout. Each call creates its own reference, nonce and signature; the browser determines none of them.
 */

import { randomBytes } from 'node:crypto';
import { defined } from '../../payment/defined.ts';
import { hasRevokedGoods } from '../../payment/index.ts';
import type { Environment, Order } from '../../payment/types.ts';
import {
  type CheckoutAccount,
  EstablishError,
  type Established,
  type ProviderCheckout,
} from '../../providers/checkout.ts';
import { providerCheckouts } from '../../providers/checkouts.ts';
import type { Account } from '../../providers/index.ts';
import { findAccount } from '../platform/config.ts';
import { accountSecretName, type SecretOf, type Secrets } from '../platform/secrets.ts';
import { type Clock, type Store, StoreBusyError } from '../ports.ts';
import { repeatWhileBusy } from '../table/attempts.ts';
import { referenceAliasKey, scopeOf } from '../table/keys.ts';
import { readOrder, readPayment } from '../table/read.ts';
import { aliasItem } from '../table/rows.ts';
import { OrderTakenError } from '../transition/orders.ts';
import { type Session, sessionItem } from '../transition/sessions.ts';

export interface EstablishDeps {
  readonly store: Store;
  readonly accounts: readonly Account[];
  readonly environment: Environment;
  readonly secrets: Secrets;
  /** Base URL of the stack (https, without a slash at its end) for returnUrl, cancelUrl and notificationUrl. */
  readonly publicUrl: string;
  readonly clock: Clock;
}

const SECRET_TIMEOUT_MS = 5_000;
const NONCE_BYTES = 16;
const SUFFIX_CHARS = 10;
const MAX_ATTEMPTS = 6;

/** An account with a checkout, and its provider's checkout port. */
export interface Checkout {
  readonly account: CheckoutAccount<Account>;
  readonly provider: ProviderCheckout;
}

/** The secret that contains the account's keys. */
export const checkoutKeys = (
  environment: Environment,
  { account, provider }: Checkout,
): SecretOf<unknown> => ({
  name: accountSecretName(environment, account),
  parse: provider.parseKeys,
});

/** Undefined: there is no such account, or its configuration has no `checkout`. */
export function checkoutOf(account: Account | undefined): Checkout | undefined {
  if (account?.checkout === undefined) return undefined;
  const provider = providerCheckouts[account.provider];
  return provider === undefined ? undefined : { account: account as CheckoutAccount<Account>, provider };
}

const WITH_CHECKOUT = Object.keys(providerCheckouts)
  .map((name) => JSON.stringify(name))
  .join(' or ');

/**
 * Checks an order before it is registered, so that an order that cannot be established is not registered either.
 * @throws EstablishError
 */
function checkoutFor({ provider, account }: Order, accounts: readonly Account[]): Checkout {
  if (provider === undefined || !Object.hasOwn(providerCheckouts, provider) || account === undefined) {
    throw new EstablishError(`establish: only with order.provider ${WITH_CHECKOUT} and order.account`);
  }
  const found = checkoutOf(findAccount(accounts, provider, account));
  if (found !== undefined) return found;
  throw new EstablishError(
    `order.account: ${JSON.stringify(account)} is no ${provider} account with "checkout" in its configuration`,
  );
}

/** A prepared attempt that is not written yet. */
export interface Prepared {
  readonly data: Established['data'];
  readonly account: CheckoutAccount<Account>;
  readonly nonce: string;
  readonly session: Session;
}

/** @param input the caller's part of establishData. @throws EstablishError, or an error of the secret store */
export async function prepare(input: unknown, order: Order, deps: EstablishDeps): Promise<Prepared> {
  const checkout = checkoutFor(order, deps.accounts);
  const { account, provider } = checkout;
  const nonce = randomBytes(NONCE_BYTES).toString('base64url');
  // The suffix is visible in the shopper's browser and in reports, so it is not part of the nonce.
  const suffix = randomBytes(SUFFIX_CHARS / 2).toString('hex');
  const attempt = {
    merchantReference: provider.merchantReferenceOf(order, suffix),
    returnUrl: deps.publicUrl + provider.redirectPath(account.account, 'return', nonce),
    cancelUrl: deps.publicUrl + provider.redirectPath(account.account, 'cancel', nonce),
    notificationUrl: deps.publicUrl + provider.notificationPath(account.account),
  };
  const signal = AbortSignal.timeout(SECRET_TIMEOUT_MS);
  const keys = await deps.secrets.read(checkoutKeys(deps.environment, checkout), signal);
  const { data, refreshes } = provider.establish({ input, order, attempt, account, keys });
  return {
    data,
    account,
    nonce,
    session: {
      orderReference: order.reference,
      merchantReference: attempt.merchantReference,
      publicUrl: deps.publicUrl,
      pages: account.checkout.pages,
      createdAt: new Date(deps.clock()).toISOString(),
      ...defined({ refreshes }),
    },
  };
}

/** Whether the order is paid. An order whose payment was reversed or refunded in full can be paid again. */
async function isPaid({ paidBy, fulfilled }: Order, store: Store): Promise<boolean> {
  if (paidBy === undefined) return fulfilled !== undefined;
  return !hasRevokedGoods(await readPayment(store, paidBy));
}

/**
 * Writes the session, and the attempt's reference as a further alias of the order, so that the events with this
 * reference find the order. The order must be registered.
 * @throws OrderTakenError for an order that is paid or closed, StoreBusyError
 */
export async function openSession(
  { account, nonce, session }: Prepared,
  order: Order,
  store: Store,
): Promise<void> {
  const current = (await readOrder(store, order.reference)) ?? order;
  if (current.use === 'once' && (await isPaid(current, store))) {
    throw new OrderTakenError(`order.reference: ${JSON.stringify(order.reference)} is paid already`);
  }
  if (current.closedAt !== undefined) {
    throw new OrderTakenError(
      `order.reference: ${JSON.stringify(order.reference)} is closed: reopen it first`,
    );
  }
  const scope = scopeOf(account);
  const writes = [
    { put: sessionItem(scope, nonce, session, 1), when: 'absent' },
    { put: aliasItem(referenceAliasKey(session.merchantReference), order.reference), when: 'absent' },
  ] as const;
  const write = async (): Promise<void> => {
    const result = await store.write(writes);
    // Both names are random: a collision is chance, and a new call uses other names.
    if (!result.ok) throw new StoreBusyError('session names are taken');
  };
  await repeatWhileBusy(write, { most: MAX_ATTEMPTS });
}
