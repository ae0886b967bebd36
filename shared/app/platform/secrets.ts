/**
 * Secrets, cached per execution environment. Up to SOFT_AGE_MS a cached secret is used without a read of the store. After
 * that the store is read first; while it does not answer, the cached secret is used up to MAX_AGE_MS. After that a
 * request waits for the store or fails: a revoked key never verifies for longer than MAX_AGE_MS.
 */
import type { Environment } from '../../payment/types.ts';
import type { Account } from '../../providers/index.ts';
import { UnusableSecretError } from '../../providers/provider.ts';
import type { Clock } from '../ports.ts';

/** A secret and its parser. `parse` throws UnusableSecretError, and runs once per value of the secret. */
export interface SecretOf<T> {
  readonly name: string;
  parse(secret: unknown): T;
}

/** Reads the text of a secret. @throws if the store cannot be reached */
export type FetchSecret = (name: string, signal: AbortSignal) => Promise<string>;

export interface Secrets {
  /**
   * The value from the cache up to the soft age, then from the store. If the store is slow or fails, the cached value
   * is used up to the maximum age; a slow refresh continues, and `waitForRefreshes` waits for it.
   * @throws UnusableSecretError, or the store's error, if no value is younger than the maximum age
   */
  read<T>(secret: SecretOf<T>, signal: AbortSignal): Promise<T>;
  /**
   * Called after a wrong signature, because the secret may have been rotated. Reads the store at most once a minute.
   * @returns the new value; undefined if nothing changed or the store did not answer
   */
  reread<T>(secret: SecretOf<T>, signal: AbortSignal): Promise<T | undefined>;
  /**
   * The value from a call of the store that begins after this one, whatever is cached. For final verdicts only, not for
   * what strangers can cause, since each use may cost a call.
   * @throws UnusableSecretError, or the store's error
   */
  readNewest<T>(secret: SecretOf<T>, signal: AbortSignal): Promise<T>;
  /** Waits for running refreshes, at most `maxMs`; a Lambda function has no background. Never throws. */
  waitForRefreshes(maxMs: number): Promise<void>;
}

/** While the store answers, a replaced key verifies for at most this long. */
export const SOFT_AGE_MS = 30_000;
/** No cached secret is used for longer than this, whether the store answers or not. */
export const MAX_AGE_MS = 5 * 60_000;
/** How long a request waits for the refresh of a secret that it may still use. */
export const SOFT_WAIT_MS = 250;
/** A call that began earlier belongs to an invocation that is over: the environment was frozen in between. */
const ABANDONED_MS = 15_000;
export const FORCED_INTERVAL_MS = 60_000;
/** Pause after a failed refresh before the next one, so that an outage does not slow down every request. */
export const RETRY_INTERVAL_MS = 30_000;
/**
 * A secret with unusable content stays unusable until it is repaired. Without an earlier value it is read again only
 * after this time, so that a flood of requests does not cost a call and a log line each.
 */
export const UNUSABLE_PAUSE_MS = 10_000;

export const accountSecretName = (environment: Environment, account: Account): string =>
  `payhooks/${environment}/${account.provider}/${account.account}`;
export const envelopeSecretName = (environment: Environment): string =>
  `payhooks/${environment}/envelope-key`;
/** Signs the questions to the merchant for this account (Trustly Europe). */
export const decisionSecretName = (environment: Environment, account: string): string =>
  `payhooks/${environment}/decision/${account}`;
/** The header by which intake knows what came through the edge. */
export const edgeSecretName = (environment: Environment): string => `payhooks/${environment}/edge`;
export const targetSecretName = (environment: Environment): string => `payhooks/${environment}/target`;

interface Entry {
  text: string;
  value: unknown;
  /** When the read began, not when it ended: a frozen environment may read the answer hours later. */
  readAt: number;
  /** Number of the call that returned it: a late answer never replaces the answer of a later call. */
  call: number;
}

