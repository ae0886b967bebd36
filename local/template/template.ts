/**
 * Reads the synthesized CloudFormation template into what the local stack runs: routes, functions, queues, event source
 * mappings, tables, schedules, secrets. None of it is written a second time.
 */
import { readFileSync } from 'node:fs';
import { join, resolve as resolvePath } from 'node:path';
import { type Access, readAccess } from './access.ts';
import { functionNameOf, localNames, type Places, physicalName } from './names.ts';
import {
  type Found,
  type Json,
  type JsonObject,
  LOCAL_ACCOUNT,
  LOCAL_REGION,
  list,
  object,
  type RawTemplate,
  type Resource,
  resolver,
  TemplateError,
} from './resolve.ts';

export interface FunctionSpec {
  readonly logicalId: string;
  readonly name: string;
  /** Folder of the bundle. */
  readonly codePath: string;
  /** "index.handler" */
  readonly handler: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly memoryMb: number;
}

export interface RouteSpec {
  /** "ANY", "POST"… */
  readonly method: string;
  /** "/trustly/americas/{account}/events"; undefined: the $default route. */
  readonly path: string | undefined;
  readonly routeKey: string;
  readonly functionName: string;
  readonly integrationTimeoutMs: number;
  readonly authorization: string;
}

export interface QueueSpec {
  readonly logicalId: string;
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** Name of the queue that takes messages after too many receives. */
  readonly deadLetterQueue: string | undefined;
}

export interface MappingSpec {
  readonly functionName: string;
  readonly queueName: string;
  readonly batchSize: number;
  readonly windowSeconds: number;
  readonly maxConcurrency: number | undefined;
  readonly reportBatchItemFailures: boolean;
}

export interface TableSpec {
  readonly name: string;
  /** Body of a CreateTable request. */
  readonly create: Json;
  readonly ttlAttribute: string | undefined;
}

export interface ScheduleSpec {
  readonly name: string;
  readonly functionName: string;
  /** "rate(1 minute)" or "cron(…)". */
  readonly expression: string;
  readonly input: Json;
  readonly enabled: boolean;
}

export interface SecretSpec {
  readonly name: string;
  /** Present when CloudFormation generates the value at deployment. */
  readonly generate: Json | undefined;
  readonly value: string | undefined;
}

export interface DashboardSpec {
  readonly name: string;
  /** DashboardBody, JSON. */
  readonly body: string;
}

export interface Stack {
  readonly functions: readonly FunctionSpec[];
  readonly routes: readonly RouteSpec[];
  readonly queues: readonly QueueSpec[];
  readonly mappings: readonly MappingSpec[];
  readonly tables: readonly TableSpec[];
  readonly schedules: readonly ScheduleSpec[];
  readonly secrets: readonly SecretSpec[];
  readonly buses: readonly string[];
  /** Resolved on each call: the local stack runs nothing from them. */
  dashboards(): readonly DashboardSpec[];
  /** Policies of roles and resources. Resolved on each call. */
  access(): Access;
}

/** Reads the only stack of a cloud assembly folder. @throws TemplateError when it is not as expected */
export function readAssembly(folder: string, places: Places): Stack {
  const manifest = readJson(join(folder, 'manifest.json'));
  const stacks = Object.entries(object(manifest.artifacts)).filter(
    ([, artifact]) => object(artifact).type === 'aws:cloudformation:stack',
  );
  const [stack, ...others] = stacks;
  if (stack === undefined || others.length > 0) {
    throw new TemplateError(`expected one stack in ${folder}, found ${stacks.length}`);
  }
  const [id, artifact] = stack;
  const templateFile = String(object(object(artifact).properties).templateFile ?? `${id}.template.json`);
  const template = readJson(join(folder, templateFile)) as unknown as RawTemplate;
  const assets = readJson(join(folder, templateFile.replace(/\.template\.json$/, '.assets.json')));
  return readTemplate(template, assetFolders(assets, folder), places);
}

/** Object key in the assets bucket → folder on this computer. */
function assetFolders(assets: Json, folder: string): ReadonlyMap<string, string> {
  const folders = new Map<string, string>();
  for (const file of Object.values(object(object(assets).files))) {
    const path = object(object(file).source).path;
    if (typeof path !== 'string') continue;
    for (const destination of Object.values(object(object(file).destinations))) {
      folders.set(String(object(destination).objectKey), resolvePath(folder, path));
    }
  }
  return folders;
}

