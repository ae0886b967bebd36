/** Helpers of the tests of `rederive`: a provider whose code was updated after the messages were applied. */
import type { RederiveDeps } from '../../shared/app/operator/rederive.ts';
import type { Payment } from '../../shared/payment/types.ts';
import type { RegisteredProvider } from '../../shared/providers/index.ts';
import type { PaymentwallAccount } from '../../shared/providers/paymentwall/account.ts';
import type { Provider } from '../../shared/providers/provider.ts';
import { type ToyKeys, type ToyNotification, toyProvider } from './toy-provider.ts';
import type { Bench } from './worker-bench.ts';

export const operatorNote = { by: 'ada', note: 'release 1.2' };

export type Toy = Provider<ToyNotification, ToyKeys, PaymentwallAccount>;

/** The dependencies with an updated provider: its tables or its reading of the messages differ. */
export function updated(bench: Bench, change: Partial<Toy>): RederiveDeps {
  const toy = { ...toyProvider, ...change } as RegisteredProvider;
  return { ...bench.deps, providers: { ...bench.deps.providers, paymentwall: toy } };
}
export const payment = (bench: Bench, id = 'p1') =>
  bench.memory.data<Payment>('payment').find((each) => each.id === id);
