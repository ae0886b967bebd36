/**
 * Whether each function's role allows what its row in infra/functions.ts needs. IAM answers, so it also
 * finds a permissions boundary or an organization's policy that was added later.
 */
import { GetFunctionConfigurationCommand } from '@aws-sdk/client-lambda';
import {
  CONSUME_ACTIONS,
  FUNCTIONS,
  type FunctionName,
  type FunctionSpec,
  functionsOf,
  IDEMPOTENCY_ACTIONS,
} from '../../infra/functions.ts';
import type { World } from '../command.ts';
import type { Connection } from '../connect.ts';
import { busOf } from '../names.ts';
import { count } from '../output.ts';
import { type Area, attempt, type Found, finding } from './finding.ts';
import { refusedActions } from './iam.ts';

interface Need {
  readonly actions: readonly string[];
  readonly resource: string;
}

export const permissions: Area = {
  name: 'permissions',
  async *examine({ connection, world }) {
    if (connection.kind === 'local')
      return yield finding(
        'of functions',
        'unknown',
        'a local stack has no IAM roles; it judges each call with the policies of the template',
      );
    for (const name of functionsOf(connection.config)) {
      const found = await attempt(name, () => allowed(name, connection, world));
      // Without permission to ask about one role, the others would fail in the same way.
      if (found.verdict === 'unknown') return yield { ...found, check: 'permissions' };
      yield found;
    }
    const detail =
      'not checked with IAM; the self-test uses the keys and secrets of intake and of the transition worker';
    yield finding('keys and secrets', 'unknown', detail);
  },
};

async function allowed(name: FunctionName, connection: Connection, world: World): Promise<Found> {
  const { FunctionArn = '', Role = '' } = await connection.clients.lambda.send(
    new GetFunctionConfigurationCommand({ FunctionName: connection.resource(name) }),
  );
  const needs = needsOf(name, FunctionArn, connection);
  const refused: string[] = [];
  for (const { actions, resource } of needs) {
    const credentials = await connection.clients.lambda.config.credentials();
    const needed = { role: Role, actions, resource };
    const found = await refusedActions(needed, credentials, { now: world.now(), send: world.fetch });
    refused.push(...found.map((action) => `${action} on ${resource.split(':').slice(5).join(':')}`));
  }
  const needed = needs.reduce((sum, { actions }) => sum + actions.length, 0);
  if (refused.length === 0) return finding(name, 'ok', `${count(needed, 'action')} allowed`);
  return finding(
    name,
    'fail',
    `not allowed: ${refused.join(', ')}`,
    'Deploy again (npx cdk deploy). If it stays, look for a permissions boundary or an organization’s policy.',
  );
}

/** @param functionArn supplies partition, region and AWS account of all other ARNs */
export function needsOf(
  name: FunctionName,
  functionArn: string,
  { config, table, resource }: Pick<Connection, 'config' | 'table' | 'resource'>,
): readonly Need[] {
  const [, partition = '', , region = '', account = ''] = functionArn.split(':');
  const arn = (service: string, what: string) => `arn:${partition}:${service}:${region}:${account}:${what}`;
  const spec: FunctionSpec = FUNCTIONS[name];
  const rows = spec.table.filter((access) => access !== 'sweep').map((access) => `dynamodb:${access}`);
  const needs: readonly Need[] = [
    ...spec.sendsTo.map((queue) => ({ actions: ['sqs:SendMessage'], resource: arn('sqs', resource(queue)) })),
    ...(spec.consumes === undefined
      ? []
      : [{ actions: CONSUME_ACTIONS, resource: arn('sqs', resource(spec.consumes)) }]),
    { actions: rows, resource: arn('dynamodb', `table/${table}`) },
    ...(spec.table.includes('sweep')
      ? [{ actions: ['dynamodb:Query'], resource: arn('dynamodb', `table/${table}/index/open`) }]
      : []),
    ...(spec.idempotencyTable
      ? [{ actions: IDEMPOTENCY_ACTIONS, resource: arn('dynamodb', `table/${resource('idempotency')}`) }]
      : []),
    ...(spec.delivers && config.target.type === 'eventbridge'
      ? [{ actions: ['events:PutEvents'], resource: arn('events', `event-bus/${busOf({ resource })}`) }]
      : []),
  ];
  return needs.filter(({ actions }) => actions.length > 0);
}
