/**
 * Whether roles allow what functions need: the signature against AWS's own example, and the findings from IAM's
 * answers.
 */
import { describe, expect, it } from 'vitest';
import type { Connection } from '../../../cli/connect.ts';
import { examine } from '../../../cli/doctor/finding.ts';
import { needsOf, permissions } from '../../../cli/doctor/permissions.ts';
import { parseConfig } from '../../../infra/config.ts';
import { smallest, templateOf } from '../../infra/support.ts';
import { credentials, iam, NOW } from './iam-answers.ts';

describe('permissions of the functions', () => {
  // In live a Paymentwall account may require an amount only where its API is polled.
  const accounts = smallest.accounts.map((account) =>
    account.provider === 'paymentwall' ? { ...account, policy: { amountCheck: 'when-present' } } : account,
  );
  const config = parseConfig({ ...smallest, environment: 'live', accounts });
  const resource = (name: string) => `payhooks-live-${name}`;
  const lambda = {
    config: { credentials: async () => credentials },
    send: async ({ input }: { readonly input: { readonly FunctionName: string } }) => ({
      FunctionArn: `arn:aws:lambda:eu-west-1:123456789012:function:${input.FunctionName}`,
      Role: `arn:aws:iam::123456789012:role/${input.FunctionName}`,
    }),
  };
  const connection = {
    ...{ kind: 'deployed', config, resource, table: 'payhooks-live', clients: { lambda } },
  } as unknown as Connection;
  const examineRoles = (send: typeof fetch) =>
    examine([permissions], {
      ...{ connection, quiet: true, url: undefined },
      world: { now: () => NOW, fetch: send } as never,
    });

  it('doctor says ok when every role is allowed the actions of its function', async () => {
    const { requests, send } = iam(() => 'allowed');
    const findings = await examineRoles(send);
    expect(findings.filter(({ verdict }) => verdict === 'fail')).toEqual([]);
    expect(findings.find(({ check }) => check === 'transition-worker')).toMatchObject({ verdict: 'ok' });
    expect(requests).toContainEqual({
      role: 'arn:aws:iam::123456789012:role/payhooks-live-fulfilment-worker',
      action: 'events:PutEvents',
      resource: 'arn:aws:events:eu-west-1:123456789012:event-bus/payhooks-live',
    });
  });

  it('doctor fails for a function whose role lacks an action, and names the action and its resource', async () => {
    const { send } = iam((action) => (action === 'events:PutEvents' ? 'explicitDeny' : 'allowed'));
    const failed = (await examineRoles(send)).filter(({ verdict }) => verdict === 'fail');
    expect(failed.map(({ check }) => check)).toEqual(['fulfilment-worker', 'reconciler']);
    expect(failed[0]?.detail).toBe('not allowed: events:PutEvents on event-bus/payhooks-live');
  });

  it('doctor says unknown when IAM denies the question', async () => {
    const xml = '<E><Code>AccessDenied</Code><Message>no</Message></E>';
    const findings = await examineRoles((async () => new Response(xml, { status: 403 })) as typeof fetch);
    expect(findings).toMatchObject([{ check: 'permissions', verdict: 'unknown' }]);
  });

  it('doctor asks only for actions that the template grants', () => {
    const { Resources } = templateOf();
    for (const name of ['transition-worker', 'fulfilment-worker', 'sweeper', 'checkout'] as const) {
      const role = Object.keys(Resources).find((id) => id.startsWith(`Payhooks${name.replace('-', '')}Role`));
      const granted = JSON.stringify(Resources[role ?? '']?.Properties.Policies);
      const needs = needsOf(name, 'arn:aws:lambda:r:1:function:f', {
        ...{ config, table: 'payhooks-live', resource },
      });
      expect(needs.length).toBeGreaterThan(0);
      for (const { actions } of needs) for (const action of actions) expect(granted).toContain(`"${action}"`);
    }
  });
});
