/** One attempt at checkout, from its signed establishData to the redirects that come back. */

import type { RedirectPages } from '../../providers/account.ts';
import type { Redirect } from '../../providers/checkout.ts';
import type { KeyId } from '../../providers/provider.ts';
import type { Item } from '../ports.ts';
import { type Scope, sessionKey } from '../table/keys.ts';
import { dataOf, SCHEMA } from '../table/rows.ts';

/** What a verified redirect said. Of its own source: it never becomes a fact of a payment. */
export interface RedirectRecord extends Redirect {
  readonly source: 'redirect';
  /** SHA-256 of the signed portion, hex: the same redirect again (a refresh) has the same one. */
  readonly digest: string;
  readonly keyId: KeyId;
  readonly variant: string;
  /** ISO 8601. */
  readonly at: string;
  /** Where the shopper was sent on to; a refresh is sent to the same place. */
  readonly location: string;
}

export interface Session {
  readonly orderReference: string;
  /** Unique per attempt; the order's reference is the front of it. */
  readonly merchantReference: string;
  /** The stack's address in establishData's returnUrl and cancelUrl; the nonce behind it is not kept. */
  readonly publicUrl: string;
  readonly pages: RedirectPages;
  readonly createdAt: string;
  /** The authorization that this attempt refreshes: its transaction belongs to an earlier order. */
  readonly refreshes?: string;
  readonly return?: RedirectRecord;
  readonly cancel?: RedirectRecord;
}

/** Sessions are of no use once the provider has forgotten them; what they led to is kept elsewhere. */
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
