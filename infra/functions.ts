/**
 * Every function of the stack and everything it may touch, as data: the constructs make roles from this table
 * and from nothing else, and a template test holds it (test/infra/permissions.test.ts).
 */

import type { Partition } from '../shared/app/table/keys.ts';
import { asksQuestions, isConfirmed, shipsGoods } from '../shared/providers/account.ts';
import type { Account, ProviderName } from '../shared/providers/index.ts';
import { PROVIDERS, providers } from '../shared/providers/index.ts';

export type FunctionName =
  | `intake-${ProviderName}`
  | `intake-${ProviderName}-decisions`
  | 'transition-worker'
  | 'fulfilment-worker'
  | 'sweeper'
  | 'checkout'
  | 'redirect'
  | 'confirmer'
  | 'reconciler'
  | 'probe';

export type QueueName = 'notifications' | 'fulfilment';

/**
 * Secrets of accounts, by what a function does with them. One table for the roles (constructs/secrets.ts) and for the
 * functions that `secrets revoke` restarts: a kind that is in one and not in the other would leave a stolen key in use.
 */
export const ACCOUNT_KINDS = {
  /** Those that the intake answers for. */
  accounts: (account: Account, reader: FunctionName) => intakeOf(account) === reader,
  /** Those whose provider signs with a private key, for its public one. */
  'signing-accounts': ({ provider }: Account) => providers[provider].publicKeySignature !== undefined,
  'checkout-accounts': ({ checkout }: Account) => checkout !== undefined,
  /** Those whose provider is asked or told something. */
  'asking-accounts': (account: Account) => isConfirmed(account) || shipsGoods(account),
  /** Those whose provider is asked. */
  'confirmed-accounts': (account: Account) => isConfirmed(account),
  /** Those whose key is shared with the provider, so that the probe can sign. */
  'probed-accounts': ({ provider }: Account) => providers[provider].probe?.signed !== undefined,
} as const;

/** `decisions`: what signs questions to the merchant. `target`: only where the target is an HTTPS endpoint. */
export type SecretKind = keyof typeof ACCOUNT_KINDS | 'decisions' | 'envelope-key' | 'target';

/** Whether a function that reads secrets of this kind may read the one of this account. */
export const readsSecretOf = (kind: SecretKind, account: Account, reader: FunctionName): boolean =>
  kind in ACCOUNT_KINDS && ACCOUNT_KINDS[kind as keyof typeof ACCOUNT_KINDS](account, reader);

export type RowAccess = 'GetItem' | 'Query' | 'PutItem' | 'DeleteItem' | 'ConditionCheckItem';
/** On single rows of the table; `sweep` is Query on the index of what is not final. */
type TableAccess = RowAccess | 'sweep';

export const CONSUME_ACTIONS = [
  'sqs:ChangeMessageVisibility',
  'sqs:DeleteMessage',
  'sqs:GetQueueAttributes',
  'sqs:ReceiveMessage',
] as const;
/** Powertools: take the key, read what is there, complete it, give it back after a failure. */
export const IDEMPOTENCY_ACTIONS = [
  'dynamodb:DeleteItem',
  'dynamodb:GetItem',
  'dynamodb:PutItem',
  'dynamodb:UpdateItem',
] as const;

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
  /**
   * Which rows, by how their partition key begins (a condition of the role's policy, docs/decisions/010-roles-by-row.md).
   * `any`: every row of the table, for the transition worker alone.
   */
  readonly rows: 'any' | Readonly<Partial<Record<RowAccess, readonly Partition[]>>>;
  readonly idempotencyTable: boolean;
  readonly evidence: boolean;
  /** PutEvents on the bus, or the endpoint's address in its environment. */
  readonly delivers: boolean;
  /** Asks the merchant: the endpoints are in its environment. */
  readonly asks: boolean;
  /** Asks providers: where their APIs are is in its environment. */
  readonly asksProviders: boolean;
  /** Puts splitTokens into the vault, where there is one. */
  readonly vault: boolean;
  /** Knows the stack's own address. */
  readonly publicUrl: boolean;
  /** Lambda may put aside what it failed to do three times, where there is a queue for that. */
  readonly putsAside: boolean;
}

