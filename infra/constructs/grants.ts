/** Grants for the merchant's own code. */

import { Stack } from 'aws-cdk-lib';
import { Grant, type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { HttpApiGateway } from './http-api.ts';
import type { Vault } from './vault.ts';

/** ARNs of the merchant's routes: orders, their changes and refunds. */
export const checkoutArn = ({
  apiId,
  stack,
}: Pick<HttpApiGateway, 'apiId'> & { readonly stack: Stack }): string =>
  stack.formatArn({ service: 'execute-api', resource: apiId, resourceName: '*/POST/checkout/*' });

export const grantCheckout = (gateway: HttpApiGateway, grantee: IGrantable): Grant =>
  Grant.addToPrincipal({
    grantee,
    actions: ['execute-api:Invoke'],
    resourceArns: [checkoutArn({ apiId: gateway.apiId, stack: Stack.of(gateway) })],
  });

/** Grants the permissions that `openSplitToken` needs (docs/redirects.md), for the role of the capture code. */
export function grantReadVault({ table, key, secretArn }: Vault, grantee: IGrantable): void {
  for (const statement of [
    new PolicyStatement({ actions: ['dynamodb:GetItem'], resources: [table.tableArn] }),
    new PolicyStatement({ actions: ['secretsmanager:GetSecretValue'], resources: [secretArn] }),
    new PolicyStatement({ actions: ['kms:Decrypt'], resources: [key.keyArn] }),
  ]) {
    grantee.grantPrincipal.addToPrincipalPolicy(statement);
  }
}