/** The template as a Stack; `codeFolders` maps S3Key to the folder that holds the bundle. */
export function readTemplate(
  template: RawTemplate,
  codeFolders: ReadonlyMap<string, string>,
  places: Places,
): Stack {
  const names = localNames(places, template.Resources);
  const resolve = resolver(template, names);
  const conditionHolds = (resource: Resource) =>
    resource.Condition === undefined || resolve({ Condition: resource.Condition }) === true;
  const ofType = (...types: string[]): readonly Found[] =>
    Object.entries(template.Resources)
      .filter(([, resource]) => types.includes(resource.Type) && conditionHolds(resource))
      .map(([logicalId, resource]) => ({
        logicalId,
        resource,
        get: (name: string) => resolve(resource.Properties?.[name]),
      }));

  const integrations = new Map(
    ofType('AWS::ApiGatewayV2::Integration').map((found) => [found.logicalId, found]),
  );
  return {
    functions: ofType('AWS::Lambda::Function')
      .filter(({ get }) => String(get('Runtime')).startsWith('nodejs'))
      .map((found) => readFunction(found, codeFolders)),
    routes: ofType('AWS::ApiGatewayV2::Route').map((found) => readRoute(found, integrations)),
    queues: ofType('AWS::SQS::Queue').map(readQueue),
    mappings: ofType('AWS::Lambda::EventSourceMapping').map(readMapping),
    tables: ofType('AWS::DynamoDB::GlobalTable', 'AWS::DynamoDB::Table').map(readTable),
    schedules: [
      ...ofType('AWS::Scheduler::Schedule').map(readSchedule),
      ...ofType('AWS::Events::Rule').flatMap(readRule),
    ],
    secrets: ofType('AWS::SecretsManager::Secret').map(readSecret),
    buses: ofType('AWS::Events::EventBus').map(({ get }) => String(get('Name'))),
    dashboards: () =>
      ofType('AWS::CloudWatch::Dashboard').map(({ get }) => ({
        name: String(get('DashboardName')),
        body: String(get('DashboardBody')),
      })),
    access: () => readAccess(ofType),
  };
}

function readFunction(
  { logicalId, resource, get }: Found,
  codeFolders: ReadonlyMap<string, string>,
): FunctionSpec {
  const key = String(object(get('Code')).S3Key);
  const codePath = codeFolders.get(key);
  if (codePath === undefined) throw new TemplateError(`${logicalId}: no bundle for asset ${key}`);
  const variables = object(object(get('Environment')).Variables);
  return {
    logicalId,
    name: physicalName(logicalId, resource),
    codePath,
    handler: String(get('Handler')),
    environment: Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, String(value)])),
    timeoutMs: Number(get('Timeout') ?? 3) * 1_000,
    memoryMb: Number(get('MemorySize') ?? 128),
  };
}

/** API Gateway's default integration timeout of an HTTP API. */
const DEFAULT_INTEGRATION_TIMEOUT_MS = 30_000;

