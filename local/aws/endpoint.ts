/**
 * One endpoint on 127.0.0.1 for the services that the functions call: SQS, Secrets Manager, EventBridge; it passes
 * DynamoDB requests on to the engine. For the command line, also Lambda's event source mappings and Invoke. Every
 * request must be signed with a key of this start, and the template's policies must allow it to the key's owner (iam/).
 * Faults of services are switched here (faults.ts).
 */

import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { defined } from '../../shared/payment/defined.ts';
import { DISK_FULL_CODE, DISK_FULL_SENTENCE, isDiskFull } from '../disk.ts';
import { type Json, object } from '../template/resolve.ts';
import type { Callers } from './callers.ts';
import { type EventSourceMappings, MAPPINGS_PATH } from './event-source-mappings.ts';
import { type Faults, isUnanswered, type Service } from './faults.ts';
import { ADMINISTRATOR, type Authorizer } from './iam/authorizer.ts';
import { DYNAMODB, type ServiceCall } from './iam/required.ts';
import { lambdaRequirement } from './iam/required-lambda.ts';
import { AwsError, answerJson, bodyOf, post } from './json-protocol.ts';
import type { InvocationResult } from './lambda/environment.ts';
import { Contention, otherMembers } from './limits/contention.ts';
import { checkDynamoDb, type TableKeys } from './limits/request-limits.ts';
import { sendJson } from './own-web.ts';
import { accessKeyOf, checkSignature } from './signing-identity.ts';

type Operation = (operation: string, input: Json) => Json | Promise<Json>;

/** Keyed by the prefix of X-Amz-Target. */
export interface Services {
  readonly AmazonSQS: Operation;
  readonly secretsmanager: Operation;
  readonly AWSEvents: Operation;
  /** Lambda's API uses paths instead of X-Amz-Target. */
  readonly mappings?: Pick<EventSourceMappings, 'call'>;
  /** Lambda's Invoke. */
  readonly functions?: {
    has(name: string): boolean;
    invoke(name: string, event: unknown): Promise<InvocationResult>;
    variables(name: string): Readonly<Record<string, string>>;
    setVariables(name: string, variables: Readonly<Record<string, string>>): Promise<void>;
  };
}

/** Invoke, Get- and UpdateFunctionConfiguration, PublishVersion and UpdateAlias. */
const FUNCTION_CALL =
  /^\/2015-03-31\/functions\/([A-Za-z0-9-]+)\/(invocations|configuration|versions|aliases\/([\w-]+))$/;

const FAULT_OF: Readonly<Record<string, Service>> = {
  AmazonSQS: 'sqs',
  secretsmanager: 'secrets',
  AWSEvents: 'events',
  [DYNAMODB]: 'dynamodb',
};

export interface AwsEndpointOptions {
  /** The DynamoDB engine's address. */
  readonly dynamoDb: string;
  /** Keys of the template's tables, by table name. */
  readonly tables?: ReadonlyMap<string, TableKeys>;
  readonly faults: Faults;
  /** The known callers. */
  readonly callers: Callers;
  /** Checks what callers may do. */
  readonly authorizer: Pick<Authorizer, 'check' | 'require'>;
  /** Gets a sentence that the developer should read. */
  onNotice?(notice: string): void;
  /** Called with each request that DynamoDB has carried out, before the caller gets the answer. */
  onDone?(operation: string, input: Json): void;
}

export function awsEndpoint(services: Services, options: AwsEndpointOptions): RequestListener {
  const contention = new Contention();
  return (request, response) => {
    handle(request, response, services, { ...options, contention }).catch(() => response.destroy());
  };
}

async function handle(
  request: IncomingMessage,
  response: ServerResponse,
  services: Services,
  options: AwsEndpointOptions & { readonly contention: Contention },
): Promise<void> {
  const { dynamoDb, faults, onNotice } = options;
  const [prefix = '', operation = ''] = String(request.headers['x-amz-target'] ?? '').split('.');
  const version = request.headers['content-type']?.includes('1.1') ? '1.1' : '1.0';
  const body = await bodyOf(request);
  const fault = faults.get(FAULT_OF[prefix] ?? 'sqs');
  if (isUnanswered(fault, request)) return;
  try {
    const caller = authenticated(request, body, options.callers);
    if (fault === 'failing') throw new AwsError('InternalFailure', 'switched on', 500);
    if (fault === 'throttled') throw new AwsError('ThrottlingException', 'Rate exceeded (switched on)', 400);
    const input = prefix === '' ? {} : parsed(body);
    await authorize(caller, request, { service: prefix, operation, input }, options.authorizer);
    if (fault === 'busy') {
      const request = { caller, service: FAULT_OF[prefix] ?? '', operation };
      const refusal = options.contention.refusal(request, object(input));
      if (refusal !== undefined) throw refusal;
    }
    if (prefix === DYNAMODB) {
      checkDynamoDb(operation, object(input), options.tables);
      const onDone = () => options.onDone?.(operation, input);
      return await forwardToEngine(request, body, response, { endpoint: dynamoDb, onDone });
    }
    if (request.url?.startsWith(MAPPINGS_PATH) && services.mappings !== undefined) {
      return answerJson(response, 200, await callMappings(request, body, services.mappings), version);
    }
    if (FUNCTION_CALL.test(request.url ?? '') && services.functions !== undefined) {
      return await callFunction(request, body, response, services.functions);
    }
    const service = (services as unknown as Readonly<Record<string, Operation | undefined>>)[prefix];
    if (service === undefined) {
      throw new AwsError('UnknownOperationException', `${prefix}.${operation} is not served here`);
    }
    const answer = await service(operation, input);
    answerJson(response, 200, JSON.stringify(answer), version);
  } catch (error) {
    if (isDiskFull(error)) onNotice?.(DISK_FULL_SENTENCE);
    const answer = answerable(error);
    const { code, message, status } = answer;
    const said = { __type: code, message, ...otherMembers(answer) };
    answerJson(response, status, JSON.stringify(said), version);
  }
}

