/** Whether roles allow what functions need: the signature against AWS's own example, and what is made of answers. */
import { describe, expect, it } from 'vitest';
import type { Connection } from '../../cli/connect.ts';
import { examine } from '../../cli/doctor/finding.ts';
import { authorization, refusedActions } from '../../cli/doctor/iam.ts';
import { needsOf, permissions } from '../../cli/doctor/permissions.ts';
import { parseConfig } from '../../infra/config.ts';
import { smallest, templateOf } from '../infra/support.ts';

const credentials = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
};
const NOW = Date.parse('2015-08-30T12:36:00Z');

it('signs as AWS does in its example', () => {
  const at = '20150830T123600Z';
  const header = authorization(
    {
      method: 'GET',
      url: new URL('https://iam.amazonaws.com/?Version=2010-05-08&Action=ListUsers'),
      headers: {
        'Content-Type': 'application/x-www-form-urlencoded; charset=utf-8',
        'X-Amz-Date': at,
      },
      body: '',
    },
    credentials,
    { region: 'us-east-1', service: 'iam', at },
  );
  expect(header).toBe(
    'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, SignedHeaders=content-type;host;x-amz-date, Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7',
  );
});

/** IAM in a few lines: `decide` says what becomes of an action. */
function iam(decide: (action: string, resource: string) => string) {
  const asked: { readonly role: string; readonly action: string; readonly resource: string }[] = [];
  const send = async (_: unknown, init?: RequestInit) => {
    const form = new URLSearchParams(String(init?.body));
    const [role, resource] = ['PolicySourceArn', 'ResourceArns.member.1'].map((name) => form.get(name) ?? '');
    const actions = [...form].filter(([name]) => name.startsWith('ActionNames.')).map(([, value]) => value);
    const members = actions.map((action, index) => {
      asked.push({ role: role ?? '', action, resource: resource ?? '' });
      const decision = `<EvalDecision>${decide(action, resource ?? '')}</EvalDecision>`;
      const name = `<EvalActionName>${action}</EvalActionName>`;
      // The order inside is not promised.
      return `<member>${index % 2 === 0 ? decision + name : name + decision}<EvalDecisionDetails/></member>`;
    });
    return new Response(`<R><EvaluationResults>${members.join('')}</EvaluationResults></R>`);
  };
  return { asked, send: send as typeof fetch };
}

describe('an answer of IAM', () => {
  const asked = { role: 'r', actions: ['a:One', 'a:Two', 'a:Three'], resource: 'x' };

  it('refuses what is not allowed, whichever comes first in it', async () => {
    const { send } = iam((action) => (action === 'a:Two' ? 'implicitDeny' : 'allowed'));
    expect(await refusedActions(asked, credentials, { now: NOW, send })).toEqual(['a:Two']);
  });

  it('that says nothing of an action refuses it', async () => {
    const send = (async () => new Response('<R></R>')) as typeof fetch;
    expect(await refusedActions(asked, credentials, { now: NOW, send })).toEqual(asked.actions);
  });

  it('that is an error has its code and its sentence', async () => {
    const xml = '<E><Code>AccessDenied</Code><Message>not authorized to perform: iam:Simulate</Message></E>';
    const send = (async () => new Response(xml, { status: 403 })) as typeof fetch;
    await expect(refusedActions(asked, credentials, { now: NOW, send })).rejects.toMatchObject({
      name: 'AccessDenied',
      message: 'not authorized to perform: iam:Simulate',
    });
  });
});

describe('the doctor', () => {
  // In live a Paymentwall account may only require an amount where its API is asked.
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
  const look = (send: typeof fetch) =>
    examine([permissions], {
      ...{ connection, quiet: true, url: undefined },
      world: { now: () => NOW, fetch: send } as never,
    });

  it('finds every role allowed what its function needs', async () => {
    const { asked, send } = iam(() => 'allowed');
    const findings = await look(send);
    expect(findings.filter(({ verdict }) => verdict === 'fail')).toEqual([]);
    expect(findings.find(({ check }) => check === 'transition-worker')).toMatchObject({ verdict: 'ok' });
    expect(asked).toContainEqual({
      role: 'arn:aws:iam::123456789012:role/payhooks-live-fulfilment-worker',
      action: 'events:PutEvents',
      resource: 'arn:aws:events:eu-west-1:123456789012:event-bus/payhooks-live',
    });
  });

  it('fails on the one that may not, and names what is missing', async () => {
    const { send } = iam((action) => (action === 'events:PutEvents' ? 'explicitDeny' : 'allowed'));
    const failed = (await look(send)).filter(({ verdict }) => verdict === 'fail');
    expect(failed.map(({ check }) => check)).toEqual(['fulfilment-worker', 'reconciler']);
    expect(failed[0]?.detail).toBe('refused: events:PutEvents on event-bus/payhooks-live');
  });

  it('knows nothing where it may not ask', async () => {
    const xml = '<E><Code>AccessDenied</Code><Message>no</Message></E>';
    const findings = await look((async () => new Response(xml, { status: 403 })) as typeof fetch);
    expect(findings).toMatchObject([{ check: 'permissions', verdict: 'unknown' }]);
  });

  it('asks for what the template grants', () => {
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
