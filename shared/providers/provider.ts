/**
 * What every provider folder implements. Pure: no AWS, no clock, no I/O; node:crypto is the only import.
 *
 * A provider folder has: verify.ts (is this authentic?), notification.ts (schema, parse), facts.ts (what it
 * tells us; what status follows, as data), reply.ts (what the sender gets), index.ts (the Provider value) and
 * README.md (wire format, statuses, sources, what is undocumented).
 */
import type { AccountPolicy, ProviderName, ReadFacts, Told } from '../payment/types.ts';

/** One HTTP request as it reached us. `headers` have lower-case names; `rawQuery` and `body` are verbatim. */
export interface ReceivedRequest {
  readonly method: string;
  readonly rawQuery: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  readonly sourceIp: string;
}

/** Which of an account's configured keys matched; a metric dimension, so a closed set. */
export type KeyId = 'current' | 'next';

export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

/** The one exit of verification. Reasons are closed sets per provider: they become metric dimensions. */
export type Verdict<N> =
  | {
      readonly authentic: false;
      /** 401 can't be verified; 400 can't be read; 405, 413, 415 as named. Never a 2xx. */
      readonly status: 400 | 401 | 405 | 413 | 415;
      readonly reason: string;
    }
  | {
      readonly authentic: true;
      readonly keyId: KeyId;
      /** Which accepted form matched, where the protocol notes leave two ("sha1", "sha512", "without-attributes"). */
      readonly variant: string;
      /**
       * The message to keep and queue: body or query text as received, without credentials that must not be
       * kept (Americas: splitToken's value is cut out and handed over in `splitToken`).
       */
      readonly message: string;
      readonly splitToken?: string;
      /** Absent when `quarantine` is set and the message is too ambiguous to be read. */
      readonly notification?: N;
      /** Authentic, but ambiguous or outside the schema: kept aside, alarmed, moves no money. */
      readonly quarantine?: string;
      /** Authentic and readable, but worth counting ("unexpected_content_type"). */
      readonly remarks: readonly string[];
    };

/** Thrown when an account's secret cannot be used; the message names what is wrong, never the value. */
export class UnusableSecretError extends Error {
  override readonly name = 'UnusableSecretError';
}

export interface Provider<N = unknown, K = unknown, A extends Account = Account> {
  readonly name: ProviderName;
  /** Parses and checks the account's secret (documented shape) once; throws UnusableSecretError. */
  parseKeys(secret: unknown, account: A): K;
  /** Is this authentic, and does it fit the schema? Verifies before anything else reads the content. */
  verify(request: ReceivedRequest, account: A, keys: K): Verdict<N>;
  /** The provider's success answer (Europe: signed with the merchant's key). */
  accept(notification: N | undefined, account: A, keys: K): Answer;
  /** Parses a kept message again (worker side, no keys). Throws on what verify would have quarantined. */
  parse(message: string, account: A): N;
  /** What the notification tells the core. */
  told(notification: N, account: A): Told;
  /** The provider's status tables. */
  readonly readFacts: ReadFacts;
}

interface AccountBase {
  /** Path segment and configuration name, [a-z0-9-]{1,32}. */
  readonly account: string;
  readonly policy: AccountPolicy;
}

/** Secret shape: {"current": {"accessId", "accessKey"}, "next"?: {…}}; both may share one accessId. */
export interface TrustlyAmericasAccount extends AccountBase {
  readonly provider: 'trustly-americas';
  /** Public JWK (EC P-256) to which splitTokens are sealed at intake; without it they are dropped, and counted. */
  readonly splitTokenKey?: Readonly<Record<string, string>>;
}

/**
 * Secret shape: {"current": {"privateKey": PEM}, "next"?: {…}, "trustly"?: {"current": PEM, "next"?: PEM}}.
 * `privateKey` signs our replies; `trustly` replaces the published Trustly key of the environment.
 */
export interface TrustlyEuropeAccount extends AccountBase {
  readonly provider: 'trustly-europe';
  /** How replies are signed; SHA1 (no prefix) unless Trustly registered another one for the account. */
  readonly replyAlgorithm: 'SHA1' | 'RS256' | 'RS384' | 'RS512';
  /** What the account uses: a debit or kyc question needs a decision (design §3 rule 5). */
  readonly withdrawals: boolean;
  readonly kyc: boolean;
}

/** Secret shape: {"current": {"secretKey"}, "next"?: {…}, "brickTestKey"?: string} (sandbox only). */
export interface PaymentwallAccount extends AccountBase {
  readonly provider: 'paymentwall';
  readonly api: 'digital_goods' | 'virtual_currency' | 'cart';
  /** Pinned: every other version is refused. Cart has no version 1. */
  readonly signatureVersion: 1 | 2 | 3;
  /** check: the caller must be one of Paymentwall's published addresses. */
  readonly sourceAddresses: 'any' | 'check';
  readonly goods: 'digital' | 'physical';
  /** Query parameter that holds the merchant's order reference ("goodsid" by default, or a custom one). */
  readonly orderParameter: string;
}

export type Account = TrustlyAmericasAccount | TrustlyEuropeAccount | PaymentwallAccount;
