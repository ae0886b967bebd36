/**
 * Secrets, cached per execution environment. A cached secret has two ages. Up to SOFT_AGE_MS it is used as it is. From
 * then on the store is asked first; while the store does not answer, the cached secret is used up to MAX_AGE_MS. After
 * that a request waits for the store or fails: a key that was revoked never verifies for longer than MAX_AGE_MS.
 */
import type { Environment } from '../../payment/types.ts';
import type { Account } from '../../providers/index.ts';
import { UnusableSecretError } from '../../providers/provider.ts';
import type { Clock } from '../ports.ts';

/** A secret and how to read it; `parse` throws UnusableSecretError and runs once per value of the secret. */
export interface SecretOf<T> {
  readonly name: string;
  parse(secret: unknown): T;
}

/** The text of a secret; throws when the store can't be reached. */
export type FetchSecret = (name: string, signal: AbortSignal) => Promise<string>;

export interface Secrets {
  /**
   * From the cache up to the soft age, then from the store. A store that is slow or fails leaves the cached value in
   * use up to the maximum age; a slow refresh goes on, and `settle` waits for it.
   * @throws UnusableSecretError, or what the store threw, when no value is younger than the maximum age
   */
  read<T>(secret: SecretOf<T>, signal: AbortSignal): Promise<T>;
  /**
   * After a signature didn't match: the secret may have been rotated. Asks the store at most once a minute.
   * @returns the new value, or undefined when nothing changed or the store did not answer
   */
  reread<T>(secret: SecretOf<T>, signal: AbortSignal): Promise<T | undefined>;
  /**
   * What the store answers to a call that begins after this one, whatever is cached. For a verdict that is final; not
   * for what strangers can cause, since each use may cost a call.
   * @throws UnusableSecretError, or what the store threw
   */
  readNewest<T>(secret: SecretOf<T>, signal: AbortSignal): Promise<T>;
  /** Waits for refreshes under way, at most so long; a Lambda function has no background. Never throws. */
  settle(maxMs: number): Promise<void>;
}

/** While the store answers, a replaced key verifies for at most so long. */
export const SOFT_AGE_MS = 30_000;
/** No cached secret is used for longer, whether the store answers or not. */
export const MAX_AGE_MS = 5 * 60_000;
/** How long a request waits for the refresh of a secret that it may still use. */
export const SOFT_WAIT_MS = 250;
/** A call that began earlier belongs to an invocation that is over: the environment was frozen meanwhile. */
const ABANDONED_MS = 15_000;
export const FORCED_INTERVAL_MS = 60_000;
/** After a refresh failed, the next one beside a request waits, so that an outage doesn't slow every request. */
export const RETRY_INTERVAL_MS = 30_000;
/**
 * A secret that holds nothing usable stays so until somebody repairs it: with no earlier value to serve, it is asked
 * for again after this, so that a flood neither costs a call nor writes a line per request.
 */
export const UNUSABLE_REST_MS = 10_000;

export const accountSecretName = (environment: Environment, account: Account): string =>
  `payhooks/${environment}/${account.provider}/${account.account}`;
export const envelopeSecretName = (environment: Environment): string =>
  `payhooks/${environment}/envelope-key`;
/** Signs what the merchant is asked for this account (Trustly Europe). */
export const decisionSecretName = (environment: Environment, account: string): string =>
  `payhooks/${environment}/decision/${account}`;
export const targetSecretName = (environment: Environment): string => `payhooks/${environment}/target`;

interface Entry {
  text: string;
  value: unknown;
  /** When the store was asked for it, not when it answered: a frozen environment may read the answer hours later. */
  askedAt: number;
  /** Of the call that brought it: a late answer never replaces that of a later call. */
  call: number;
}

interface Call {
  readonly askedAt: number;
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
  /** Tells the operator; the sentence names the secret and what is wrong with it, never a value. */
  readonly report: (sentence: string, error: unknown) => void;
}

