/** Where the simulated system can be tested with something else instead of the real thing. */

import type { Target } from '../../shared/app/fulfilment/targets/target.ts';
import type { Ask } from '../../shared/app/http/decision-hook.ts';
import type { Queue, Store } from '../../shared/app/ports.ts';
import type { ProviderClient } from '../../shared/app/schedules/provider-client.ts';
import type { providers } from '../../shared/providers/index.ts';
import type { Invocation } from './engine.ts';
import type { Answer } from './operators.ts';
import type { SqsHandler } from './poller.ts';
import type { World } from './world.ts';

export type Role = 'intake' | 'transition' | 'fulfilment' | 'merchant' | 'operator' | 'sweeper' | 'confirmer';

/** Where in the system a port is used. */
export interface Seam {
  readonly role: Role;
  readonly invocation: Invocation;
  readonly world: World;
}

/** What the system may be tested with instead of the real thing (test/controls); nothing of it: as deployed. */
export interface Variant {
  /**
   * False: the sweeper publishes no effect again. That is the second net; the rest must hold by itself. It still has
   * payments derived anew that another one released: nobody else does.
   */
  readonly sweeps?: boolean;
  readonly providers?: typeof providers;
  readonly store?: (store: Store, seam: Seam) => Store;
  readonly queue?: (queue: Queue, seam: Seam) => Queue;
  readonly target?: (target: Target, seam: Seam) => Target;
  readonly worker?: (handler: SqsHandler, seam: Seam) => SqsHandler;
  readonly client?: (client: ProviderClient, seam: Seam) => ProviderClient;
  readonly ask?: (ask: Ask, seam: Seam) => Ask;
  /** What an operator's answer becomes on its way. */
  readonly answer?: (answer: Answer, seam: Seam) => Answer;
}
