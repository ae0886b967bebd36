/**
 * The policies of the synthesized template, resolved: the permissions of each function's role, the resource policies of
 * queues, secrets, the bus and keys, and which key encrypts what.
 */
import { functionNameOf, localArn, physicalName } from './names.ts';
import { type Found, type Json, type JsonObject, object, TemplateError } from './resolve.ts';

export interface NamedPolicy {
  /** The name in the template: an inline policy's own name, or the logical id. */
  readonly name: string;
  readonly document: PolicyDocument;
}

interface PolicyDocument {
  readonly Version: string;
  readonly Statement: readonly Statement[];
}

export type Statement = JsonObject;

interface RoleSpec {
  readonly logicalId: string;
  readonly arn: string;
  readonly policies: readonly NamedPolicy[];
}

export interface Access {
  /** By function name. */
  readonly roles: ReadonlyMap<string, RoleSpec>;
  /** Resource policies, by the resource's ARN. */
  readonly resources: ReadonlyMap<string, NamedPolicy>;
  /** By function name. */
  readonly logGroups: ReadonlyMap<string, string>;
  /** ARN of the encrypting key, by the ARN of a table or a secret. */
  readonly keys: ReadonlyMap<string, string>;
}

type OfType = (...types: string[]) => readonly Found[];

/** @throws TemplateError for a policy that cannot be evaluated here */
export function readAccess(ofType: OfType): Access {
  return {
    roles: rolesOf(ofType),
    resources: resourcePoliciesOf(ofType),
    logGroups: new Map(
      ofType('AWS::Lambda::Function').map(({ logicalId, resource, get }) => {
        const name = physicalName(logicalId, resource);
        return [name, String(object(get('LoggingConfig')).LogGroup ?? `/aws/lambda/${name}`)];
      }),
    ),
    keys: keysOf(ofType),
  };
}

const listOf = (value: Json | undefined): readonly Json[] => {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? (value as readonly Json[]) : [value];
};

/** CloudFormation accepts one statement as well as a list. */
const documentOf = (value: Json | undefined): PolicyDocument => ({
  Version: String(object(value).Version ?? '2012-10-17'),
  Statement: listOf(object(value).Statement).map(object),
});

function rolesOf(ofType: OfType): ReadonlyMap<string, RoleSpec> {
  const attached = ofType('AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy');
  const roles = new Map(ofType('AWS::IAM::Role').map((role) => [role.logicalId, role]));
  return new Map(
    ofType('AWS::Lambda::Function').map(({ logicalId, resource, get }) => {
      const arn = String(get('Role'));
      const role = roles.get(arn.split('/').pop() ?? '');
      if (role === undefined) throw new TemplateError(`${logicalId}: its role ${arn} is not in the template`);
      return [physicalName(logicalId, resource), roleOf(role, arn, attached)] as const;
    }),
  );
}

function roleOf(role: Found, arn: string, attached: readonly Found[]): RoleSpec {
  const managed = listOf(role.get('ManagedPolicyArns')).map(String);
  const own = attached.filter(
    ({ logicalId, get }) => listOf(get('Roles')).includes(role.logicalId) || managed.includes(logicalId),
  );
  const foreign = managed.filter((each) => !attached.some(({ logicalId }) => logicalId === each));
  if (foreign.length > 0) {
    throw new TemplateError(`${role.logicalId}: the text of ${foreign.join(', ')} is not in the template`);
  }
  const inline = listOf(role.get('Policies')).map((each) => ({
    name: String(object(each).PolicyName),
    document: documentOf(object(each).PolicyDocument),
  }));
  return {
    logicalId: role.logicalId,
    arn,
    policies: [
      ...inline,
      ...own.map(({ logicalId, get }) => ({ name: logicalId, document: documentOf(get('PolicyDocument')) })),
    ],
  };
}

interface AtResource {
  readonly arn: string;
  readonly policy: NamedPolicy;
}

