/** What is dear to ask is asked once in a while: every page and every event would ask it again. */

export interface Cached<T> {
  (): Promise<T>;
  /** The next call asks again. */
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
  const ask = () => {
    if (last !== undefined && clock() < last.until) return last.value;
    const value = read();
    const mine = { until: clock() + forMs, value };
    last = mine;
    // A failure is no answer: the next one asks again.
    value.catch(() => {
      if (last === mine) last = undefined;
    });
    return value;
  };
  return Object.assign(ask, { forget });
}