/** CPU follows memory (a full core at 1,769 MB); a cold start is mostly CPU. */
const INTAKE_MEMORY_MB = 1_024;
/** Its own deadline is 2.5 s after the gateway took the request; this is for a slow start beside it. */
const INTAKE_TIMEOUT_SECONDS = 5;

const nothing = {
  sendsTo: [],
  table: [],
  rows: {},
  idempotencyTable: false,
  evidence: false,
  delivers: false,
  asks: false,
  asksProviders: false,
  vault: false,
  publicUrl: false,
  putsAside: false,
} as const;

const intake = (provider: string): FunctionSpec => ({
  ...nothing,
  description: `Verifies what ${provider} sends, queues it, answers`,
  memoryMb: INTAKE_MEMORY_MB,
  timeoutSeconds: INTAKE_TIMEOUT_SECONDS,
  reads: ['accounts', 'envelope-key'],
  sendsTo: ['notifications'],
  // Whether there is room for what would be kept aside; no other row.
  table: ['GetItem'],
  rows: { GetItem: ['quarantineFull'] },
});

/** Apart from the other accounts' intake, which stays without a table client and starts faster. */
const decisions = (provider: string): FunctionSpec => ({
  ...intake(provider),
  description: `Verifies what ${provider} sends, asks the merchant, stores the decision, queues it, answers`,
  reads: ['accounts', 'envelope-key', 'decisions'],
  table: ['GetItem', 'PutItem'],
  rows: { GetItem: ['quarantineFull', 'decision', 'alias', 'order'], PutItem: ['decision'] },
  asks: true,
});

type IntakeName = Extract<FunctionName, `intake-${string}`>;

/** Of each provider one, and one more where it asks questions that only the merchant can answer. */
const INTAKES = Object.fromEntries(
  PROVIDERS.flatMap((provider): [IntakeName, FunctionSpec][] => {
    const { title, asksQuestions: asks } = providers[provider].config;
    const own: [IntakeName, FunctionSpec] = [`intake-${provider}`, intake(title)];
    return asks ? [own, [`intake-${provider}-decisions`, decisions(title)]] : [own];
  }),
) as Readonly<Record<IntakeName, FunctionSpec>>;