function readRoute({ logicalId, get }: Found, integrations: ReadonlyMap<string, Found>): RouteSpec {
  const integrationId = String(get('Target')).replace(/^integrations\//, '');
  const integration = integrations.get(integrationId);
  if (integration === undefined)
    throw new TemplateError(`${logicalId}: there is no integration ${integrationId}`);
  const version = integration.get('PayloadFormatVersion');
  if (version !== '2.0')
    throw new TemplateError(`${integrationId}: payload format ${String(version)}, not 2.0`);
  const routeKey = String(get('RouteKey'));
  const [method = 'ANY', path] = routeKey === '$default' ? ['ANY'] : routeKey.split(' ');
  return {
    method,
    path,
    routeKey,
    functionName: functionNameOf(integration.get('IntegrationUri')),
    integrationTimeoutMs: Number(integration.get('TimeoutInMillis') ?? DEFAULT_INTEGRATION_TIMEOUT_MS),
    authorization: String(get('AuthorizationType') ?? 'NONE'),
  };
}

/** Attributes that CreateQueue takes unchanged. */
const QUEUE_ATTRIBUTES = [
  'VisibilityTimeout',
  'DelaySeconds',
  'MessageRetentionPeriod',
  'ReceiveMessageWaitTimeSeconds',
  'FifoQueue',
  'ContentBasedDeduplication',
  'MaximumMessageSize',
];

function readQueue({ logicalId, resource, get }: Found): QueueSpec {
  const attributes: Record<string, string> = {};
  for (const name of QUEUE_ATTRIBUTES) {
    const value = get(name);
    if (value !== undefined) attributes[name] = String(value);
  }
  const redrive = object(get('RedrivePolicy'));
  const target = redrive.deadLetterTargetArn;
  if (target !== undefined) attributes.RedrivePolicy = JSON.stringify(redrive);
  return {
    logicalId,
    name: physicalName(logicalId, resource),
    attributes,
    deadLetterQueue: target === undefined ? undefined : String(target).split(':').pop(),
  };
}

function readMapping({ logicalId, get }: Found): MappingSpec {
  const source = String(get('EventSourceArn'));
  if (!source.includes(':sqs:')) throw new TemplateError(`${logicalId}: only queues are event sources here`);
  const concurrency = object(get('ScalingConfig')).MaximumConcurrency;
  return {
    functionName: functionNameOf(get('FunctionName')),
    queueName: source.split(':').pop() ?? '',
    batchSize: Number(get('BatchSize') ?? 10),
    windowSeconds: Number(get('MaximumBatchingWindowInSeconds') ?? 0),
    maxConcurrency: concurrency === undefined ? undefined : Number(concurrency),
    reportBatchItemFailures: list(get('FunctionResponseTypes')).includes('ReportBatchItemFailures'),
  };
}

function readTable({ logicalId, resource, get }: Found): TableSpec {
  const name = physicalName(logicalId, resource);
  const indexes = list(get('GlobalSecondaryIndexes'))
    .map(object)
    .map(({ IndexName = null, KeySchema = null, Projection = null }) => ({
      IndexName,
      KeySchema,
      Projection,
    }));
  const ttl = object(get('TimeToLiveSpecification'));
  return {
    name,
    create: {
      TableName: name,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: get('AttributeDefinitions') ?? [],
      KeySchema: get('KeySchema') ?? [],
      ...(indexes.length > 0 ? { GlobalSecondaryIndexes: indexes } : {}),
    },
    ttlAttribute: ttl.Enabled === true ? String(ttl.AttributeName) : undefined,
  };
}

function readSchedule({ logicalId, resource, get }: Found): ScheduleSpec {
  const target = object(get('Target'));
  return {
    name: physicalName(logicalId, resource),
    functionName: functionNameOf(target.Arn),
    expression: String(get('ScheduleExpression')),
    input: parseInput(target.Input),
    enabled: get('State') !== 'DISABLED',
  };
}

/** A rule may have no schedule (an event pattern), or targets that are not functions (a log group). */
function readRule({ logicalId, resource, get }: Found): readonly ScheduleSpec[] {
  const expression = get('ScheduleExpression');
  if (expression === undefined) return [];
  const name = physicalName(logicalId, resource);
  const targets = list(get('Targets')).map(object);
  return targets.map(({ Arn, Input }) => ({
    name,
    functionName: functionNameOf(Arn),
    expression: String(expression),
    input: parseInput(Input) ?? scheduledEvent(name),
    enabled: get('State') !== 'DISABLED',
  }));
}

const parseInput = (input: Json | undefined): Json =>
  typeof input === 'string' ? (JSON.parse(input) as Json) : null;

const scheduledEvent = (rule: string): Json => ({
  version: '0',
  source: 'aws.events',
  'detail-type': 'Scheduled Event',
  account: LOCAL_ACCOUNT,
  region: LOCAL_REGION,
  resources: [`arn:aws:events:${LOCAL_REGION}:${LOCAL_ACCOUNT}:rule/${rule}`],
  detail: {},
});

function readSecret({ logicalId, resource, get }: Found): SecretSpec {
  const value = get('SecretString');
  return {
    name: physicalName(logicalId, resource),
    generate: get('GenerateSecretString'),
    value: value === undefined ? undefined : String(value),
  };
}

const readJson = (path: string): JsonObject => object(JSON.parse(readFileSync(path, 'utf8')) as Json);
