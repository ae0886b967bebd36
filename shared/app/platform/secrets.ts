/**
 * Secrets, cached per execution environment. A request waits for the secret store at most once in the life of
 * an environment: later refreshes run beside it, and a stale secret is served while the store is down.
 */
import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { Environment } from '../../payment/types.ts';
import { type Account, UnusableSecretError } from '../../providers/provider.ts';
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
   * From the cache, else from the store. Past its soft age a refresh is started beside; `settle` waits for it.
   * @throws UnusableSecretError, or what the store threw, when there is no earlier value to serve
   */
  read<T>(secret: SecretOf<T>, signal: AbortSignal): Promise<T>;
  /**
   * After a signature didn't match: the secret may have been rotated. Asks the store at most once a minute.
   * @returns the new value, or undefined when nothing changed (or nobody could be asked)
   */
  reread<T>(secret: SecretOf<T>, signal: AbortSignal): Promise<T | undefined>;
  /** Waits for refreshes under way, at most so long; a Lambda function has no background. Never throws. */
  settle(maxMs: number): Promise<void>;
}

export const SOFT_AGE_MS = 5 * 60_000;
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
  readAt: number;
}

interface Slot {
  entry?: Entry;
  running?: Promise<boolean>;
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

export function createSecrets({ fetch, clock, report }: SecretsOptions): Secrets {
  const slots = new Map<string, Slot>();

  const slotOf = (name: string): Slot => {
    const slot = slots.get(name) ?? {};
    slots.set(name, slot);
    return slot;
  };

  /** One call at a time per secret. Resolves to whether the value changed. */
  function refresh<T>(secret: SecretOf<T>, slot: Slot, signal: AbortSignal): Promise<boolean> {
    slot.running ??= load(secret, slot, signal).finally(() => {
      delete slot.running;
    });
    return slot.running;
  }

  async function load<T>(secret: SecretOf<T>, slot: Slot, signal: AbortSignal): Promise<boolean> {
    try {
      const text = await fetch(secret.name, signal);
      const changed = text !== slot.entry?.text;
      const value = changed ? parseUsable(secret, parseJson(text), report) : slot.entry?.value;
      slot.entry = { text, value, readAt: clock() };
      delete slot.failedAt;
      delete slot.unusable;
      return changed;
    } catch (error) {
      slot.failedAt = clock();
      if (error instanceof UnusableSecretError) slot.unusable = { error, at: clock() };
      const why =
        error instanceof UnusableSecretError ? error.message : 'cannot be read from the secret store';
      report(`secret ${secret.name}: ${why}`, error);
      throw error;
    }
  }

  return {
    async read<T>(secret: SecretOf<T>, signal: AbortSignal) {
      const slot = slotOf(secret.name);
      if (slot.entry === undefined) {
        const { unusable } = slot;
        if (unusable !== undefined && clock() - unusable.at < UNUSABLE_REST_MS) throw unusable.error;
        await refresh(secret, slot, signal);
      } else {
        const now = clock();
        const aged = now - slot.entry.readAt >= SOFT_AGE_MS;
        const rested = slot.failedAt === undefined || now - slot.failedAt >= RETRY_INTERVAL_MS;
        // The failure is reported by `load`; the value we have is good until the store says otherwise.
        if (aged && rested) refresh(secret, slot, signal).catch(() => false);
      }
      return slot.entry?.value as T;
    },

    async reread<T>(secret: SecretOf<T>, signal: AbortSignal) {
      const slot = slotOf(secret.name);
      const now = clock();
      if (slot.forcedAt !== undefined && now - slot.forcedAt < FORCED_INTERVAL_MS) return undefined;
      slot.forcedAt = now;
      try {
        return (await refresh(secret, slot, signal)) ? (slot.entry?.value as T) : undefined;
      } catch {
        return undefined;
      }
    },

    async settle(maxMs) {
      await settled(
        [...slots.values()].flatMap((slot) => slot.running ?? []),
        maxMs,
      );
    },
  };
}

/** A `next` key that cannot be used is reported, and must not take the `current` one down with it. */
function parseUsable<T>(secret: SecretOf<T>, parsed: unknown, report: SecretsOptions['report']): T {
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

/** Secrets Manager as the store. */
export const secretsManager =
  (client: SecretsManagerClient): FetchSecret =>
  async (name, signal) => {
    const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: name }), {
      abortSignal: signal,
    });
    if (SecretString === undefined) throw new UnusableSecretError('holds no text');
    return SecretString;
  };
