/**
 * The whole system on this computer: synthesizes the stack and runs that template. Used by `npm start`, the
 * demo and the end-to-end tests.
 */

import type { RequestListener, Server } from 'node:http';
import { join } from 'node:path';
import type { Config } from '../infra/config.ts';
import { readDuration, readLoggedOutcome, readLoggedRequest } from '../shared/app/http/request-log.ts';
import { defined } from '../shared/payment/defined.ts';
import type { LocalAccount } from './account.ts';
import { AccessLog } from './aws/access-log.ts';
import { Callers } from './aws/callers.ts';
import { awsEndpoint } from './aws/endpoint.ts';
import { type EngineChoice, type RunningEngine, startEngine } from './aws/engine.ts';
import { EventRules } from './aws/event-rules.ts';
import { EventSourceMappings } from './aws/event-source-mappings.ts';
import { eventBus } from './aws/eventbridge.ts';
import { type Fault, Faults, type Service } from './aws/faults.ts';
import { createGateway, type GatewayEvents } from './aws/gateway.ts';
import { ADMINISTRATOR, Authorizer } from './aws/iam/authorizer.ts';
import { KeptRequests } from './aws/kept-requests.ts';
import type { InvocationResult } from './aws/lambda/environment.ts';
import { type FunctionLog, LambdaService, MAX_ENVIRONMENTS } from './aws/lambda/service.ts';
import { keysOfTable } from './aws/limits/request-limits.ts';
import { closeServer, createLocalServer, listenOn } from './aws/own-web.ts';
import { startScheduler } from './aws/schedules.ts';
import { SecretStore } from './aws/secrets-manager.ts';
import type { SigningIdentity } from './aws/signing-identity.ts';
import { type QueueDepth, queueUrl, type Sqs, startSqs } from './aws/sqs.ts';
import { createTables } from './aws/tables.ts';
import { Changes } from './console/changes.ts';
import { type InspectOptions, inspection } from './console/inspect.ts';
import { WrittenRows } from './console/written-rows.ts';
import { claimFolder } from './data-folder.ts';
import { askingAt, Decider, hasDecisionHook } from './demo/decider.ts';
import { ProviderFakes, pollingFakes, pollsProviders } from './demo/fakes/index.ts';
import { Shop } from './demo/shop.ts';
import { endpointSecret, ensureEndpointSecret } from './target/endpoint-secret.ts';
import { LocalTarget } from './target/target.ts';
import type { Access } from './template/access.ts';
import { assemblyOf } from './template/assembly.ts';
import {
  type Credential,
  type Credentials,
  credentialName,
  prepareCredentials,
  secretText,
} from './template/credentials.ts';
import type { Places } from './template/names.ts';
import { type Json, object } from './template/resolve.ts';
import { demoKeysOf } from './template/running.ts';
import { type FunctionSpec, type MappingSpec, readAssembly, type Stack } from './template/template.ts';
import type { SecretState } from './why.ts';

export interface LocalStackOptions extends GatewayEvents {
  /** Default: the context of cdk.json. */
  readonly config?: Config;
  /** Default: any free port. */
  readonly port?: number;
  /** Secrets to use instead of generated ones, by "<provider>/<account>". */
  readonly credentials?: Credentials;
  /** The folder that keeps generated credentials; without it (and without dataDir) they last as long as the stack. */
  readonly credentialsFolder?: string;
  /** The folder that keeps rows, messages, credentials and the shop's events; absent: in memory. */
  readonly dataDir?: string;
  readonly engine?: EngineChoice;
  readonly faults?: Partial<Readonly<Record<Service, Fault>>>;
  /** Changes the permissions of the template; tests remove one. */
  access?(access: Access): Access;
  /** Called with each line that functions print. */
  onLog?(log: FunctionLog): void;
  /** Called with failures outside functions, and with differences from AWS. */
  onNotice?(notice: string): void;
}

