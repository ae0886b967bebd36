/** The points at which a test can replace a part of the simulated system. */

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

/** The role and the invocation that use a port. */
export interface Seam {
  readonly role: Role;
  readonly invocation: Invocation;
  readonly world: World;
}

/** Replacements of parts of the system (test/controls). Without a replacement, the deployed part runs. */
export interface Variant {
  /**
   * False: the sweeper publishes no effect again, so that the workers alone must publish every effect. The sweeper
   * still has payments derived anew that another payment released, because nothing else does that.
   */
  readonly sweeps?: boolean;
  readonly providers?: typeof providers;
  readonly store?: (store: Store, seam: Seam) => Store;
  readonly queue?: (queue: Queue, seam: Seam) => Queue;
  readonly target?: (target: Target, seam: Seam) => Target;
  readonly worker?: (handler: SqsHandler, seam: Seam) => SqsHandler;
  readonly client?: (client: ProviderClient, seam: Seam) => ProviderClient;
  readonly ask?: (ask: Ask, seam: Seam) => Ask;
  /** Changes an operator's answer before it is carried out. */
  readonly answer?: (answer: Answer, seam: Seam) => Answer;
}
