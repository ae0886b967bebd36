/** The permissions of a function's role in a short form for tests. */
import { expect } from 'vitest';
import { type Json, ofType, type Resource, type Template } from './support.ts';

export const WRITE_LOGS = ['logs:CreateLogStream', 'logs:PutLogEvents'];
export const USE_TABLE_KEY = [
  'kms:Decrypt',
  'kms:DescribeKey',
  'kms:Encrypt',
  'kms:GenerateDataKey',
  'kms:GenerateDataKeyWithoutPlaintext',
  'kms:ReEncryptFrom',
  'kms:ReEncryptTo',
];

/** Resource → actions. Secrets, queues, tables and the bus have their names. */
export type Access = Readonly<Record<string, readonly string[]>>;

export const readSecrets = (...names: string[]): Access => ({
  ...Object.fromEntries(names.map((name) => [`payhooks/sandbox/${name}`, ['secretsmanager:GetSecretValue']])),
  'alias/payhooks-sandbox-secrets': ['kms:Decrypt'],
});

interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: Json | readonly Json[];
  readonly Condition?: { readonly StringEquals?: { readonly 'kms:ViaService'?: Json } };
}

export const listOf = <T>(value: T | readonly T[]): readonly T[] =>
  (Array.isArray(value) ? value : [value]) as readonly T[];

function nameOf(template: Template, id: string): string {
  const { Type, Properties } = template.Resources[id] as Resource;
  if (Type === 'AWS::Events::EventBus') return `bus ${String(Properties.Name)}`;
  if (Type === 'AWS::KMS::Key') {
    const alias = ofType(template, 'AWS::KMS::Alias').find(([, { Properties: alias }]) =>
      JSON.stringify(alias.TargetKeyId).includes(`"${id}"`),
    );
    return String(alias?.[1].Properties.AliasName);
  }
  return String(Properties.Name ?? Properties.QueueName ?? Properties.TableName ?? Properties.LogGroupName);
}

/** The name in {"Fn::GetAtt": [id, "Arn"]} or {"Ref": id}, also with a text after it. Any other value is not a name. */
function readable(template: Template, resource: Json): string {
  if (typeof resource === 'object' && resource !== null) {
    const value = resource as Readonly<Record<string, Json>>;
    if (typeof value.Ref === 'string') return nameOf(template, value.Ref);
    if (Array.isArray(value['Fn::GetAtt'])) return nameOf(template, String(value['Fn::GetAtt'][0]));
    if (Array.isArray(value['Fn::Join'])) {
      return (value['Fn::Join'][1] as Json[])
        .map((part) => (typeof part === 'string' ? part : readable(template, part)))
        .join('');
    }
  }
  throw new Error(`not one named resource: ${JSON.stringify(resource)}`);
}

export function statementsOf(template: Template, name: string): readonly Statement[] {
  const lambda = Object.values(template.Resources).find(({ Properties }) => Properties.FunctionName === name);
  if (lambda === undefined) throw new Error(`no function ${name}`);
  const [roleId = ''] = (lambda.Properties.Role as { 'Fn::GetAtt': string[] })['Fn::GetAtt'];
  const role = template.Resources[roleId] as Resource;
  // All permissions are inline policies, and no managed policy is attached.
  expect(role.Properties.ManagedPolicyArns).toBeUndefined();
  const policies = role.Properties.Policies as unknown as { PolicyDocument: { Statement: Statement[] } }[];
  return policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
}

export function accessOf(template: Template, name: string): Access {
  const access: Record<string, string[]> = {};
  for (const { Effect, Action, Resource } of statementsOf(template, name)) {
    expect(Effect).toBe('Allow');
    for (const resource of listOf<Json>(Resource)) {
      const key = readable(template, resource);
      access[key] = [...(access[key] ?? []), ...listOf(Action)].sort();
    }
  }
  return access;
}