export interface LocalStack {
  readonly baseUrl: string;
  /** Endpoint of the AWS services that this stack uses. */
  readonly awsEndpoint: string;
  /** The key for requests to `awsEndpoint`, valid for this start only. */
  readonly awsCredentials: SigningIdentity;
  readonly config: Config;
  readonly environment: Config['environment'];
  readonly accounts: readonly LocalAccount[];
  /** By "<provider>/<account>", in the form that `credentials` takes. */
  readonly credentials: Credentials;
  readonly engine: RunningEngine;
  readonly shop: Shop;
  /** Answers Trustly Europe's questions to the merchant. */
  readonly decider: Decider;
  /** The fakes of the providers' APIs, which the confirmer and the reconciler poll. */
  readonly providers: ProviderFakes;
  readonly secrets: SecretStore;
  /** What may be shown about an account's secret ("paymentwall/goods"). */
  secretState(account: string): SecretState | undefined;
  readonly sqs: Sqs;
  /** Name of the business table and the engine's endpoint. */
  readonly table: { readonly endpoint: string; readonly name: string };
  readonly functions: {
    readonly names: readonly string[];
    /** Invokes a function by its name or an unambiguous part of it ("transition-worker"). */
    invoke(name: string, event: unknown): Promise<InvocationResult>;
    /** Ends the function's environments at once, like the loss of a host. */
    kill(name: string): Promise<number>;
    /** The lines that functions printed, oldest first (limited). */
    logs(): readonly FunctionLog[];
  };
  readonly template: Stack;
  /** Checks every call of a function against the template's policies, and records the checks. */
  readonly authorizer: Authorizer;
  queues(): Promise<Readonly<Record<string, QueueDepth>>>;
  /** Runs a function's schedules now instead of when they are due. */
  runSchedule(functionName: string): Promise<readonly InvocationResult[]>;
  setFault(service: Service, fault: Fault | undefined): void;
  /** Ends every process and server. */
  stop(): Promise<void>;
}

const MAX_LOG_LINES = 20_000;
/** Maximum number of payments and orders kept for the console until somebody opens it. */
const MOST_WRITTEN = 50_000;
/** Time that running batches get to finish; after it their functions are ended. */
const STOP_GRACE_MS = 2_000;

/** Starts everything; rejects, with nothing left running, when anything cannot start. */
export async function startLocalStack(options: LocalStackOptions = {}): Promise<LocalStack> {
  const cleanup = new Cleanup();
  try {
    return await start(options, cleanup);
  } catch (error) {
    await cleanup.run();
    throw error;
  }
}

async function start(options: LocalStackOptions, cleanup: Cleanup): Promise<LocalStack> {
  const services = await startServices(options, cleanup);
  return stackOf(services, await openServices(services));
}

type Started = Awaited<ReturnType<typeof startServices>>;
type Running = Awaited<ReturnType<typeof openServices>>;

