/**
 * Every function of the stack and all its permissions, as data. The constructs make roles from this table and from
 * nothing else, and a template test checks it (test/infra/access.test.ts).
 */

import type { Partition } from '../shared/app/table/keys.ts';
import { asksQuestions, isPolled, shipsGoods } from '../shared/providers/account.ts';
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
 * Kinds of account secrets, by what a function does with them. Two places use this table: the roles
 * (constructs/secrets.ts), and `secrets revoke`, which restarts the functions that read a secret. If they used two lists,
 * a function could read a secret and keep a revoked key.
 */
export const ACCOUNT_KINDS = {
  /** Accounts whose requests the intake answers. */
  accounts: (account: Account, reader: FunctionName) => intakeOf(account) === reader,
  /** Accounts whose provider signs with a private key; the reader needs the public key. */
  'signing-accounts': ({ provider }: Account) => providers[provider].publicKeySignature !== undefined,
  'checkout-accounts': ({ checkout }: Account) => checkout !== undefined,
  /** Accounts whose provider is polled or gets shipping reports. */
  'polled-accounts': (account: Account) => isPolled(account) || shipsGoods(account),
  /** Accounts whose provider is polled. */
  'confirmed-accounts': (account: Account) => isPolled(account),
  /** Accounts whose key is shared with the provider, so that the probe can sign. */
  'probed-accounts': ({ provider }: Account) => providers[provider].probe?.signed !== undefined,
} as const;

/**
 * `decisions`: the secret that signs questions to the merchant. `target`: only when events are signed. `edge`: only
 * when `edgeHeader` requires the header.
 */
export type SecretKind = keyof typeof ACCOUNT_KINDS | 'decisions' | 'edge' | 'envelope-key' | 'target';

/** Whether a function that reads secrets of this kind may read the secret of this account. */
export const readsSecretOf = (kind: SecretKind, account: Account, reader: FunctionName): boolean =>
  kind in ACCOUNT_KINDS && ACCOUNT_KINDS[kind as keyof typeof ACCOUNT_KINDS](account, reader);

export type RowAccess = 'GetItem' | 'Query' | 'PutItem' | 'DeleteItem' | 'ConditionCheckItem';
/** Actions on single rows of the table; `sweep` is Query on the open index. */
type TableAccess = RowAccess | 'sweep';

export const CONSUME_ACTIONS = [
  'sqs:ChangeMessageVisibility',
  'sqs:DeleteMessage',
  'sqs:GetQueueAttributes',
  'sqs:ReceiveMessage',
] as const;
/** Powertools takes the key, reads the record, completes it, and deletes it after a failure. */
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
  /** The kinds of secrets that it may read. */
  readonly reads: readonly SecretKind[];
  readonly sendsTo: readonly QueueName[];
  readonly consumes?: QueueName;
  /** Actions on the table; a transaction needs those of its parts. */
  readonly table: readonly TableAccess[];
  /**
   * Rows it may access, by the beginning of their partition key. It is a condition of the role's policy
   * (docs/decisions/010-roles-by-row.md). `any`: every row of the table. Only the transition worker has it.
   */
  readonly rows: 'any' | Readonly<Partial<Record<RowAccess, readonly Partition[]>>>;
  readonly idempotencyTable: boolean;
  readonly evidence: boolean;
  /** Delivers to the target: has PutEvents on the bus, or the endpoint's address in its environment. */
  readonly delivers: boolean;
  /** Asks the merchant questions: has the decision hooks' addresses in its environment. */
  readonly asks: boolean;
  /** Calls providers' APIs: has their base URLs in its environment. */
  readonly callsProviders: boolean;
  /** Writes splitTokens to the vault, if there is one. */
  readonly vault: boolean;
  /** Has the stack's public address in its environment. */
  readonly publicUrl: boolean;
  /**
   * May send to the queue of lost shipping reports, if the stack has one. Lambda sends there an event that failed three
   * times, with the function's role.
   */
  readonly sendsLostReports: boolean;
}

/** CPU grows with memory (a full core at 1,769 MB); a cold start is mostly CPU. */
const INTAKE_MEMORY_MB = 1_024;
/** Its own deadline is 2.5 s after the gateway took the request; the rest is for a slow start. */
const INTAKE_TIMEOUT_SECONDS = 5;

const nothing = {
  sendsTo: [],
  table: [],
  rows: {},
  idempotencyTable: false,
  evidence: false,
  delivers: false,
  asks: false,
  callsProviders: false,
  vault: false,
  publicUrl: false,
  sendsLostReports: false,
} as const;

