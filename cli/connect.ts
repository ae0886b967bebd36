/** The stack that a command works on. Local and deployed stacks have the same form: AWS clients and names. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../infra/config.ts';
import { CHECKOUT_ROUTE, intakePath, resourceName } from '../infra/names.ts';
import { DISK_FULL_NEXT, DISK_FULL_SENTENCE, hasNoRoom } from '../local/disk.ts';
import { configFrom, root } from '../local/project.ts';
import { LOCAL_ACCOUNT, LOCAL_REGION } from '../local/template/resolve.ts';
import { isAlive, portOf, type RunningStack, readRunning } from '../local/template/running.ts';
import type { Store } from '../shared/app/ports.ts';
import { clientOptions } from '../shared/aws/clients.ts';
import { dynamoStore } from '../shared/aws/dynamodb-store.ts';
import { type Patience, WORKER_PATIENCE } from '../shared/aws/patience.ts';
import { defined } from '../shared/payment/defined.ts';
import type { Environment } from '../shared/payment/types.ts';
import type { Account } from '../shared/providers/index.ts';
import { type Clients, clientsOf, named, type Options } from './clients.ts';
import { Problem } from './problem.ts';

export type { Clients };

/** A busy computer answers late; a stopped stack refuses the connection at once. */
const LOCAL_PATIENCE: Patience = { connectionTimeoutMs: 10_000, requestTimeoutMs: 60_000, attempts: 3 };

export interface Connection {
  /** Why answers of this stack may be wrong. */
  readonly warning?: string;
  readonly kind: 'local' | 'deployed';
  /** "local :8080 (sandbox)", "PayhooksLive (live)" */
  readonly label: string;
  /** The option that selects this stack again ("--stack PayhooksLive"; empty for the local one). */
  readonly selector: string;
  readonly environment: Environment;
  readonly config: Config;
  readonly clients: Clients;
  readonly store: Store;
  readonly table: string;
  /** "payhooks-<environment>-<name>" */
  resource(name: string): string;
  /** By the queue's own name, e.g. "notifications-dlq". */
  queueUrl(name: string): Promise<string>;
  /** For a local stack: the keys with which the demo's "Trustly" signs, by "trustly-europe/<account>". */
  readonly demoKeys?: Readonly<Record<string, string>>;
  /** For a local stack: the address of its gateway and its inspection pages. */
  readonly localUrl?: string;
  /** For a local stack: the folder of its generated credentials. */
  readonly credentialsFolder?: string;
  /** The API's own address, at which the merchant's server registers orders. Undefined when it is not known. */
  readonly checkoutUrl?: string;
  /** The address registered with the provider; undefined when it is not known. */
  intakeUrl(account: Account): string | undefined;
}

export interface Target {
  readonly stack: string | undefined;
  readonly config: string | undefined;
  /** The port, to select one of several running `npm start`. */
  readonly local?: string | undefined;
  /** The folder in which a running `npm start` is announced. */
  readonly runningFolder: string;
  /** The folder of live.json, beside cdk.json; only tests use another one. */
  readonly configFolder?: string;
}

/** @throws Problem */
export const connect = (target: Target): Promise<Connection> =>
  target.stack === undefined
    ? connectLocal(target.runningFolder, target.local)
    : connectDeployed(target.stack, target.config, target.configFolder);

const START_ONE = 'Run `npm start` in another terminal, or name a deployed stack with --stack.';

/** The selected local stack. Does not guess among several, because an answer would be taken for another stack's. */
function chosen(folder: string, port: string | undefined): RunningStack {
  const all = readRunning(folder);
  const [newest, ...others] = all;
  if (newest === undefined) throw Problem.unreachable('No local stack is running.', START_ONE);
  if (!isAlive(newest)) {
    const message = `No local stack is running: the last one (process ${newest.pid}) ended unexpectedly.`;
    throw Problem.unreachable(message, START_ONE);
  }
  const ports = all.map(portOf).join(', ');
  const named = all.find((running) => portOf(running) === port);
  if (port !== undefined && named === undefined) {
    const next = `Add --local ${portOf(newest)}, or start one on that port: npm start -- --port ${port}`;
    throw Problem.unreachable(`No local stack runs on port ${port}; running: ${ports}.`, next);
  }
  if (named === undefined && others.length > 0) {
    const message = `${all.length} local stacks are running, on ports ${ports}; name one.`;
    throw Problem.usage(message, `Add --local ${portOf(newest)}`);
  }
  return named ?? newest;
}

const connectLocal = async (folder: string, port: string | undefined): Promise<Connection> =>
  connectionTo(chosen(folder, port), folder, port === undefined ? '' : `--local ${port}`);

