/** Where a Payhooks construct may be placed: refuses at synth what would fail halfway through a deployment. */
import { Stack, Token } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Environment } from '../shared/payment/types.ts';

interface Placed extends Construct {
  readonly environment: Environment;
}

/**
 * Names of secrets, tables and functions are fixed, so a second one of the same environment fails at deployment.
 *
 * @throws Error naming both
 */
export function refuseSecond(made: Placed): void {
  const other = Stack.of(made)
    .node.findAll()
    .find(
      (found) =>
        found.constructor === made.constructor &&
        found !== made &&
        (found as Placed).environment === made.environment,
    );
  if (other === undefined) return;
  throw new Error(
    `${made.node.path}: found a second Payhooks of the environment "${made.environment}" in one stack, beside ${other.node.path}; allowed: one per environment, AWS account and region`,
  );
}

const OTHER_PARTITION = /^(?:cn|us-gov|us-iso[a-z]?|eu-isoe|eusc)-/;

/**
 * Endpoints and conditions are written for the partition "aws". A region that is only known at deployment passes.
 *
 * @throws Error naming the region
 */
export function refuseOtherPartition(made: Construct): void {
  const { region } = Stack.of(made);
  if (Token.isUnresolved(region) || !OTHER_PARTITION.test(region)) return;
  throw new Error(
    `${made.node.path}: found the region "${region}"; allowed: a region of the partition "aws"`,
  );
}
