/**
 * The interface of every provider folder. Pure: no AWS, no clock, no I/O. Imports: node:crypto, the core, and in
 * config.ts valibot.
 *
 * Every folder has README.md, account.ts, config.ts, index.ts, refusals.ts, rules.ts and secret.ts (a test checks it);
 * usually also verify.ts (is the request authentic?), notification.ts (schema, parse), facts.ts (facts, and the status that follows
 * from them) and reply.ts (the answer to the sender).
 */
import type { NormalizedEvent, ProviderRules, ReadFacts } from '../payment/types.ts';
import type { AccountBase } from './account.ts';
import type { ProviderConfig } from './config.ts';
import type { ProviderQuestions } from './question.ts';
import type { QuestionAnswer } from './question-answer.ts';
import type { Answer, ReceivedRequest } from './received.ts';
import type { UnverifiedStatus } from './refusals.ts';

/** Which of an account's configured keys matched; a metric dimension, so a closed set. */
export type KeyId = 'current' | 'next';

/** The key that signed, and the accepted form that matched. */
export interface SignedBy {
  readonly keyId: KeyId;
  readonly keyFingerprint: string;
  readonly variant: string;
}

/**
 * For a provider that signs with its private key. The transition worker has only the public key, so it can verify a
 * queued message again and cannot forge one. A key that the provider shares with the merchant gives no such proof: a
 * function that verifies with it can also sign with it.
 */
interface PublicKeySignature<K = unknown, A extends AccountBase = AccountBase> {
  /** Reads only the public keys of the account's secret. @throws UnusableSecretError */
  parseKeys(secret: unknown, account: A): K;
  /** @returns who signed the stored message, or why no signature is proven (a closed set) */
  verify(message: string, account: A, keys: K): SignedBy | string;
}

/** The only result of verification. Reasons are closed sets per provider, because they become metric dimensions. */
export type Verdict<N> =
  | {
      readonly authentic: false;
      readonly status: UnverifiedStatus;
      readonly reason: string;
    }
  | {
      readonly authentic: true;
      readonly keyId: KeyId;
      /**
       * Fingerprint of the key that verified the request (keys.ts). `keyId` alone is only a place, which has another
       * key after a rotation.
       */
      readonly keyFingerprint?: string;
      /** The accepted form that matched, if the protocol allows several ("sha1", "sha512", "without-attributes"). */
      readonly variant: string;
      /**
       * The message to store and queue: body or query text as received, without credentials that must not be stored
       * (Americas: the value of splitToken is cut out and returned in `splitToken`).
       */
      readonly message: string;
      readonly splitToken?: string;
      /** Absent if `quarantine` is set and the message is too ambiguous to be read. */
      readonly notification?: N;
      /**
       * Why it must be quarantined: authentic, but ambiguous or outside the schema; it raises an alarm and moves no
       * money.
       */
      readonly quarantine?: string;
      /**
       * With `quarantine`: SHA-256 (hex) of the signature. One signature covers unlimited encodings of one text, which
       * must not fill the quarantine: they share one row.
       */
      readonly signatureDigest?: string;
      /** Notes to count about an authentic and readable message ("unexpected_content_type"). */
      readonly remarks: readonly string[];
    };

/**
 * The reason (401) for a text that the same key signed for another purpose: a request of ours, a redirect, an answer of
 * an API. Its signature is correct, but it is no notification. If intake accepted it, it would fill the quarantine.
 */
export const NOT_A_NOTIFICATION = 'not_a_notification';

/** An account's secret cannot be used. The message names the fault, never the value. */
export class UnusableSecretError extends Error {
  override readonly name = 'UnusableSecretError';
}

