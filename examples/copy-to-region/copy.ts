/**
 * A daily copy of the table of payments in another region, by AWS Backup: for your own CDK app, beside the construct.
 * The vault there exists already, in the same AWS account.
 */
import { Duration } from 'aws-cdk-lib';
import { BackupPlan, BackupPlanRule, BackupResource, BackupVault } from 'aws-cdk-lib/aws-backup';
import { Schedule } from 'aws-cdk-lib/aws-events';
import { Key } from 'aws-cdk-lib/aws-kms';
import type { Payhooks } from '../../infra/payhooks.ts';

export interface CopyOptions {
  /** ARN of the vault in the other region; its own key encrypts the copies. */
  readonly vaultArn: string;
  /** How long each copy is kept, here and there. Erased persons are in copies for as long. */
  readonly keepDays: number;
}

/** @param payhooks in the stack that gets the plan */
export function copyToRegion(payhooks: Payhooks, { vaultArn, keepDays }: CopyOptions): BackupPlan {
  const deleteAfter = Duration.days(keepDays);
  const encryptionKey = new Key(payhooks, 'CopyKey', { enableKeyRotation: true });
  const here = new BackupVault(payhooks, 'CopyVault', { encryptionKey });
  const there = BackupVault.fromBackupVaultArn(payhooks, 'CopyThere', vaultArn);
  const plan = new BackupPlan(payhooks, 'CopyPlan', { backupVault: here });
  plan.addRule(
    new BackupPlanRule({
      ruleName: 'daily',
      scheduleExpression: Schedule.cron({ hour: '2', minute: '30' }),
      startWindow: Duration.hours(1),
      completionWindow: Duration.hours(6),
      deleteAfter,
      copyActions: [{ destinationBackupVault: there, deleteAfter }],
    }),
  );
  // Not the vault of splitTokens: nobody but your capture role reads its key.
  plan.addSelection('CopySelection', { resources: [BackupResource.fromDynamoDbTable(payhooks.tables.main)] });
  return plan;
}
