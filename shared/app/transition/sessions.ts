/** One attempt at checkout, from its signed establishData to the redirects that come back. */

import type { RedirectPages } from '../../providers/account.ts';
import type { Redirect } from '../../providers/checkout.ts';
import type { KeyId } from '../../providers/provider.ts';
import type { Item } from '../ports.ts';
import { type Scope, sessionKey } from '../table/keys.ts';
import { dataOf, SCHEMA } from '../table/rows.ts';

/** The content of a verified redirect. It is a source of its own and never becomes a fact of a payment. */
export interface RedirectRecord extends Redirect {
  readonly source: 'redirect';
  /** SHA-256 of the signed part, hex. The same redirect again (a page refresh) has the same digest. */
  readonly digest: string;
  readonly keyId: KeyId;
  readonly variant: string;
  /** ISO 8601. */
  readonly at: string;
  /** The address that the shopper was sent to. A page refresh leads to the same address. */
  readonly location: string;
}

export interface Session {
  readonly orderReference: string;
  /** Unique per attempt; it begins with the order's reference. */
  readonly merchantReference: string;
  /** The stack's base URL in establishData's returnUrl and cancelUrl. The nonce in them is not stored. */
  readonly publicUrl: string;
  readonly pages: RedirectPages;
  readonly createdAt: string;
  /** The authorization that this attempt refreshes. Its transaction belongs to an earlier order. */
  readonly refreshes?: string;
  readonly return?: RedirectRecord;
  readonly cancel?: RedirectRecord;
}

/** Sessions are useless once the provider has forgotten them; their results are stored elsewhere. */
const KEPT_DAYS = 90;
const DAY_SECONDS = 86_400;

export const sessionItem = (scope: Scope, nonce: string, data: Session, version: number): Item => ({
  ...sessionKey(scope, nonce),
  version,
  schema: SCHEMA,
  data,
  expiresAt: Math.floor(Date.parse(data.createdAt) / 1_000) + KEPT_DAYS * DAY_SECONDS,
});

export const sessionOf = (item: Item): Session => dataOf<Session>(item);

/** 128 bits in base64url. */
export const NONCE = /^[A-Za-z0-9_-]{22}$/;
