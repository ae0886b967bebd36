import { useEffect, useReducer } from 'preact/hooks';

type Subscribe = (rerender: () => void) => (() => void) | undefined;

/** Renders the component again at each call of `rerender`, until the function that `subscribe` returned is called. */
export function useRerender(subscribe: Subscribe, inputs: readonly unknown[]): void {
  const [, rerender] = useReducer((count: number) => count + 1, 0);
  useEffect(() => subscribe(() => rerender(undefined)), inputs);
}
