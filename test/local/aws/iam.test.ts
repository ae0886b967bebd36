/** The actions and resources of a call for IAM, and the decision of the simulator by the policies of a template. */
import { describe, expect, it } from 'vitest';
import { Authorizer } from '../../../local/aws/iam/authorizer.ts';
import { judge, type Principal } from '../../../local/aws/iam/judge.ts';
import { DYNAMODB, requirementsOf } from '../../../local/aws/iam/required.ts';
import { PARTITION_KEYS } from '../../../local/aws/iam/required-dynamodb.ts';
import { lambdaRequirement } from '../../../local/aws/iam/required-lambda.ts';
import { Verdicts } from '../../../local/aws/iam/verdicts.ts';
import type { Access, NamedPolicy, Statement } from '../../../local/template/access.ts';
import type { Json } from '../../../local/template/resolve.ts';
import { everything } from '../../infra/everything.ts';
import { ofType, templateOf } from '../../infra/support.ts';

const TABLE = 'arn:aws:dynamodb:us-east-1:000000000000:table/t';
const QUEUE = 'arn:aws:sqs:us-east-1:000000000000:q';
const BUS = 'arn:aws:events:us-east-1:000000000000:event-bus/b';
const KEY = 'arn:aws:kms:us-east-1:000000000000:key/k';
const SECRET = 'arn:aws:secretsmanager:us-east-1:000000000000:secret:s';

const policy = (...Statement: Statement[]): NamedPolicy => ({
  name: 'access',
  document: { Version: '2012-10-17', Statement },
});
const allow = (Action: string | string[], Resource: string, Condition?: Json): Statement => ({
  ...{ Effect: 'Allow', Action, Resource },
  ...(Condition === undefined ? {} : { Condition }),
});
const principal = (...Statement: Statement[]): Principal => ({
  roleArn: 'arn:aws:iam::000000000000:role/r',
  sessionName: 'f',
  policies: [policy(...Statement)],
});
const requirementsFor = (service: string, operation: string, input: Json, key?: string) =>
  requirementsOf({ service, operation, input }, () => key);