/** Starts everything that the functions call; it does not accept requests yet. */
async function startServices(options: LocalStackOptions, cleanup: Cleanup) {
  if (options.dataDir !== undefined) {
    const { release } = claimFolder(options.dataDir);
    cleanup.add(async () => release());
  }
  const faults = new Faults(options.faults);
  const gateway = createGateway();
  const baseUrl = await listen(gateway.server, options.port ?? 0, cleanup);
  const callers = new Callers();
  const identity = callers.identityOf(ADMINISTRATOR);
  const aws = awsServer();
  const awsUrl = await listen(aws.server, 0, cleanup);

  // The engine is a process of its own, so it starts while this one synthesizes.
  const engineStarting = startEngine(options.engine, options.dataDir);
  cleanup.add(async () => (await engineStarting.catch(() => undefined))?.stop());
  engineStarting.catch(() => {});
  const { config, template } = await synthesized(options.config, { baseUrl, sqsUrl: awsUrl });
  const [engine, credentials] = await Promise.all([
    engineStarting,
    prepareCredentials(template.secrets, {
      given: options.credentials,
      folder: options.dataDir ?? options.credentialsFolder,
    }),
  ]);

  const secrets = new SecretStore(secretTexts(template, credentials));
  const shop = new Shop({
    faults,
    file: options.dataDir === undefined ? undefined : join(options.dataDir, 'shop.jsonl'),
    signingSecrets: () => signingSecrets(endpointSecret(secrets, config.environment)),
  });
  const target = new LocalTarget({
    config: config.target,
    shop,
    prepareSecret: () => ensureEndpointSecret(secrets, config.environment),
  });
  const targetUrl = await listen(createLocalServer(target.listener), 0, cleanup);
  const decider = new Decider(faults, (account) => signingSecrets(credentials[`decision/${account}`]));
  const providers = new ProviderFakes(credentials);
  const specs = template.functions.map((spec) => probesHere(target.redirected(spec, targetUrl), baseUrl));
  const functions = await pointApisAt(providers, await pointQuestionsAt(decider, specs, cleanup), cleanup);
  const [sqs] = await Promise.all([
    startSqs(template.queues, { dataDir: options.dataDir, baseUrl: awsUrl }),
    createTables(engine.endpoint, template.tables),
  ]);
  cleanup.add(() => sqs.stop());
  const access = template.access();
  const authorizer = new Authorizer(options.access?.(access) ?? access, {
    onRefused: eachOnce((notice) => options.onNotice?.(notice)),
  });
  return {
    ...{ options, cleanup, callers, authorizer, accessLog: new AccessLog(), changes: new Changes() },
    ...{ faults, gateway, baseUrl, identity, aws, awsUrl, config, template, engine, credentials },
    ...{ secrets, shop, target, targetUrl, decider, providers, functions, sqs },
    accounts: localAccounts(config, template, baseUrl, credentials),
    table: { endpoint: engine.endpoint, name: businessTable(template) },
  };
}

/** Lets the probe test this stack, whatever public address the configuration names: nothing leaves this computer. */
const probesHere = (spec: FunctionSpec, baseUrl: string): FunctionSpec =>
  spec.name.endsWith('-probe')
    ? { ...spec, environment: { ...spec.environment, PAYHOOKS_URL: baseUrl } }
    : spec;

/**
 * Starts the functions of the routes before the first request, because a gateway gives up after 2.9 s. The functions of
 * the queues load at the same time; a function that only a schedule invokes starts when it is invoked.
 */
async function warmFunctions(lambda: LambdaService, { mappings, routes }: Stack): Promise<void> {
  void lambda.warm(mappings.map(({ functionName }) => functionName));
  await lambda.warm(routes.map(({ functionName }) => functionName));
}

/** Starts the functions and opens the servers in front of them, the gateway last. */
async function openServices(services: Started) {
  const { gateway, aws, template, engine, target, targetUrl, table, cleanup } = services;
  const { lambda, mappings, scheduler, logs } = startFunctions(services);
  const written = new WrittenRows({
    ...{ table: table.name, sortKeys: ['payment', 'order'] },
    ...{ startsEmpty: engine.keeps === false, most: MOST_WRITTEN },
  });
  aws.open(awsListener(services, lambda, mappings, written));
  target.open({ url: targetUrl, functions: lambda, table });
  openGateway(services, lambda, logs, written);
  await warmFunctions(lambda, template);
  // Stopped first, so that no new request comes in.
  cleanup.add(() => closeServer(gateway.server));
  return { lambda, scheduler, logs };
}

