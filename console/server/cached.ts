/** Caches the answer of an expensive call for a while, because every page and every event would repeat the call. */

export interface Cached<T> {
  (): Promise<T>;
  /** Makes the next call read again. */
  forget(): void;
}

export function cached<T>(
  read: () => Promise<T>,
  { clock, forMs }: { readonly clock: () => number; readonly forMs: number },
): Cached<T> {
  let last: { readonly until: number; readonly value: Promise<T> } | undefined;
  const forget = () => {
    last = undefined;
  };
  const cachedRead = () => {
    if (last !== undefined && clock() < last.until) return last.value;
    const value = read();
    const mine = { until: clock() + forMs, value };
    last = mine;
    // A failure is not cached: the next call reads again.
    value.catch(() => {
      if (last === mine) last = undefined;
    });
    return value;
  };
  return Object.assign(cachedRead, { forget });
}
