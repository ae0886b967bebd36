/**
 * Grants that no call of a test needs, each with the reason to keep it: for docs/tables/privileges.md and
 * test/local/iam.e2e.test.ts.
 */

export interface Unneeded {
  /** Short names, or "all" that have the grant. */
  readonly functions: 'all' | readonly string[];
  readonly actions: readonly string[];
  /** Matches the end of the resource's ARN; absent for any resource. */
  readonly of?: RegExp;
  readonly reason: string;
}

export const UNNEEDED: readonly Unneeded[] = [
  {
    functions: 'all',
    actions: [
      'kms:DescribeKey',
      'kms:Encrypt',
      'kms:GenerateDataKey',
      'kms:GenerateDataKeyWithoutPlaintext',
      'kms:ReEncryptFrom',
      'kms:ReEncryptTo',
    ],
    reason:
      'DynamoDB’s guide lists them for callers of a table under a customer-managed key and does not say which request uses which; the local stack asks for `kms:Decrypt` alone.',
  },
  {
    functions: ['fulfilment-worker'],
    actions: ['dynamodb:GetItem'],
    of: /-idempotency$/,
    reason: 'Powertools reads a record only where DynamoDB did not return it with the condition that failed.',
  },
  {
    functions: ['confirmer'],
    actions: ['sqs:SendMessage'],
    of: /-deliveries-dlq$/,
    reason:
      'Lambda itself sends a call there that failed three times; the local stack has no asynchronous calls.',
  },
];

export const isListed = (functionName: string, action: string, resource: string): boolean =>
  UNNEEDED.some(
    ({ functions, actions, of }) =>
      (functions === 'all' || functions.includes(functionName)) &&
      actions.includes(action) &&
      (of?.test(resource) ?? true),
  );