function stackOf(services: Started, { lambda, scheduler, logs }: Running): LocalStack {
  const { faults, baseUrl, identity, awsUrl, config, template, engine, credentials } = services;
  const { secrets, shop, decider, providers, sqs, authorizer, accounts, table, cleanup } = services;
  return {
    ...{ baseUrl, awsEndpoint: awsUrl, awsCredentials: identity, config, environment: config.environment },
    ...{ accounts, credentials, engine, shop, decider, providers, secrets, sqs, table, template, authorizer },
    secretState: (account) => secretStateOf(secrets, `payhooks/${config.environment}/${account}`),
    functions: {
      names: lambda.names,
      invoke: (name, event) => lambda.invoke(name, event),
      kill: (name) => lambda.kill(name),
      logs: () => logs,
    },
    queues: () => sqs.depths(),
    runSchedule: (name) => scheduler.runNow(lambda.nameOf(name)),
    setFault: (service, fault) => faults.set(service, fault),
    stop: () => cleanup.run(),
  };
}

/** Starts the functions with what invokes them: queues and schedules. */
function startFunctions(services: Started) {
  const { functions, template, awsUrl, callers, authorizer, sqs, options, cleanup } = services;
  const { accessLog, changes } = services;
  const logs: FunctionLog[] = [];
  const lambda = new LambdaService(functions, {
    endpoints: Object.fromEntries(
      ['SQS', 'DYNAMODB', 'SECRETS_MANAGER', 'EVENTBRIDGE'].map((name) => [
        `AWS_ENDPOINT_URL_${name}`,
        awsUrl,
      ]),
    ),
    identityOf: (name) => callers.identityOf(name),
    onLog: (log) => {
      authorizer.wroteLog(log.functionName);
      const explained = readLoggedRequest(log.line);
      if (explained !== undefined) accessLog.explain(explained);
      const took = readDuration(log.line);
      if (took !== undefined) accessLog.took(took);
      const settled = readLoggedOutcome(log.line);
      if (settled !== undefined) accessLog.settle(settled);
      if (logs.push(log) > MAX_LOG_LINES) logs.shift();
      changes.happened();
      options.onLog?.(log);
    },
  });
  cleanup.add(() => lambda.close());
  const invoke = (name: string, event: unknown) => lambda.invoke(name, event);
  const onError = (name: string, reason: string) => options.onNotice?.(`${name}: ${reason}`);
  const mappings = new EventSourceMappings(template.mappings.map(bounded), {
    ...{ invoke, onError },
    sqsFor: (name) => asFunction(name, sqs, authorizer),
  });
  cleanup.add(() => mappings.stop(STOP_GRACE_MS));
  const scheduler = startScheduler(template.schedules, {
    ...{ invoke, onError },
    onSkipped: (name, expression) =>
      options.onNotice?.(`schedule ${name} (${expression}) is not run on this computer`),
  });
  cleanup.add(async () => scheduler.stop());
  return { lambda, mappings, scheduler, logs };
}

/** The queue as Lambda uses it with a function's role. */
const asFunction = (name: string, sqs: Sqs, authorizer: Authorizer): Pick<Sqs, 'call'> => ({
  call: async (operation, input) => {
    await authorizer.check(name, { service: 'AmazonSQS', operation, input });
    return sqs.call(operation, input);
  },
});

/** No more concurrent batches than there are environments. */
const bounded = (mapping: MappingSpec): MappingSpec => ({
  ...mapping,
  maxConcurrency: Math.min(mapping.maxConcurrency ?? MAX_ENVIRONMENTS, MAX_ENVIRONMENTS),
});

/** Steps to undo, last first; each step runs even if another fails. */
class Cleanup {
  readonly #steps: (() => Promise<void>)[] = [];
  #running: Promise<void> | undefined;

  add(step: () => Promise<void>): void {
    this.#steps.push(step);
  }

  run(): Promise<void> {
    this.#running ??= this.#run();
    return this.#running;
  }

  async #run(): Promise<void> {
    for (const step of this.#steps.toReversed()) await step().catch(() => {});
  }
}

async function listen(server: Server, port: number, cleanup: Cleanup): Promise<string> {
  const url = await listenOn(server, port);
  cleanup.add(() => closeServer(server));
  return url;
}