export function createSecrets(options: SecretsOptions): Secrets {
  const cache = new SecretCache(options);
  return {
    read: (secret, signal) => cache.read(secret, signal),
    reread: (secret, signal) => cache.reread(secret, signal),
    readNewest: (secret, signal) => cache.readNewest(secret, signal),
    settle: (maxMs) => cache.settle(maxMs),
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
    if (!this.#isYounger(slot.entry?.askedAt, MAX_AGE_MS)) {
      await this.#mustRefresh(secret, slot, signal);
    } else if (
      !this.#isYounger(slot.entry?.askedAt, SOFT_AGE_MS) &&
      !this.#isYounger(slot.failedAt, RETRY_INTERVAL_MS)
    ) {
      // The failure is reported by `load`.
      const refreshing = this.#refresh(secret, slot, signal).catch(() => false);
      await settled([refreshing], SOFT_WAIT_MS);
    }
    // Nothing is left when the store said meanwhile that the secret is revoked.
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
    // A call that is under way may have been answered before the secret changed. A later one is shared.
    if (running !== undefined && this.#isYounger(running.askedAt, ABANDONED_MS))
      await running.result.catch(() => false);
    await this.#refresh(secret, slot, signal);
    if (slot.entry === undefined) throw slot.unusable?.error ?? new RevokedSecretError();
    return slot.entry.value as T;
  }

  async settle(maxMs: number): Promise<void> {
    await settled(
      [...this.#slots.values()].flatMap((slot) => slot.running?.result ?? []),
      maxMs,
    );
  }

  #slotOf(name: string): Slot {
    const slot = this.#slots.get(name) ?? {};
    this.#slots.set(name, slot);
    return slot;
  }

  /** A clock that was set back says nothing about the age. */
  #isYounger(at: number | undefined, ms: number): boolean {
    const age = at === undefined ? -1 : this.#options.clock() - at;
    return age >= 0 && age < ms;
  }

  /** One call at a time per secret. Resolves to whether the value changed. */
  #refresh<T>(secret: SecretOf<T>, slot: Slot, signal: AbortSignal): Promise<boolean> {
    if (slot.running !== undefined && this.#isYounger(slot.running.askedAt, ABANDONED_MS)) {
      return slot.running.result;
    }
    const askedAt = this.#options.clock();
    const result = this.#load(secret, slot, signal).finally(() => {
      if (slot.running?.result === result) delete slot.running;
    });
    slot.running = { askedAt, result };
    return result;
  }

  async #load<T>(secret: SecretOf<T>, slot: Slot, signal: AbortSignal): Promise<boolean> {
    const { fetch, clock, report } = this.#options;
    const [askedAt, call] = [clock(), ++this.#calls];
    try {
      const text = await fetch(secret.name, signal);
      if (slot.entry !== undefined && slot.entry.call > call) return false;
      const changed = text !== slot.entry?.text;
      const value = changed ? parseUsable(secret, parseJson(text), report) : slot.entry?.value;
      slot.entry = { text, value, askedAt, call };
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

  /** The cached value is too old: waits for the store, as long as the request may. */
  async #mustRefresh<T>(secret: SecretOf<T>, slot: Slot, signal: AbortSignal): Promise<void> {
    const { unusable, running } = slot;
    if (unusable !== undefined && this.#isYounger(unusable.at, UNUSABLE_REST_MS)) throw unusable.error;
    // A call that an earlier request began ends with that request's deadline, which says nothing about this one.
    if (running !== undefined && this.#isYounger(running.askedAt, ABANDONED_MS)) {
      await running.result.catch(() => false);
      if (this.#isYounger(slot.entry?.askedAt, MAX_AGE_MS)) return;
    }
    await this.#refresh(secret, slot, signal);
  }
}

/**
 * The secret was taken away (`payhooks secrets revoke --stop` stores {"revoked": "<time>"}): other than a secret that
 * is half-filled, it ends the use of the cached one at once.
 */
export class RevokedSecretError extends UnusableSecretError {
  constructor() {
    super('is revoked, and no new key is set');
  }
}

/** A `next` key that cannot be used is reported, and must not take the `current` one down with it. */
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

/** The secret without `next`, its own and that of a group of keys in it; undefined when it has none. */
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

/** Waits until all are settled, at most so long. */
async function settled(running: readonly Promise<unknown>[], maxMs: number): Promise<void> {
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