interface Call {
  readonly readAt: number;
  /** Whether the value changed. */
  readonly result: Promise<boolean>;
}

interface Slot {
  entry?: Entry;
  running?: Call;
  failedAt?: number;
  unusable?: { readonly error: UnusableSecretError; readonly at: number };
  forcedAt?: number;
}

export interface SecretsOptions {
  readonly fetch: FetchSecret;
  readonly clock: Clock;
  /** Reports to the operator. The sentence names the secret and the fault, never a value. */
  readonly report: (sentence: string, error: unknown) => void;
}

export function createSecrets(options: SecretsOptions): Secrets {
  const cache = new SecretCache(options);
  return {
    read: (secret, signal) => cache.read(secret, signal),
    reread: (secret, signal) => cache.reread(secret, signal),
    readNewest: (secret, signal) => cache.readNewest(secret, signal),
    waitForRefreshes: (maxMs) => cache.waitForRefreshes(maxMs),
  };
}

class SecretCache {
  readonly #options: SecretsOptions;
  readonly #slots = new Map<string, Slot>();
  #calls = 0;

  constructor(options: SecretsOptions) {
    this.#options = options;
  }

  async read<T>(secret: SecretOf<T>, signal: AbortSignal): Promise<T> {
    const slot = this.#slotOf(secret.name);
    if (!this.#isYounger(slot.entry?.readAt, MAX_AGE_MS)) {
      await this.#mustRefresh(secret, slot, signal);
    } else if (
      !this.#isYounger(slot.entry?.readAt, SOFT_AGE_MS) &&
      !this.#isYounger(slot.failedAt, RETRY_INTERVAL_MS)
    ) {
      // `load` reports the failure.
      const refreshing = this.#refresh(secret, slot, signal).catch(() => false);
      await waitForAll([refreshing], SOFT_WAIT_MS);
    }
    // There is no entry if the store answered in between that the secret is revoked.
    if (slot.entry === undefined) throw slot.unusable?.error ?? new RevokedSecretError();
    return slot.entry.value as T;
  }