export interface Provider<N = unknown, K = unknown, A extends AccountBase = AccountBase> {
  readonly name: A['provider'];
  /** The method of its notifications; any other is answered 405. */
  readonly method: 'GET' | 'POST';
  /** Parses and checks the account's secret (documented shape). @throws UnusableSecretError */
  parseKeys(secret: unknown, account: A): K;
  /** Checks that the request is authentic and fits the schema. Verifies before anything else reads the content. */
  verify(request: ReceivedRequest, account: A, keys: K): Verdict<N>;
  /**
   * The reason for a request that another product of the provider sends with another method. It shows the merchant what
   * is misconfigured. One of a closed set. Undefined: the request is not from another product.
   */
  otherProduct?(headers: Readonly<Record<string, string | undefined>>): string | undefined;
  /**
   * A sentence about a refused request, for the merchant's developer. The sender does not get it. It contains our own
   * words, configured values and members of closed sets, and nothing of the message. Undefined: the reason is
   * sufficient.
   */
  explain?(request: ReceivedRequest, account: A, keys: K): string | undefined;
  /** The provider's success answer (Europe: signed with the merchant's key). */
  accept(notification: N | undefined, account: A, keys: K): Answer;
  /** Parses a stored message again (worker side, no keys). @throws for what verify would have quarantined */
  parse(message: string, account: A): N;
  /** Present if the stored message itself proves that the provider signed it. */
  readonly publicKeySignature?: PublicKeySignature;
  /**
   * Reasons of quarantine that the stored message does not show. A message with such a reason stays quarantined,
   * because nobody can check it again.
   */
  readonly uncheckableReasons?: ReadonlySet<string>;
  /**
   * The time that the provider gives the message, in milliseconds since 1970: only for people, to see which messages
   * arrived late. No rule reads it (timestamps never decide). Absent or undefined: it gives none.
   */
  statedAt?(notification: N): number | undefined;
  /** The normalized event. `questionAnswer`: the answer that was given, if the notification is a question. */
  normalize(notification: N, account: A, questionAnswer?: QuestionAnswer): NormalizedEvent;
  /** The provider's status tables. */
  readonly readFacts: ReadFacts;
  readonly rules: Rules;
  /**
   * The most days for which the evidence of a message is kept, whatever is configured. It is for messages with personal
   * data from which nothing is derived. Also called for messages that `parse` cannot read. Absent or undefined: as
   * configured.
   */
  evidenceDays?(message: string): number | undefined;
  /** Present if the provider asks questions that only the merchant can answer. */
  readonly questions?: ProviderQuestions<N, K, A>;
  /** How the stack tests its own public address. Absent: its accounts are not tested. */
  readonly probe?: ProviderProbe<K, A>;
  /** The form of its `NormalizedEvent.key`, for imports of the keys that another system has processed. */
  readonly importKey: { readonly form: RegExp; readonly example: string };
}

/** A request that the stack sends to itself in the provider's form. */
export interface ProbeRequest {
  readonly method: 'GET' | 'POST';
  readonly query: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/**
 * Two requests that have no effect: one with a valid signature, one with a signature that no key makes. Intake
 * recognizes them by their whole text and does not count them. `payhooks doctor` sends the same forged request. Its
 * signed one is another: intake counts that as accepted.
 */
export interface ProviderProbe<K = unknown, A extends AccountBase = AccountBase> {
  /** The path of the account's notifications, below the stack's public address. */
  path(account: A): string;
  /** @param id thirteen digits. Absent or undefined: only the provider can send a request that would be accepted */
  signed?(account: A, keys: K, id: string): ProbeRequest | undefined;
  forged(account: A, id: string): ProbeRequest;
  /** Whether the verified message is the request of `signed`. */
  isSigned(message: string, account: A): boolean;
  /** Whether the refused request is the request of `forged`. */
  isForged(request: ReceivedRequest, account: A): boolean;
}

/** `ProviderRules`, and what the application does only for some providers. An absent flag means no. */
export interface Rules extends ProviderRules {
  /** A capture is a payment of its own, and uses the order of its authorization. */
  readonly capturesShareOrder?: true;
  /** A signed redirect of the shopper says which order a transaction is for. */
  readonly redirectsNameOrders?: true;
  /** Its events name the bank account of an authorization, and may give a token for captures. */
  readonly keepsAccounts?: true;
  /**
   * Its API has no listing: the reconciler polls each payment of an account with `confirm`, so each granted one is in
   * the sparse index.
   */
  readonly pollsEachPayment?: true;
}

/** The whole folder, as the registry contains it. */
export interface ProviderFolder<N = unknown, K = unknown, A extends AccountBase = AccountBase>
  extends Provider<N, K, A> {
  /** The value of config.ts. Absent in a function's bundle, which does not use it. */
  readonly config: ProviderConfig<A>;
}

/** The value, in a function's bundle, of what only synth and the command line use. */
export const NOT_BUNDLED = undefined as never;

/**
 * The part of a provider that answers requests. Statuses and facts are only for the worker, and would enlarge the
 * bundle.
 */
export type IntakeProvider<N = unknown, K = unknown, A extends AccountBase = AccountBase> = Pick<
  Provider<N, K, A>,
  'name' | 'method' | 'parseKeys' | 'verify' | 'explain' | 'accept' | 'otherProduct' | 'probe'
>;