async function synthesized(given: Config | undefined, places: Places) {
  const config = given ?? (await import('./project.ts')).configFrom();
  return { config, template: readAssembly(await assemblyOf(config), places) };
}

function secretTexts(template: Stack, credentials: Credentials): Readonly<Record<string, string>> {
  return Object.fromEntries(
    template.secrets.map(({ name }) => [name, secretText(credentials[credentialName(name)] ?? {})]),
  );
}

function secretStateOf(secrets: SecretStore, name: string): SecretState | undefined {
  const text = secrets.text(name);
  if (text === undefined) return undefined;
  return { setAt: secrets.storedAt(name), hasNext: Object.hasOwn(JSON.parse(text) as object, 'next') };
}

const textIn = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

const signingSecrets = (target: Credential | undefined): readonly string[] =>
  [target?.current, target?.next].filter((secret) => typeof secret === 'string');

async function pointQuestionsAt(
  decider: Decider,
  functions: readonly FunctionSpec[],
  cleanup: Cleanup,
): Promise<readonly FunctionSpec[]> {
  if (!functions.some(hasDecisionHook)) return functions;
  const url = await listen(createLocalServer(decider.listener), 0, cleanup);
  return functions.map((spec) => (hasDecisionHook(spec) ? askingAt(spec, url) : spec));
}

async function pointApisAt(
  fakes: ProviderFakes,
  functions: readonly FunctionSpec[],
  cleanup: Cleanup,
): Promise<readonly FunctionSpec[]> {
  if (!functions.some(pollsProviders)) return functions;
  const urls = {
    'trustly-americas': `${await listen(fakes.trustlyAmericas.server, 0, cleanup)}/api/v1`,
    paymentwall: `${await listen(fakes.paymentwall.server, 0, cleanup)}/api`,
  };
  return functions.map((spec) => (pollsProviders(spec) ? pollingFakes(spec, urls) : spec));
}

/** Passes each notice on once: every retry of every function would repeat it. */
function eachOnce(say: (notice: string) => void): (notice: string) => void {
  const said = new Set<string>();
  return (notice) => {
    if (said.has(notice)) return;
    said.add(notice);
    say(notice);
  };
}

/** It listens first, because its address is part of what it serves. */
function awsServer(): { readonly server: Server; open(listener: RequestListener): void } {
  let listener: RequestListener = (_, response) => response.writeHead(503).end();
  return {
    server: createLocalServer((request, response) => listener(request, response)),
    open: (opened) => {
      listener = opened;
    },
  };
}

function awsListener(
  services: Started,
  lambda: LambdaService,
  mappings: EventSourceMappings,
  written: WrittenRows,
): RequestListener {
  const { sqs, secrets, shop, faults, template, engine, callers, authorizer, changes, options } = services;
  return awsEndpoint(
    {
      AmazonSQS: (operation, input) => sqs.call(operation, object(input)),
      secretsmanager: (operation, input) => secrets.call(operation, input),
      AWSEvents: eventBus({
        buses: template.buses,
        deliver: ({ detail }) => shop.receive(detail, 'bus'),
        rules: new EventRules({
          buses: template.buses,
          send: (queue, body) => sqs.call('SendMessage', { QueueUrl: queueUrl(queue), MessageBody: body }),
        }),
      }),
      mappings,
      functions: lambda,
    },
    {
      dynamoDb: engine.endpoint,
      tables: new Map(template.tables.map(({ name, create }) => [name, keysOfTable(create)])),
      ...{ faults, callers, authorizer },
      onNotice: eachOnce((notice) => options.onNotice?.(notice)),
      onDone: (operation, input) => {
        if (written.wrote(operation, input)) changes.happened();
      },
    },
  );
}