  async reread<T>(secret: SecretOf<T>, signal: AbortSignal): Promise<T | undefined> {
    const slot = this.#slotOf(secret.name);
    if (this.#isYounger(slot.forcedAt, FORCED_INTERVAL_MS)) return undefined;
    slot.forcedAt = this.#options.clock();
    try {
      return (await this.#refresh(secret, slot, signal)) ? (slot.entry?.value as T) : undefined;
    } catch {
      return undefined;
    }
  }

  async readNewest<T>(secret: SecretOf<T>, signal: AbortSignal): Promise<T> {
    const slot = this.#slotOf(secret.name);
    const { running } = slot;
    // A call that is running may have been answered before the secret changed. A later call is shared.
    if (running !== undefined && this.#isYounger(running.readAt, ABANDONED_MS))
      await running.result.catch(() => false);
    await this.#refresh(secret, slot, signal);
    if (slot.entry === undefined) throw slot.unusable?.error ?? new RevokedSecretError();
    return slot.entry.value as T;
  }

  async waitForRefreshes(maxMs: number): Promise<void> {
    await waitForAll(
      [...this.#slots.values()].flatMap((slot) => slot.running?.result ?? []),
      maxMs,
    );
  }

  #slotOf(name: string): Slot {
    const slot = this.#slots.get(name) ?? {};
    this.#slots.set(name, slot);
    return slot;
  }

  /** If the clock was set back, the age is unknown, and the result is false. */
  #isYounger(at: number | undefined, ms: number): boolean {
    const age = at === undefined ? -1 : this.#options.clock() - at;
    return age >= 0 && age < ms;
  }

  /** One call at a time per secret. Resolves to whether the value changed. */
  #refresh<T>(secret: SecretOf<T>, slot: Slot, signal: AbortSignal): Promise<boolean> {
    if (slot.running !== undefined && this.#isYounger(slot.running.readAt, ABANDONED_MS)) {
      return slot.running.result;
    }
    const readAt = this.#options.clock();
    const result = this.#load(secret, slot, signal).finally(() => {
      if (slot.running?.result === result) delete slot.running;
    });
    slot.running = { readAt, result };
    return result;
  }

  async #load<T>(secret: SecretOf<T>, slot: Slot, signal: AbortSignal): Promise<boolean> {
    const { fetch, clock, report } = this.#options;
    const [readAt, call] = [clock(), ++this.#calls];
    try {
      const text = await fetch(secret.name, signal);
      if (slot.entry !== undefined && slot.entry.call > call) return false;
      const changed = text !== slot.entry?.text;
      const value = changed ? parseUsable(secret, parseJson(text), report) : slot.entry?.value;
      slot.entry = { text, value, readAt, call };
      delete slot.failedAt;
      delete slot.unusable;
      return changed;
    } catch (error) {
      slot.failedAt = clock();
      if (error instanceof UnusableSecretError) slot.unusable = { error, at: clock() };
      if (error instanceof RevokedSecretError) delete slot.entry;
      const why =
        error instanceof UnusableSecretError ? error.message : 'cannot be read from the secret store';
      report(`secret ${secret.name}: ${why}`, error);
      throw error;
    }
  }

  /** The cached value is too old: waits for the store until the request's deadline. */
  async #mustRefresh<T>(secret: SecretOf<T>, slot: Slot, signal: AbortSignal): Promise<void> {
    const { unusable, running } = slot;
    if (unusable !== undefined && this.#isYounger(unusable.at, UNUSABLE_PAUSE_MS)) throw unusable.error;
    // A call of an earlier request ends with that request's deadline, which is not the deadline of this one.
    if (running !== undefined && this.#isYounger(running.readAt, ABANDONED_MS)) {
      await running.result.catch(() => false);
      if (this.#isYounger(slot.entry?.readAt, MAX_AGE_MS)) return;
    }
    await this.#refresh(secret, slot, signal);
  }
}

/**
 * The secret was revoked (`payhooks secrets revoke --stop` stores {"revoked": "<time>"}). Unlike a half-filled secret,
 * this ends the use of the cached value at once.
 */
export class RevokedSecretError extends UnusableSecretError {
  constructor() {
    super('is revoked, and no new key is set');
  }
}

/** Parses the secret. An unusable `next` key is reported, and must not make the `current` key unusable. */
function parseUsable<T>(secret: SecretOf<T>, parsed: unknown, report: SecretsOptions['report']): T {
  if (isGroup(parsed) && parsed.revoked !== undefined) throw new RevokedSecretError();
  try {
    return secret.parse(parsed);
  } catch (error) {
    const rest = withoutNext(parsed);
    if (!(error instanceof UnusableSecretError) || rest === undefined) throw error;
    const value = secret.parse(rest);
    report(`secret ${secret.name}: ${error.message}; going on without its next key`, error);
    return value;
  }
}

/** The secret without `next`, at its top level and in groups of keys within it. Undefined: it has no `next`. */
function withoutNext(parsed: unknown): unknown {
  if (!isGroup(parsed)) return undefined;
  const { next, ...rest } = parsed;
  const groups = Object.entries(rest).filter(([, value]) => isGroup(value) && 'next' in value);
  if (next === undefined && groups.length === 0) return undefined;
  const slim = groups.map(([name, value]) => {
    const { next: _unusable, ...group } = value as Record<string, unknown>;
    return [name, group] as const;
  });
  return { ...rest, ...Object.fromEntries(slim) };
}

const isGroup = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Waits until all promises are settled, at most `maxMs`. */
async function waitForAll(running: readonly Promise<unknown>[], maxMs: number): Promise<void> {
  if (running.length === 0) return;
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, maxMs);
  });
  await Promise.race([Promise.allSettled(running), patience]);
  clearTimeout(timer);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own message would quote the secret.
    throw new UnusableSecretError('is not JSON');
  }
}
