/**
 * What every provider folder implements. Pure: no AWS, no clock, no I/O; node:crypto is the only import.
 *
 * A provider folder has: verify.ts (is this authentic?), notification.ts (schema, parse), facts.ts (what it
 * tells us; what status follows, as data), reply.ts (what the sender gets), index.ts (the Provider value) and
 * README.md (what we make of the protocol; wire format, statuses and sources: docs/protocols, one page each).
 */
import type { NormalizedEvent, ProviderRules, ReadFacts } from '../payment/types.ts';
import type { AccountBase } from './account.ts';
import type { ProviderConfig } from './config.ts';
import type { ProviderQuestions } from './question.ts';
import type { QuestionAnswer } from './question-answer.ts';
import type { Answer, ReceivedRequest } from './received.ts';

/** Which of an account's configured keys matched; a metric dimension, so a closed set. */
export type KeyId = 'current' | 'next';

/** Which key signed, and in which of the accepted forms. */
export interface SignedBy {
  readonly keyId: KeyId;
  readonly keyFingerprint: string;
  readonly variant: string;
}

/**
 * Where the provider signs with a private key of its own, whoever holds only the public one can verify and cannot sign.
 * So the transition worker verifies once more what it takes from the queue, and need not believe who put it there. A key
 * that is shared with the provider gives no such proof: who verifies with it can sign with it.
 */
interface PublicKeySignature<K = unknown, A extends AccountBase = AccountBase> {
  /** The public keys of the account's secret and nothing else of it; throws UnusableSecretError. */
  parseKeys(secret: unknown, account: A): K;
  /** @returns who signed the kept message, or why no signature is proven (a closed set) */
  verify(message: string, account: A, keys: K): SignedBy | string;
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
      /** Of the key that verified it (keys.ts): `keyId` is a place, in which another key stands after a rotation. */
      readonly keyFingerprint?: string;
      /** Which accepted form matched, where the protocol leaves several ("sha1", "sha512", "without-attributes"). */
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
      /**
       * With `quarantine`: SHA-256 (hex) of the signature. One signature covers endless encodings of one text, which
       * must not fill the quarantine: they are one row.
       */
      readonly signatureDigest?: string;
      /** Authentic and readable, but worth counting ("unexpected_content_type"). */
      readonly remarks: readonly string[];
    };

/**
 * The reason (401) for what a key signed for another purpose: a request of ours, a redirect, an answer of an API. It
 * verifies, and no notification could look so; accepted it would fill the quarantine.
 */
export const NOT_A_NOTIFICATION = 'not_a_notification';

/** Thrown when an account's secret cannot be used; the message names what is wrong, never the value. */
export class UnusableSecretError extends Error {
  override readonly name = 'UnusableSecretError';
}

