/**
 * Every function of the stack and everything it may touch, as data: the constructs make roles from this table
 * and from nothing else, and a template test holds it (test/infra/permissions.test.ts).
 */
import { PROVIDERS, type ProviderName } from '../shared/payment/types.ts';
import type { Config } from './config.ts';

export type FunctionName =
  | `intake-${ProviderName}`
  | 'transition-worker'
  | 'fulfilment-worker'
  | 'sweeper'
  | 'checkout';

export type QueueName = 'notifications' | 'fulfilment';

/** `accounts`: those of the intake's own provider. `target`: only where the target is an HTTPS endpoint. */
export type SecretKind = 'accounts' | 'envelope-key' | 'target';

/** On single rows of the table; `sweep` is Query on the index of what is not final. */
export type TableAccess = 'GetItem' | 'Query' | 'PutItem' | 'DeleteItem' | 'ConditionCheckItem' | 'sweep';

export interface FunctionSpec {
  readonly description: string;
  readonly memoryMb: number;
  readonly timeoutSeconds: number;
  /** Which secrets it may read. */
  readonly reads: readonly SecretKind[];
  readonly sendsTo: readonly QueueName[];
  readonly consumes?: QueueName;
  /** Permissions on the table; a transaction needs those of its parts. */
  readonly table: readonly TableAccess[];
  readonly idempotencyTable: boolean;
  readonly evidence: boolean;
  /** PutEvents on the bus, or the endpoint's address in its environment. */
  readonly delivers: boolean;
}

/** CPU follows memory (a full core at 1,769 MB); a cold start is mostly CPU. */
const INTAKE_MEMORY_MB = 1_024;
/** Its own deadline is 2.5 s after the gateway took the request; this is for a slow start beside it. */
const INTAKE_TIMEOUT_SECONDS = 5;

const nothing = {
  sendsTo: [],
  table: [],
  idempotencyTable: false,
  evidence: false,
  delivers: false,
} as const;

const intake = (provider: string): FunctionSpec => ({
  ...nothing,
  description: `Verifies what ${provider} sends, queues it, answers`,
  memoryMb: INTAKE_MEMORY_MB,
  timeoutSeconds: INTAKE_TIMEOUT_SECONDS,
  reads: ['accounts', 'envelope-key'],
  sendsTo: ['notifications'],
});

export const FUNCTIONS: Readonly<Record<FunctionName, FunctionSpec>> = {
  'intake-trustly-americas': intake('Trustly Americas'),
  'intake-trustly-europe': intake('Trustly Europe'),
  'intake-paymentwall': intake('Paymentwall'),
  'transition-worker': {
    ...nothing,
    description: 'Derives what became of the payment and which effects the merchant is owed',
    memoryMb: 512,
    timeoutSeconds: 30,
    reads: ['envelope-key'],
    sendsTo: ['fulfilment'],
    consumes: 'notifications',
    table: ['GetItem', 'Query', 'PutItem', 'DeleteItem', 'ConditionCheckItem'],
    evidence: true,
  },
  'fulfilment-worker': {
    ...nothing,
    description: 'Tells the merchant, once per effect',
    memoryMb: 512,
    timeoutSeconds: 30,
    // The envelope key seals what it has to put aside.
    reads: ['envelope-key', 'target'],
    consumes: 'fulfilment',
    table: ['GetItem', 'Query', 'PutItem'],
    idempotencyTable: true,
    delivers: true,
  },
  sweeper: {
    ...nothing,
    description: 'Publishes again what is not final and counts what is stuck',
    memoryMb: 256,
    timeoutSeconds: 55,
    reads: [],
    sendsTo: ['fulfilment'],
    table: ['GetItem', 'PutItem', 'sweep'],
  },
  checkout: {
    ...nothing,
    description: 'Registers an order before it is paid',
    memoryMb: 512,
    timeoutSeconds: 10,
    reads: [],
    sendsTo: ['notifications'],
    table: ['GetItem', 'Query', 'PutItem'],
  },
};

/** The functions this configuration needs: no intake for a provider without an account. */
export function functionsOf(config: Config): FunctionName[] {
  const unused = PROVIDERS.filter((name) => config.accounts.every(({ provider }) => provider !== name));
  return (Object.keys(FUNCTIONS) as FunctionName[]).filter(
    (name) => !unused.some((provider) => name === `intake-${provider}`),
  );
}