export const FUNCTIONS: Readonly<Record<FunctionName, FunctionSpec>> = {
  ...INTAKES,
  'transition-worker': {
    ...nothing,
    description: 'Derives what became of the payment and which effects the merchant is owed',
    memoryMb: 512,
    timeoutSeconds: 30,
    // The accounts' secrets name the provider's public keys.
    reads: ['envelope-key', 'signing-accounts'],
    sendsTo: ['fulfilment'],
    consumes: 'notifications',
    table: ['GetItem', 'Query', 'PutItem', 'DeleteItem', 'ConditionCheckItem'],
    rows: 'any',
    evidence: true,
    vault: true,
  },
  'fulfilment-worker': {
    ...nothing,
    description: 'Tells the merchant, once per effect',
    memoryMb: 512,
    timeoutSeconds: 30,
    // The envelope key seals what it has to put aside.
    reads: ['envelope-key', 'target'],
    consumes: 'fulfilment',
    table: ['GetItem', 'Query', 'PutItem', 'ConditionCheckItem'],
    rows: {
      GetItem: ['payment'],
      Query: ['payment'],
      PutItem: ['payment', 'parked'],
      ConditionCheckItem: ['payment'],
    },
    idempotencyTable: true,
    delivers: true,
  },
  sweeper: {
    ...nothing,
    description:
      'Publishes again what is not final, derives anew what a redirect named, counts what is stuck',
    memoryMb: 256,
    timeoutSeconds: 55,
    reads: [],
    sendsTo: ['fulfilment', 'notifications'],
    table: ['GetItem', 'PutItem', 'DeleteItem', 'sweep'],
    // Rows of older versions: what was to be derived anew stood beside the payment.
    rows: { GetItem: ['payment', 'renewal'], PutItem: ['payment'], DeleteItem: ['payment', 'renewal'] },
  },
  checkout: {
    ...nothing,
    description: 'Registers orders and refunds of the merchant, and signs attempts to pay',
    memoryMb: 512,
    timeoutSeconds: 10,
    reads: ['checkout-accounts'],
    sendsTo: ['notifications'],
    table: ['GetItem', 'Query', 'PutItem'],
    rows: {
      GetItem: ['order', 'alias', 'payment', 'refund'],
      // Of an order: the payments that follow it, which a change derives anew.
      Query: ['alias', 'order'],
      PutItem: ['order', 'alias', 'session', 'refund'],
    },
    publicUrl: true,
  },
  redirect: {
    ...nothing,
    description: 'Verifies where a shopper comes back from, and sends the shopper on; never fulfils',
    memoryMb: 512,
    timeoutSeconds: 10,
    reads: ['checkout-accounts'],
    table: ['GetItem', 'PutItem'],
    rows: {
      GetItem: ['session', 'americasAlias', 'returned', 'standing'],
      PutItem: ['session', 'returned', 'renewal', 'bankAccount'],
    },
  },
  confirmer: {
    ...nothing,
    description: 'Asks providers about payments that wait for an answer; reports shipments',
    memoryMb: 512,
    timeoutSeconds: 55,
    reads: ['asking-accounts', 'envelope-key'],
    sendsTo: ['notifications'],
    table: ['GetItem', 'PutItem', 'DeleteItem', 'sweep'],
    rows: { GetItem: ['payment'], PutItem: ['payment', 'answer'], DeleteItem: ['payment'] },
    asksProviders: true,
    putsAside: true,
  },
  reconciler: {
    ...nothing,
    description: 'Compares with providers what is ledgered, and ledgers what was missed',
    memoryMb: 512,
    timeoutSeconds: 900,
    reads: ['confirmed-accounts', 'envelope-key', 'target'],
    sendsTo: ['notifications'],
    table: ['GetItem', 'PutItem', 'sweep'],
    rows: { GetItem: ['payment', 'event', 'order'], PutItem: ['reconciliation', 'answer'] },
    asksProviders: true,
    delivers: true,
  },
  probe: {
    ...nothing,
    description: 'Tries the public address of every account, signed and forged; moves nothing',
    memoryMb: 256,
    // Before the next one begins. Two answers of up to 5 s each for ten accounts at a time.
    timeoutSeconds: 240,
    reads: ['probed-accounts'],
    publicUrl: true,
  },
};

/** What of the configuration decides which functions there are. */
interface Configured {
  readonly accounts: readonly Account[];
  readonly probe: boolean;
}

/** Whether any account's provider is asked about its payments. */
export const hasConfirmation = ({ accounts }: Pick<Configured, 'accounts'>): boolean =>
  accounts.some(isConfirmed);

/** Whether any account's shipments are reported to its provider. */
export const hasShipping = ({ accounts }: Pick<Configured, 'accounts'>): boolean => accounts.some(shipsGoods);

/** Whether any account signs attempts to pay, and so gets shoppers back. */
export const hasCheckout = (config: Pick<Configured, 'accounts'>): boolean =>
  config.accounts.some(({ checkout }) => checkout !== undefined);

/** Whether any account has a key to which splitTokens are sealed. */
export const hasVault = (config: Pick<Configured, 'accounts'>): boolean =>
  config.accounts.some(({ splitTokenKey }) => splitTokenKey !== undefined);

/** Who answers for an account. */
const intakeOf = (account: Account): FunctionName =>
  asksQuestions(account) ? `intake-${account.provider}-decisions` : `intake-${account.provider}`;

/** The functions this configuration needs: no intake without an account, no redirects without checkout. */
export function functionsOf(config: Configured): FunctionName[] {
  const intakes = config.accounts.map(intakeOf);
  return (Object.keys(FUNCTIONS) as FunctionName[]).filter(
    (name) =>
      (!name.startsWith('intake-') || intakes.includes(name)) &&
      (name !== 'redirect' || hasCheckout(config)) &&
      (name !== 'confirmer' || hasConfirmation(config) || hasShipping(config)) &&
      (name !== 'reconciler' || hasConfirmation(config)) &&
      (name !== 'probe' || config.probe),
  );
}