/** @param folder that holds its generated credentials when it has no data folder */
export function connectionTo(
  running: Omit<RunningStack, 'pid' | 'startedAt'>,
  folder: string | undefined,
  selector: string,
): Connection {
  const { config, awsEndpoint, awsCredentials, baseUrl, dataDir } = running;
  const { environment } = config;
  return {
    kind: 'local',
    label: `local :${portOf(running)} (${environment})`,
    selector,
    environment,
    config,
    ...reached(environment, {
      ...clientOptions(LOCAL_PATIENCE),
      endpoint: awsEndpoint,
      region: LOCAL_REGION,
      credentials: awsCredentials,
    }),
    queueUrl: async (name) => `${awsEndpoint}/${LOCAL_ACCOUNT}/${resourceName(environment, name)}`,
    localUrl: baseUrl,
    demoKeys: running.demoKeys ?? {},
    ...defined({ credentialsFolder: dataDir ?? folder }),
    ...(dataDir !== undefined && hasNoRoom(dataDir)
      ? { warning: `${DISK_FULL_SENTENCE} What is shown may be old. ${DISK_FULL_NEXT}` }
      : {}),
    intakeUrl: (account) => `${baseUrl}${intakePath(account)}`,
  };
}

/** By the name of a CloudFormation stack, or the prefix of its resources ("payhooks-live"). */
async function connectDeployed(
  stack: string,
  configFile: string | undefined,
  configFolder: string = root,
): Promise<Connection> {
  const options = clientOptions(WORKER_PATIENCE);
  const described = /^payhooks-(sandbox|live)$/.exec(stack);
  const outputs = described === null ? await outputsOf(stack, options) : [];
  const prefix = described === null ? outputs.find(({ key }) => key.endsWith('Table'))?.value : stack;
  const environment =
    prefix === 'payhooks-live' ? 'live' : prefix === 'payhooks-sandbox' ? 'sandbox' : undefined;
  if (environment === undefined) {
    throw Problem.notFound(
      `Stack ${stack} has no output with the name of a Payhooks table.`,
      'Name the prefix of its resources instead: --stack payhooks-sandbox or --stack payhooks-live.',
    );
  }
  const config = configOf(environment, stack, configFile, configFolder);
  const reachable = reached(environment, options);
  return {
    kind: 'deployed',
    label: `${stack} (${environment})`,
    selector: `--stack ${stack}`,
    environment,
    config,
    ...reachable,
    queueUrl: async (name) => {
      const { GetQueueUrlCommand } = await import('@aws-sdk/client-sqs');
      const command = new GetQueueUrlCommand({ QueueName: resourceName(environment, name) });
      const { QueueUrl = '' } = await reachable.clients.sqs.send(command);
      return QueueUrl;
    },
    ...defined({ checkoutUrl: outputs.find(({ value }) => value.endsWith(CHECKOUT_ROUTE))?.value }),
    intakeUrl: (account) => outputs.find(({ value }) => value.endsWith(intakePath(account)))?.value,
  };
}

function reached(environment: Environment, options: Options) {
  const clients = clientsOf(options);
  const table = `payhooks-${environment}`;
  return {
    clients,
    table,
    store: dynamoStore({ client: clients.dynamo, table }),
    resource: (name: string) => resourceName(environment, name),
  };
}

async function outputsOf(stack: string, options: Options) {
  const { CloudFormationClient, DescribeStacksCommand } = await import('@aws-sdk/client-cloudformation');
  const client = named(new CloudFormationClient(options));
  try {
    const { Stacks = [] } = await client.send(new DescribeStacksCommand({ StackName: stack }));
    return (Stacks[0]?.Outputs ?? []).map(({ OutputKey = '', OutputValue = '' }) => ({
      key: OutputKey,
      value: OutputValue,
    }));
  } catch (error) {
    if (error instanceof Error && error.message.includes('does not exist')) {
      throw Problem.notFound(
        `There is no stack ${stack} in this AWS account and region.`,
        'Check AWS_PROFILE and AWS_REGION; `npx cdk list` shows the name of the stack in this configuration.',
      );
    }
    throw error;
  }
}

/**
 * The accounts' policies cannot be read from the deployment, so the configuration must be the stack's own. Without
 * --config it is cdk.json, or live.json (sandbox.json) beside it: a person who types a runbook's command at night may
 * not know the file's name.
 */
function configOf(
  environment: Environment,
  stack: string,
  named: string | undefined,
  folder: string,
): Config {
  const inContext = named === undefined ? configFrom() : undefined;
  if (inContext?.environment === environment) return inContext;
  const ownFile = join(folder, `${environment}.json`);
  const file = named ?? (existsSync(ownFile) ? ownFile : undefined);
  const config = configFrom(file);
  if (config.environment === environment) return config;
  const source = file ?? 'cdk.json';
  throw Problem.usage(
    `${source} is the configuration of ${config.environment}, but ${stack} is ${environment}.`,
    `Name the configuration of the deployment: --config FILE (${environment}.json beside cdk.json is found automatically).`,
  );
}