const intake = (provider: string): FunctionSpec => ({
  ...nothing,
  description: `Verifies what ${provider} sends, queues it, answers`,
  memoryMb: INTAKE_MEMORY_MB,
  timeoutSeconds: INTAKE_TIMEOUT_SECONDS,
  reads: ['accounts', 'envelope-key', 'edge'],
  sendsTo: ['notifications'],
  // Reads only the row that says whether the quarantine is full.
  table: ['GetItem'],
  rows: { GetItem: ['quarantineFull'] },
});

/**
 * A function of its own: only it may write answers. The intake of the other accounts loads no SDK client for the table and
 * starts faster. It reads one row (`quarantineFull`), only for a message that must be quarantined.
 */
const decisions = (provider: string): FunctionSpec => ({
  ...intake(provider),
  description: `Verifies what ${provider} sends, asks the merchant, stores the answer, queues it, answers`,
  reads: ['accounts', 'envelope-key', 'decisions', 'edge'],
  table: ['GetItem', 'PutItem'],
  rows: { GetItem: ['quarantineFull', 'decision', 'alias', 'order'], PutItem: ['decision'] },
  asks: true,
});

type IntakeName = Extract<FunctionName, `intake-${string}`>;

/** One intake per provider, and one more for providers with questions that only the merchant can answer. */
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
    description: 'Derives what became of the payment and which effects the merchant must get',
    memoryMb: 512,
    timeoutSeconds: 30,
    // The account's secret contains the provider's public keys. This worker verifies signatures with them.
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
    description: 'Delivers each effect to the merchant once',
    memoryMb: 512,
    timeoutSeconds: 30,
    // The envelope key seals what it parks.
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
    // `renewal`: older versions wrote such a row beside a payment that had to be derived anew.
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
      // Reads the order's payments, which are derived anew after a change.
      Query: ['alias', 'order'],
      PutItem: ['order', 'alias', 'session', 'refund'],
    },
    publicUrl: true,
  },
  redirect: {
    ...nothing,
    description: 'Verifies the redirect of a shopper who comes back, and sends the shopper on; never fulfils',
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
    description: 'Polls providers about payments that wait; reports shipments',
    memoryMb: 512,
    timeoutSeconds: 55,
    reads: ['polled-accounts', 'envelope-key'],
    sendsTo: ['notifications'],
    table: ['GetItem', 'PutItem', 'DeleteItem', 'sweep'],
    rows: { GetItem: ['payment'], PutItem: ['payment', 'answer'], DeleteItem: ['payment'] },
    callsProviders: true,
    sendsLostReports: true,
  },
  reconciler: {
    ...nothing,
    description: 'Compares with providers what is stored, and queues what was missed',
    memoryMb: 512,
    timeoutSeconds: 900,
    reads: ['confirmed-accounts', 'envelope-key', 'target'],
    sendsTo: ['notifications'],
    table: ['GetItem', 'PutItem', 'sweep'],
    rows: { GetItem: ['payment', 'event', 'order'], PutItem: ['reconciliation', 'answer'] },
    callsProviders: true,
    delivers: true,
  },
  probe: {
    ...nothing,
    description: 'Tries the public address of every account, signed and forged; moves nothing',
    memoryMb: 256,
    // Less than the interval of the schedule. Two answers of up to 5 s each, ten accounts at a time.
    timeoutSeconds: 240,
    reads: ['probed-accounts'],
    publicUrl: true,
  },
};

/** The parts of the configuration that decide which functions exist. */
interface Configured {
  readonly accounts: readonly Account[];
  readonly probe: boolean;
}

/** Whether any account's provider is polled. */
export const hasConfirmation = ({ accounts }: Pick<Configured, 'accounts'>): boolean =>
  accounts.some(isPolled);

/** Whether any account's shipments are reported to its provider. */
export const hasShipping = ({ accounts }: Pick<Configured, 'accounts'>): boolean => accounts.some(shipsGoods);

/** Whether any account signs attempts to pay, and so has redirects. */
export const hasCheckout = (config: Pick<Configured, 'accounts'>): boolean =>
  config.accounts.some(({ checkout }) => checkout !== undefined);

/** Whether any account has a key to which splitTokens are sealed. */
export const hasVault = (config: Pick<Configured, 'accounts'>): boolean =>
  config.accounts.some(({ splitTokenKey }) => splitTokenKey !== undefined);

/** The intake that serves an account. */
const intakeOf = (account: Account): FunctionName =>
  asksQuestions(account) ? `intake-${account.provider}-decisions` : `intake-${account.provider}`;

/** The functions that this configuration needs: no intake without an account, no redirect function without checkout. */
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