describe('the requirements that IAM checks for a call', () => {
  it('each part of a transaction requires its own action on the row that the part names', () => {
    const part = (pk: string) => ({ TableName: 't', Key: { pk: { S: pk }, sk: { S: 's' } } });
    const found = requirementsFor(DYNAMODB, 'TransactWriteItems', {
      TransactItems: [
        { Put: { TableName: 't', Item: { pk: { S: 'a#1' }, sk: { S: 's' }, data: { S: 'x' } } } },
        { Update: part('b#1') },
        { Delete: part('c#1') },
        { ConditionCheck: part('d#1') },
      ],
    });
    expect(
      found.map(({ action, resource, context }) => [action, resource, context['dynamodb:LeadingKeys']]),
    ).toEqual([
      ['dynamodb:PutItem', TABLE, ['a#1']],
      ['dynamodb:UpdateItem', TABLE, ['b#1']],
      ['dynamodb:DeleteItem', TABLE, ['c#1']],
      ['dynamodb:ConditionCheckItem', TABLE, ['d#1']],
    ]);
    expect(found[0]?.context['dynamodb:Attributes']).toEqual(['pk', 'sk', 'data']);
  });

  it('a Query requires dynamodb:Query on the table or index, with the named partition key as LeadingKeys', () => {
    const query = {
      TableName: 't',
      KeyConditionExpression: '#pk = :pk AND begins_with(#sk, :sk)',
      ExpressionAttributeNames: { '#pk': 'pk', '#sk': 'sk' },
      ExpressionAttributeValues: { ':pk': { S: 'a#1' }, ':sk': { S: 's' } },
    };
    expect(requirementsFor(DYNAMODB, 'Query', query)).toMatchObject([
      { action: 'dynamodb:Query', resource: TABLE, context: { 'dynamodb:LeadingKeys': ['a#1'] } },
    ]);
    expect(requirementsFor(DYNAMODB, 'Query', { ...query, IndexName: 'i' })[0]?.resource).toBe(
      `${TABLE}/index/i`,
    );
    expect(requirementsFor(DYNAMODB, 'Scan', { TableName: 't' })[0]?.context).not.toHaveProperty(
      'dynamodb:LeadingKeys',
    );
  });

  it('a batch requires the action of the batch, with the partition keys of all rows as LeadingKeys', () => {
    const keys = ['a#1', 'b#1'].map((pk) => ({ pk: { S: pk } }));
    expect(requirementsFor(DYNAMODB, 'BatchGetItem', { RequestItems: { t: { Keys: keys } } })).toMatchObject([
      { action: 'dynamodb:BatchGetItem', context: { 'dynamodb:LeadingKeys': ['a#1', 'b#1'] } },
    ]);
    const writes = keys.map((Key) => ({ DeleteRequest: { Key } }));
    expect(requirementsFor(DYNAMODB, 'BatchWriteItem', { RequestItems: { t: writes } })).toMatchObject([
      { action: 'dynamodb:BatchWriteItem', context: { 'dynamodb:LeadingKeys': ['a#1', 'b#1'] } },
    ]);
  });

  it('an encrypted table or secret requires kms:Decrypt on its key, through the service that uses the key', () => {
    expect(requirementsFor(DYNAMODB, 'GetItem', { TableName: 't', Key: {} }, KEY)[1]).toMatchObject({
      ...{ action: 'kms:Decrypt', resource: KEY },
      context: { 'kms:ViaService': 'dynamodb.us-east-1.amazonaws.com' },
    });
    expect(requirementsFor('secretsmanager', 'GetSecretValue', { SecretId: 's' }, KEY)).toMatchObject([
      { action: 'secretsmanager:GetSecretValue', resource: SECRET },
      {
        ...{ action: 'kms:Decrypt', resource: KEY },
        context: {
          'kms:ViaService': 'secretsmanager.us-east-1.amazonaws.com',
          'kms:EncryptionContext:SecretARN': SECRET,
        },
      },
    ]);
  });

  it('SendMessageBatch requires sqs:SendMessage, and PutEvents requires events:PutEvents with each source', () => {
    expect(requirementsFor('AmazonSQS', 'SendMessageBatch', { QueueUrl: 'http://x/1/q' })).toEqual([
      { action: 'sqs:SendMessage', resource: QUEUE, context: {} },
    ]);
    const entry = (Source: string) => ({ EventBusName: 'b', Source, DetailType: 't' });
    expect(
      requirementsFor('AWSEvents', 'PutEvents', { Entries: [entry('one'), entry('two')] }),
    ).toMatchObject([
      { action: 'events:PutEvents', resource: BUS, context: { 'events:source': ['one', 'two'] } },
    ]);
  });

  it('a call of Lambda requires the action that its method and path mean', () => {
    const action = (method: string, path: string) => lambdaRequirement(method, path)?.action;
    expect(action('POST', '/2015-03-31/functions/f/invocations')).toBe('lambda:InvokeFunction');
    expect(action('PUT', '/2015-03-31/functions/f/configuration')).toBe('lambda:UpdateFunctionConfiguration');
    expect(action('POST', '/2015-03-31/functions/f/versions')).toBe('lambda:PublishVersion');
    expect(action('PUT', '/2015-03-31/functions/f/aliases/current')).toBe('lambda:UpdateAlias');
    expect(action('GET', '/2015-03-31/event-source-mappings/?FunctionName=f')).toBe(
      'lambda:ListEventSourceMappings',
    );
    expect(action('PUT', '/2015-03-31/event-source-mappings/id')).toBe('lambda:UpdateEventSourceMapping');
    expect(action('GET', '/')).toBeUndefined();
  });
});

it('every table of the template has a partition key that the reader of requests knows by name', () => {
  const tables = ofType(templateOf(everything), 'AWS::DynamoDB::GlobalTable');
  expect(tables.length).toBeGreaterThan(2);
  for (const [, { Properties }] of tables) {
    const [first] = Properties.KeySchema as readonly { readonly AttributeName: string }[];
    expect(PARTITION_KEYS).toContain(first?.AttributeName);
  }
});