function openGateway(
  services: Started,
  lambda: LambdaService,
  logs: readonly FunctionLog[],
  written: WrittenRows,
): void {
  const { gateway, identity, template, options, shop, sqs, table, faults, target, accessLog } = services;
  const kept = new KeptRequests();
  const accounts = services.accounts.map(({ credentials: _, ...account }) => account as unknown as Json);
  gateway.open({
    ...{ accessLog, kept, identity, routes: template.routes },
    edge: textIn(services.credentials.edge?.current),
    invoke: async (name, event) => {
      const result = await lambda.invoke(name, event);
      const isAccepted = result.ok && JSON.parse(result.payload)?.statusCode === 200;
      if (isAccepted) services.providers.accepted(name, event);
      return result;
    },
    local: inspection({
      endpoint: table.endpoint,
      table: table.name,
      fulfilments: () => shop.list(),
      queues: () => sqs.depths(),
      accounts: () => accounts,
      requests: () => accessLog.list(),
      faults,
      console: startedConsole(services, { kept, logs, written }),
      listen: (request, response) => target.listen(request, response),
      sendsTo: () => target.sendsTo,
    }),
    ...defined({ onRequest: options.onRequest }),
  });
  for (const { routeKey, authorization } of template.routes) {
    if (authorization === 'NONE') continue;
    options.onNotice?.(
      `${routeKey} requires ${authorization} on AWS; on this computer an unsigned request is accepted as well`,
    );
  }
}

interface ConsoleParts {
  readonly kept: KeptRequests;
  readonly logs: readonly FunctionLog[];
  readonly written: WrittenRows;
}

/** The console's code and its SDK clients are loaded on the first request. */
function startedConsole(services: Started, { kept, logs, written }: ConsoleParts): InspectOptions['console'] {
  const { accessLog, faults, shop, template, changes, options, config, credentials, engine } = services;
  const startedAt = Date.now();
  let started: Promise<InspectOptions['console']> | undefined;
  return async (...call) => {
    started ??= import('../console/server/local.ts').then(({ localConsole }) =>
      localConsole({
        ...{ accessLog, kept, faults, shop, startedAt, credentialsFolder: options.credentialsFolder },
        written: {
          take: () => written.take(),
          ...{ startsEmpty: engine.keeps === false, isAll: engine.keeps !== undefined },
        },
        running: {
          ...{ baseUrl: services.baseUrl, awsEndpoint: services.awsUrl, awsCredentials: services.identity },
          ...{ config, demoKeys: demoKeysOf(credentials), ...defined({ dataDir: options.dataDir }) },
        },
        dashboards: () => template.dashboards(),
        lines: () => logs.map(({ line }) => line),
        linesSince: () => (logs.length < MAX_LOG_LINES ? startedAt : Date.now()),
        onChange: (listener) => changes.listen(listener),
      }),
    );
    await (await started)(...call);
  };
}

function localAccounts(
  config: Config,
  template: Stack,
  baseUrl: string,
  credentials: Credentials,
): readonly LocalAccount[] {
  return config.accounts.map(({ policy: _, ...account }) => {
    const prefix = `/${account.provider.replace('-', '/')}/`;
    const below = (segment: string) =>
      template.routes.find(
        // Redirects of shoppers come back below the same address; their paths have a nonce.
        ({ path }) => path?.startsWith(`${prefix}${segment}/`) && !path.includes('{nonce}'),
      )?.path;
    // The account's own route wins over the shared one, as in the gateway.
    const path = below(account.account) ?? below('{account}');
    if (path === undefined) throw new Error(`the template has no route ${prefix}…`);
    return {
      ...account,
      method: account.provider === 'paymentwall' ? 'GET' : 'POST',
      url: baseUrl + path.replace('{account}', account.account),
      credentials: credentials[`${account.provider}/${account.account}`] ?? {},
    };
  });
}

function businessTable({ functions }: Stack): string {
  const name = functions
    .map(({ environment }) => environment.PAYHOOKS_TABLE)
    .find((table) => table !== undefined);
  if (name === undefined) throw new Error('no function of the template names PAYHOOKS_TABLE');
  return name;
}
