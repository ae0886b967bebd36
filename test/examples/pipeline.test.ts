/**
 * examples/pipeline: the workflow parses, live is deployed only after the self-tests of the sandbox, and no key is
 * stored.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { commands } from '../../cli/commands/index.ts';

const folder = join(import.meta.dirname, '../../examples/pipeline');
const read = (name: string) => readFileSync(join(folder, name), 'utf8');

interface Job {
  readonly needs?: string;
  readonly environment: string;
  readonly permissions: Readonly<Record<string, string>>;
  readonly steps: readonly { readonly run?: string; readonly uses?: string; readonly with?: object }[];
}
const text = read('deploy.yml');
const workflow = parse(text) as {
  readonly permissions: object;
  readonly concurrency: object;
  readonly jobs: Readonly<Record<'sandbox' | 'live', Job>>;
};
const { sandbox, live } = workflow.jobs;
const runs = ({ steps }: Job): readonly string[] => steps.flatMap(({ run }) => run ?? []);

describe('the workflow', () => {
  it('the workflow deploys the sandbox, tests the sandbox with doctor, and only then deploys live', () => {
    expect(Object.keys(workflow.jobs)).toEqual(['sandbox', 'live']);
    expect(runs(sandbox)).toEqual([
      'npm ci',
      'npx cdk deploy PayhooksSandbox --require-approval never',
      'npx payhooks doctor --stack PayhooksSandbox',
    ]);
    expect(live.needs).toBe('sandbox');
    expect(runs(live)).toEqual([
      'npm ci',
      'npx cdk diff PayhooksLive -c payhooks=live.json',
      'npx cdk deploy PayhooksLive -c payhooks=live.json --require-approval never',
      'npx payhooks doctor --stack PayhooksLive',
    ]);
  });

  it('the workflow continues after no failure, and only one run deploys at a time', () => {
    expect(text).not.toMatch(/continue-on-error|\|\| true|always\(\)/);
    expect(workflow.concurrency).toEqual({ group: 'deploy', 'cancel-in-progress': false });
  });

  it('the workflow calls only commands of payhooks that exist', () => {
    const names = [sandbox, live].flatMap(runs).flatMap((run) => /^npx payhooks (\S+)/.exec(run)?.[1] ?? []);
    expect(names).toEqual(['doctor', 'doctor']);
    for (const name of names) expect(commands.map((each) => each.name)).toContain(name);
  });

  it('the workflow holds no key of AWS, and each job may only read contents and request an id-token', () => {
    expect(workflow.permissions).toEqual({ contents: 'read' });
    for (const [name, job] of Object.entries(workflow.jobs)) {
      expect(job.environment).toBe(name);
      expect(job.permissions).toEqual({ contents: 'read', 'id-token': 'write' });
    }
    expect(text).not.toMatch(/secrets\.|AWS_SECRET|AKIA/);
  });
});

it('the trust policy names one repository and the environment live', () => {
  const { Statement } = JSON.parse(read('trust.json')) as {
    Statement: readonly { Action: string; Condition: { StringEquals: Record<string, string> } }[];
  };
  expect(Statement).toHaveLength(1);
  const [{ Action, Condition } = expect.unreachable()] = Statement;
  expect(Action).toBe('sts:AssumeRoleWithWebIdentity');
  const { StringEquals: equals, ...others } = Condition;
  expect(others).toEqual({});
  expect(equals['token.actions.githubusercontent.com:sub']).toMatch(/^repo:[\w-]+\/[\w-]+:environment:live$/);
  expect(equals['token.actions.githubusercontent.com:aud']).toBe('sts.amazonaws.com');
});
