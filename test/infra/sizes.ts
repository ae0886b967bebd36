/** The lengths of parts of a template after AWS has replaced the references with names, for limits in characters. */
import { type Json, ofType, type Resource, type Template } from './support.ts';

const REGION = 'ap-southeast-1';
const ACCOUNT = '123456789012';
const arn = (service: string, rest: string) => `arn:aws:${service}:${REGION}:${ACCOUNT}:${rest}`;
const UUID = '00000000-0000-4000-8000-000000000000';

const ARNS: Readonly<Record<string, (properties: Resource['Properties']) => string>> = {
  'AWS::SecretsManager::Secret': ({ Name }) => arn('secretsmanager', `secret:${Name}-AbCdEf`),
  'AWS::SQS::Queue': ({ QueueName }) => arn('sqs', String(QueueName)),
  'AWS::DynamoDB::GlobalTable': ({ TableName }) => arn('dynamodb', `table/${TableName}`),
  'AWS::KMS::Key': () => arn('kms', `key/${UUID}`),
  'AWS::Logs::LogGroup': ({ LogGroupName }) => arn('logs', `log-group:${LogGroupName}:*`),
  'AWS::Events::EventBus': ({ Name }) => arn('events', `event-bus/${Name}`),
  'AWS::Events::Rule': ({ Name }) => arn('events', `rule/${Name}`),
  'AWS::Lambda::Function': ({ FunctionName }) => arn('lambda', `function:${FunctionName}`),
  'AWS::ApiGatewayV2::Api': () => 'abcdefghij',
};
const PSEUDO: Readonly<Record<string, string>> = {
  'AWS::Region': REGION,
  'AWS::AccountId': ACCOUNT,
  'AWS::Partition': 'aws',
};

/** An alias is named by its function's name and its own name. */
function aliasText(template: Template, { FunctionName, Name }: Resource['Properties']): string {
  return `${resolved(template, FunctionName ?? '')}:${Name}`;
}

function textOf(template: Template, id: string): string {
  const { Resources } = template;
  const { Type = '', Properties = {} } = Resources[id] ?? {};
  const text =
    PSEUDO[id] ??
    (Type === 'AWS::Lambda::Alias' ? aliasText(template, Properties) : ARNS[Type]?.(Properties));
  if (text === undefined) throw new Error(`how long is ${id} (${Type})?`);
  return text;
}

/** The value with every Ref, GetAtt and Join resolved. */
function resolved(template: Template, value: Json): Json {
  if (Array.isArray(value)) return value.map((each) => resolved(template, each));
  if (typeof value !== 'object' || value === null) return value;
  const { Ref: ref, 'Fn::GetAtt': attribute, 'Fn::Join': join } = value as Readonly<Record<string, Json>>;
  if (typeof ref === 'string') return textOf(template, ref);
  if (Array.isArray(attribute)) return textOf(template, String(attribute[0]));
  if (Array.isArray(join)) return (resolved(template, join[1] ?? []) as Json[]).join(String(join[0]));
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, resolved(template, inner)]));
}

/** Characters of each role's inline policies together, without white space, as IAM counts them. */
export const roleCharacters = (template: Template): readonly (readonly [string, number])[] =>
  ofType(template, 'AWS::IAM::Role').map(([id, { Properties }]) => {
    const documents = ((Properties.Policies ?? []) as readonly { readonly PolicyDocument: Json }[]).map(
      ({ PolicyDocument }) => JSON.stringify(resolved(template, PolicyDocument)),
    );
    return [id, documents.join('').length];
  });

/** Characters of each function's own policy: a statement per permission, with the id that CloudFormation generates. */
export function functionPolicyCharacters(template: Template): ReadonlyMap<string, number> {
  const characters = new Map<string, number>();
  for (const [id, { Properties }] of ofType(template, 'AWS::Lambda::Permission')) {
    const { Action, FunctionName, Principal, SourceArn = '' } = Properties;
    const name = String(resolved(template, FunctionName ?? ''));
    const statement = {
      Sid: `PayhooksSandbox-${id}-${'A'.repeat(12)}`,
      Effect: 'Allow',
      Principal: { Service: Principal },
      Action,
      Resource: name,
      Condition: { ArnLike: { 'AWS:SourceArn': resolved(template, SourceArn) } },
    };
    const before = characters.get(name) ?? JSON.stringify({ Version: '2012-10-17', Id: 'default' }).length;
    characters.set(name, before + JSON.stringify(statement).length + 1);
  }
  return characters;
}

/** Bytes of each function's environment variables. */
export const variablesBytes = (template: Template): readonly (readonly [string, number])[] =>
  ofType(template, 'AWS::Lambda::Function').map(([id, { Properties }]) => {
    const { Variables } = Properties.Environment as { readonly Variables: Json };
    return [id, Buffer.byteLength(JSON.stringify(resolved(template, Variables)))];
  });