export interface Provider<N = unknown, K = unknown, A extends AccountBase = AccountBase> {
  readonly name: A['provider'];
  /** With which it sends notifications; another one is answered 405. */
  readonly method: 'GET' | 'POST';
  /** Parses and checks the account's secret (documented shape) once; throws UnusableSecretError. */
  parseKeys(secret: unknown, account: A): K;
  /** Is this authentic, and does it fit the schema? Verifies before anything else reads the content. */
  verify(request: ReceivedRequest, account: A, keys: K): Verdict<N>;
  /**
   * Names what a request with a wrong method is, where it comes from another product of the provider's: the reason of its
   * refusal then tells the merchant what he has set up. Of a closed set.
   */
  otherProduct?(headers: Readonly<Record<string, string | undefined>>): string | undefined;
  /**
   * What the developer of a refused request must know and its sender is not told: a sentence in our own words, with
   * configured values and closed sets, nothing of the message. Undefined: the reason says it all.
   */
  explain?(request: ReceivedRequest, account: A, keys: K): string | undefined;
  /** The provider's success answer (Europe: signed with the merchant's key). */
  accept(notification: N | undefined, account: A, keys: K): Answer;
  /** Parses a kept message again (worker side, no keys). Throws on what verify would have quarantined. */
  parse(message: string, account: A): N;
  /** Present where the kept message proves by itself that the provider signed it. */
  readonly publicKeySignature?: PublicKeySignature;
  /** Except for these reasons, of which the kept message alone may show nothing: what was set aside stays so. */
  readonly unseenReasons?: ReadonlySet<string>;
  /**
   * The time that the provider itself gives the message, in milliseconds since 1970: for people, who see by it what came
   * late. No rule reads it (timestamps never decide). Absent, undefined: it gives none.
   */
  statedAt?(notification: N): number | undefined;
  /** The normalized event; `decided` is our answer, where the notification was a question. */
  normalize(notification: N, account: A, decided?: QuestionAnswer): NormalizedEvent;
  /** The provider's status tables. */
  readonly readFacts: ReadFacts;
  readonly rules: Rules;
  /**
   * How many days the evidence of a kept message stays at most, whatever is configured: personal data that nothing is
   * derived from. Asked of messages that `parse` cannot read, too. Absent, undefined: as configured.
   */
  evidenceDays?(message: string): number | undefined;
  /** Present where it asks what only the merchant can answer. */
  readonly questions?: ProviderQuestions<N, K, A>;
  /** How the stack tries its own public address. Absent: its accounts are not tried. */
  readonly probe?: ProviderProbe<K, A>;
  /** How its `NormalizedEvent.key` looks, for who imports the keys of what another system has processed. */
  readonly importKey: { readonly form: RegExp; readonly example: string };
}

/** A request that the stack sends to itself, as the provider would. */
export interface ProbeRequest {
  readonly method: 'GET' | 'POST';
  readonly query: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/**
 * Two requests that cause nothing: one with a good signature, one with a signature that no key makes. Intake counts
 * neither among a provider's, and knows them by their whole text.
 */
export interface ProviderProbe<K = unknown, A extends AccountBase = AccountBase> {
  /** Where the account's notifications come, below the stack's public address. */
  path(account: A): string;
  /** @param id thirteen digits. Absent, undefined: nobody but the provider can send what would be accepted. */
  signed?(account: A, keys: K, id: string): ProbeRequest | undefined;
  forged(account: A, id: string): ProbeRequest;
  /** Whether the verified message is `signed`. */
  isSigned(message: string, account: A): boolean;
  /** Whether the refused request is `forged`. */
  isForged(request: ReceivedRequest, account: A): boolean;
}

/** `ProviderRules`, and what the application does for this provider alone. Absent: it does not. */
export interface Rules extends ProviderRules {
  /** A capture is a payment of its own, and its authorization's order is its order. */
  readonly capturesShareOrder?: true;
  /** A signed redirect of the shopper's says which order a transaction is for. */
  readonly redirectsNameOrders?: true;
  /** Its events say which bank account an authorization stands for, and may give a token for captures. */
  readonly keepsAccounts?: true;
  /** Its API has no listing: the reconciler asks about each payment, so each granted one is in the open index. */
  readonly isAskedAboutEach?: true;
}

/** The whole folder, as the registry has it. */
export interface ProviderFolder<N = unknown, K = unknown, A extends AccountBase = AccountBase>
  extends Provider<N, K, A> {
  /** Of config.ts; not in a function's bundle, where nothing asks for it. */
  readonly config: ProviderConfig<A>;
}

/** In a function's bundle in the place of what only synth and the command line use. */
export const NOT_BUNDLED = undefined as never;

/** What answering a request takes of a provider: statuses and facts are the worker's, and weigh much in a bundle. */
export type IntakeProvider<N = unknown, K = unknown, A extends AccountBase = AccountBase> = Pick<
  Provider<N, K, A>,
  'name' | 'method' | 'parseKeys' | 'verify' | 'explain' | 'accept' | 'otherProduct' | 'probe'
>;
