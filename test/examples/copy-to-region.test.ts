/** The template of the copy in another region is valid by the schemas that AWS publishes, and has one table. */
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { copyToRegion } from '../../examples/copy-to-region/copy.ts';
import { Payhooks } from '../../infra/payhooks.ts';
import type { WholeTemplate } from '../infra/schema/references.ts';
import { loadSchemas } from '../infra/schema/schemas.ts';
import { templateProblems } from '../infra/schema/validate.ts';
import { smallest, stubSources } from '../infra/support.ts';

const VAULT = 'arn:aws:backup:eu-central-1:123456789012:backup-vault:payhooks-copies';

describe('a daily copy in another region', () => {
  const stubs = stubSources();
  let template: Record<string, unknown>;
  beforeAll(() => {
    const stack = new Stack(new App(), 'Shop');
    const payhooks = new Payhooks(stack, 'Payhooks', { config: smallest as never, sources: stubs.sources });
    copyToRegion(payhooks, { vaultArn: VAULT, keepDays: 35 });
    template = Template.fromStack(stack).toJSON();
  });
  afterAll(() => stubs.remove());

  it('the template of the copy is valid by the schemas that AWS publishes', () => {
    expect(templateProblems(template as unknown as WholeTemplate, loadSchemas())).toEqual([]);
  });

  it('the backup plan copies to the other region every day, and deletes both copies after 35 days', () => {
    const assertions = Template.fromJSON(template);
    const lifecycle = { DeleteAfterDays: 35 };
    assertions.hasResourceProperties('AWS::Backup::BackupPlan', {
      BackupPlan: {
        BackupPlanRule: [
          {
            ScheduleExpression: 'cron(30 2 * * ? *)',
            Lifecycle: lifecycle,
            CopyActions: [{ DestinationBackupVaultArn: VAULT, Lifecycle: lifecycle }],
          },
        ],
      },
    });
  });

  it('the backup selection is the table of payments alone', () => {
    const selections = Object.values(
      Template.fromJSON(template).findResources('AWS::Backup::BackupSelection'),
    );
    const arns = selections.map(({ Properties }) => JSON.stringify(Properties.BackupSelection.Resources));
    expect(arns).toHaveLength(1);
    expect(arns[0]).toMatch(/^\[\{"Fn::GetAtt":\["PayhooksTablesMain[0-9A-F]+","Arn"\]\}\]$/);
  });
});