const parsed = (body: Buffer): Json => (body.length === 0 ? {} : (JSON.parse(body.toString('utf8')) as Json));

/** @returns the caller that signed the request. @throws AwsError when no known caller did */
function authenticated(
  { method = 'GET', url: target = '/', headers }: IncomingMessage,
  body: Buffer,
  callers: Callers,
): string {
  const caller = callers.of(accessKeyOf(headers));
  checkSignature({ method, target, headers, body }, caller?.identity ?? callers.identityOf(ADMINISTRATOR));
  return caller?.name ?? ADMINISTRATOR;
}

/** @throws AwsError AccessDenied */
async function authorize(
  caller: string,
  { method = 'GET', url = '/' }: IncomingMessage,
  call: ServiceCall,
  authorizer: AwsEndpointOptions['authorizer'],
): Promise<void> {
  if (call.service !== '') return authorizer.check(caller, call);
  const requirement = lambdaRequirement(method, url);
  if (requirement !== undefined) await authorizer.require(caller, requirement);
}

function answerable(error: unknown): AwsError {
  if (isDiskFull(error)) return new AwsError(DISK_FULL_CODE, DISK_FULL_SENTENCE, 500);
  return error instanceof AwsError ? error : new AwsError('InternalFailure', String(error), 500);
}

/** Answers a call of Lambda's API about one function. The local stack has one version, and every alias points to it. */
async function callFunction(
  { url = '', method }: IncomingMessage,
  body: Buffer,
  response: ServerResponse,
  functions: NonNullable<Services['functions']>,
): Promise<void> {
  const [, name = '', call, alias] = FUNCTION_CALL.exec(url) ?? [];
  if (!functions.has(name)) {
    throw new AwsError('ResourceNotFoundException', `Function not found: ${name}`, 404);
  }
  const input = object(parsed(body));
  if (call === 'invocations') {
    const result = await functions.invoke(name, parsed(body));
    // If the function throws, the answer is also 200, with a header that says so (as on AWS).
    const failed = result.ok ? {} : { 'x-amz-function-error': 'Unhandled' };
    response.writeHead(200, { 'content-type': 'application/json', ...failed });
    response.end(result.ok ? result.payload : JSON.stringify(result.error));
  } else if (call === 'configuration') {
    // Only the environment variables are read and changed.
    if (method === 'PUT') {
      const variables = object(object(input.Environment).Variables) as Readonly<Record<string, string>>;
      await functions.setVariables(name, variables);
    }
    const Environment = { Variables: functions.variables(name) };
    const configuration = { FunctionName: name, RevisionId: 'local', LastUpdateStatus: 'Successful' };
    sendJson(response, 200, { ...configuration, Environment });
  } else {
    const { FunctionVersion } = input;
    const published = { FunctionName: name, Version: '1' };
    sendJson(response, 201, alias === undefined ? published : { Name: alias, FunctionVersion });
  }
}

async function callMappings(
  { method = 'GET', url = '/' }: IncomingMessage,
  body: Buffer,
  mappings: Pick<EventSourceMappings, 'call'>,
): Promise<string> {
  const { pathname, searchParams } = new URL(url, 'http://127.0.0.1');
  return JSON.stringify(await mappings.call(method, pathname, searchParams, parsed(body)));
}

const FORWARDED_HEADERS = [
  'authorization',
  'content-type',
  'x-amz-target',
  'x-amz-date',
  'x-amz-security-token',
];

/** Hands a request to the DynamoDB engine unchanged, and returns its answer with its checksum. */
async function forwardToEngine(
  request: IncomingMessage,
  body: Buffer,
  response: ServerResponse,
  { endpoint, onDone }: { readonly endpoint: string; readonly onDone: () => void },
): Promise<void> {
  const headers = Object.fromEntries(
    FORWARDED_HEADERS.flatMap((name) => {
      const value = request.headers[name];
      return typeof value === 'string' ? [[name, value]] : [];
    }),
  );
  const answer = await post(endpoint, headers, body);
  if (answer.status >= 500 && isDiskFull(answer.body.toString('utf8'))) {
    throw new AwsError(DISK_FULL_CODE, answer.body.toString('utf8'), 500);
  }
  if (answer.status < 300) onDone();
  const checksum = answer.headers['x-amz-crc32'];
  response.writeHead(answer.status, {
    'content-type': answer.headers['content-type'] ?? 'application/x-amz-json-1.0',
    'content-length': answer.body.length,
    ...defined({ 'x-amz-crc32': checksum }),
  });
  response.end(answer.body);
}
