/** Tells listeners when something may have changed, with a growing number. */
import type { LiveEvent } from '../contract.ts';

export interface Live {
  now(): LiveEvent;
  /** Calls the listener after every change, until the returned function is called. */
  listen(listener: (event: LiveEvent) => void): () => void;
  /** Reports a change. */
  bump(): void;
  /** Stops its timers. */
  stop(): void;
}

export interface LiveOptions {
  readonly clock: () => number;
  /** Milliseconds within which several changes become one event. */
  readonly quietMs: number;
  /** Milliseconds between events without a known change, because AWS does not report written rows. 0: never. */
  readonly everyMs: number;
}

export function createLive({ clock, quietMs, everyMs }: LiveOptions): Live {
  const listeners = new Set<(event: LiveEvent) => void>();
  let version = 1;
  let pending: NodeJS.Timeout | undefined;
  const now = (): LiveEvent => ({ version, at: new Date(clock()).toISOString() });
  const publish = () => {
    pending = undefined;
    for (const listener of listeners) listener(now());
  };
  const bump = () => {
    version += 1;
    if (listeners.size > 0) pending ??= setTimeout(publish, quietMs).unref();
  };
  const timer = everyMs > 0 ? setInterval(bump, everyMs).unref() : undefined;
  return {
    now,
    bump,
    listen: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    stop: () => {
      clearInterval(timer);
      clearTimeout(pending);
      listeners.clear();
    },
  };
}
