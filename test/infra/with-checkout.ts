/** A stack with a checkout and with a vault. */
import { generateKeyPairSync } from 'node:crypto';
import { type Json, ofType, type Resource, type Template, templateOf } from './support.ts';

export const pages = {
  pending: 'https://shop.example/pending',
  confirmed: 'https://shop.example/thanks',
  selection: 'https://shop.example/checkout?step=pay',
  declined: 'https://shop.example/declined',
};
const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const { kty, crv, x, y } = publicKey.export({ format: 'jwk' });
export const shop = {
  provider: 'trustly-americas',
  account: 'shop',
  checkout: { merchantId: '0012', pages },
  splitTokenKey: { kty, crv, x, y },
};
const plain = { provider: 'trustly-americas', account: 'plain' };
export const captureRoleArn = 'arn:aws:iam::123456789012:role/capture';

export const template = templateOf({ accounts: [shop, plain], captureRoleArn });

export function statementsOf(
  from: Template,
  name: string,
): { Action: Json; Resource: Json; Condition?: Json }[] {
  const lambda = Object.values(from.Resources).find(
    ({ Properties }) => Properties.FunctionName === `payhooks-sandbox-${name}`,
  ) as Resource;
  const [roleId = ''] = (lambda.Properties.Role as { 'Fn::GetAtt': string[] })['Fn::GetAtt'];
  const { Properties } = from.Resources[roleId] as Resource;
  return (Properties.Policies as unknown as { PolicyDocument: { Statement: [] } }[]).flatMap(
    ({ PolicyDocument }) => PolicyDocument.Statement,
  );
}
export const idOf = (type: string, property: string, value: string, from = template): string =>
  ofType(from, type).find(([, { Properties }]) => Properties[property] === value)?.[0] ?? 'none';
export const environmentOf = (from: Template, name: string) => {
  const [, lambda] =
    ofType(from, 'AWS::Lambda::Function').find(
      ([, { Properties }]) => Properties.FunctionName === `payhooks-sandbox-${name}`,
    ) ?? [];
  return (lambda?.Properties.Environment as { Variables: Record<string, Json> } | undefined)?.Variables;
};