describe('the verdict of IAM', () => {
  const rows = principal(
    allow(['dynamodb:PutItem'], TABLE, {
      'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['order#*'] },
      Null: { 'dynamodb:LeadingKeys': 'false' },
    }),
  );
  const put = (keys?: readonly string[]) => ({
    ...{ principal: rows, atResource: undefined, action: 'dynamodb:PutItem', resource: TABLE },
    context: keys === undefined ? {} : { 'dynamodb:LeadingKeys': keys },
  });

  it.each([
    ['allows a row under order#', ['order#1'], true],
    ['denies another row', ['payment#1'], false],
    ['denies a row under order# beside another row', ['order#1', 'payment#1'], false],
    ['denies a request without a row', undefined, false],
  ])('a policy on rows under order#* %s: case %#', async (_, keys, allowed) => {
    expect((await judge(put(keys))).allowed).toBe(allowed);
  });

  it('a Deny in the policy of the resource overrides an Allow of the role, and is named in the verdict', async () => {
    const deny = {
      name: 'BusPolicy',
      document: policy({
        ...{
          Sid: 'Ours',
          Effect: 'Deny',
          Principal: { AWS: '*' },
          Action: 'events:PutEvents',
          Resource: BUS,
        },
        Condition: { 'ForAnyValue:StringEquals': { 'events:source': 'payhooks' } },
      }).document,
    };
    const question = (source: string) => ({
      ...{
        principal: principal(allow('*', '*')),
        atResource: deny,
        action: 'events:PutEvents',
        resource: BUS,
      },
      context: { 'events:source': [source] },
    });
    expect(await judge(question('payhooks'))).toEqual({ allowed: false, deniedBy: ['BusPolicy'] });
    expect(await judge(question('shop'))).toEqual({ allowed: true });
  });

  it('a condition on a key with several values never matches without a quantifier such as ForAllValues', async () => {
    const condition = (operator: string) =>
      judge({
        principal: principal(allow('events:PutEvents', BUS, { [operator]: { 'events:source': 'payhooks' } })),
        ...{ atResource: undefined, action: 'events:PutEvents', resource: BUS },
        context: { 'events:source': ['payhooks'] },
      });
    expect((await condition('StringEquals')).allowed).toBe(false);
    expect((await condition('ForAllValues:StringEquals')).allowed).toBe(true);
  });

  it('a condition on a key that the simulator does not support is an error', async () => {
    const key = 'kms:EncryptionContext:SecretARN';
    const question = {
      principal: principal(allow('kms:Decrypt', KEY, { StringEquals: { [key]: SECRET } })),
      ...{ atResource: undefined, action: 'kms:Decrypt', resource: KEY, context: { [key]: SECRET } },
    };
    await expect(judge(question)).rejects.toThrow(`access names ${key}`);
  });

  it('a verdict is reused for calls that no condition tells apart, and evaluated anew for every other call', async () => {
    const verdicts = new Verdicts();
    for (const keys of [['order#1'], ['order#2'], ['order#3', 'order#4']]) {
      expect(await verdicts.of(put(keys))).toEqual({ allowed: true });
    }
    expect(verdicts.counts).toEqual({ questions: 3, evaluations: 1 });
    for (const keys of [['payment#1'], ['order#1', 'payment#1'], undefined]) {
      expect(await verdicts.of(put(keys))).toMatchObject({ allowed: false });
    }
    expect(verdicts.counts).toEqual({ questions: 6, evaluations: 4 });
    const other = { ...put(['order#1']), principal: { ...rows, sessionName: 'another' } };
    expect(await verdicts.of(other)).toEqual({ allowed: true });
    expect(verdicts.counts.evaluations).toBe(5);
  });
});

describe('a refusal of IAM', () => {
  const role = { logicalId: 'TheRole', arn: 'arn:aws:iam::000000000000:role/TheRole', policies: [policy()] };
  const access: Access = {
    ...{ roles: new Map([['f', role]]), resources: new Map(), logGroups: new Map(), keys: new Map() },
  };
  const call = {
    ...{ service: DYNAMODB, operation: 'PutItem' },
    input: { TableName: 't', Item: { pk: { S: 'order#of-somebody' } } },
  };

  it('a refusal names caller, action, resource and the policy to change, and only the start of the partition key', async () => {
    const sentences: string[] = [];
    const authorizer = new Authorizer(access, { onRefused: (sentence) => sentences.push(sentence) });
    await expect(authorizer.check('f', call)).rejects.toMatchObject({
      ...{ code: 'AccessDeniedException', status: 400 },
      message: expect.stringContaining(
        'assumed-role/TheRole/f is not authorized to perform: dynamodb:PutItem',
      ),
    });
    expect(sentences[0]).toContain(`on resource: ${TABLE} (partition key order#…)`);
    expect(sentences[0]).toContain('Change policy "access" of TheRole');
    expect(sentences[0]).not.toContain('somebody');
  });

  it('an unknown caller is refused, and the administrator is allowed everything', async () => {
    const authorizer = new Authorizer(access);
    await expect(authorizer.check('stranger', call)).rejects.toMatchObject({ code: 'AccessDeniedException' });
    await expect(authorizer.check('administrator', call)).resolves.toBeUndefined();
  });
});