function resourcePoliciesOf(ofType: OfType): ReadonlyMap<string, NamedPolicy> {
  const found = new Map<string, NamedPolicy>();
  for (const { arn, policy } of [
    ...ofType('AWS::SQS::QueuePolicy').flatMap(queuePolicies),
    ...ofType('AWS::SecretsManager::ResourcePolicy').map(secretPolicy),
    ...ofType('AWS::Events::EventBusPolicy').map(busPolicy),
    ...ofType('AWS::KMS::Key').map(keyPolicy),
    ...ofType('AWS::DynamoDB::GlobalTable').flatMap(tablePolicy),
    ...ofType('AWS::Lambda::Permission').map(permission),
  ]) {
    const known = found.get(arn);
    const Statement = [...(known?.document.Statement ?? []), ...policy.document.Statement];
    found.set(arn, { name: known?.name ?? policy.name, document: { ...policy.document, Statement } });
  }
  return found;
}

const queuePolicies = ({ logicalId, get }: Found): readonly AtResource[] =>
  listOf(get('Queues')).map((url) => ({
    arn: localArn('sqs', String(url).split('/').pop() ?? ''),
    policy: { name: logicalId, document: documentOf(get('PolicyDocument')) },
  }));

const secretPolicy = ({ logicalId, get }: Found): AtResource => ({
  arn: String(get('SecretId')),
  policy: { name: logicalId, document: documentOf(get('ResourcePolicy')) },
});

const busPolicy = ({ logicalId, get }: Found): AtResource => ({
  arn: localArn('events', `event-bus/${String(get('EventBusName'))}`),
  policy: { name: logicalId, document: documentOf({ Statement: get('Statement') ?? [] }) },
});

const keyPolicy = ({ logicalId, resource, get }: Found): AtResource => ({
  arn: localArn('kms', `key/${physicalName(logicalId, resource)}`),
  policy: { name: logicalId, document: documentOf(get('KeyPolicy')) },
});

const tableArn = ({ logicalId, resource }: Found): string =>
  localArn('dynamodb', `table/${physicalName(logicalId, resource)}`);

/** A table has one replica, itself. */
const replicaOf = (table: Found): JsonObject => object(listOf(table.get('Replicas'))[0]);

function tablePolicy(table: Found): readonly AtResource[] {
  const document = object(replicaOf(table).ResourcePolicy).PolicyDocument;
  if (document === undefined) return [];
  return [{ arn: tableArn(table), policy: { name: table.logicalId, document: documentOf(document) } }];
}

/** The statement for a principal that may invoke a function; a calling service names its source. */
function permission({ logicalId, get }: Found): AtResource {
  const arn = localArn('lambda', `function:${functionNameOf(get('FunctionName'))}`);
  const sourceArn = get('SourceArn');
  const principal = String(get('Principal'));
  const Statement = {
    Effect: 'Allow',
    Principal: principal.includes('.') ? { Service: principal } : { AWS: principal },
    Action: get('Action') ?? 'lambda:InvokeFunction',
    Resource: arn,
    ...(sourceArn === undefined ? {} : { Condition: { ArnLike: { 'aws:SourceArn': sourceArn } } }),
  };
  return { arn, policy: { name: logicalId, document: documentOf({ Statement }) } };
}

function keysOf(ofType: OfType): ReadonlyMap<string, string> {
  const keyArn = (value: Json | undefined): string => {
    const text = String(value);
    return text.startsWith('arn:') ? text : localArn('kms', `key/${text}`);
  };
  const tables = ofType('AWS::DynamoDB::GlobalTable').flatMap((table) => {
    const key = object(replicaOf(table).SSESpecification).KMSMasterKeyId;
    return key === undefined ? [] : [[tableArn(table), keyArn(key)] as const];
  });
  const secrets = ofType('AWS::SecretsManager::Secret').flatMap(({ logicalId, resource, get }) => {
    const key = get('KmsKeyId');
    const arn = localArn('secretsmanager', `secret:${physicalName(logicalId, resource)}`);
    return key === undefined ? [] : [[arn, keyArn(key)] as const];
  });
  return new Map([...tables, ...secrets]);
}
