/** Calls of IAM about the permissions of a role. */
import { describe, expect, it } from 'vitest';
import { authorization, refusedActions } from '../../../cli/doctor/iam.ts';
import { credentials, iam, NOW } from './iam-answers.ts';

it('authorization gives the signature of the example that AWS publishes', () => {
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

describe('an answer of IAM', () => {
  const wanted = { role: 'r', actions: ['a:One', 'a:Two', 'a:Three'], resource: 'x' };

  it('refusedActions names the one action that IAM does not allow', async () => {
    const { send } = iam((action) => (action === 'a:Two' ? 'implicitDeny' : 'allowed'));
    expect(await refusedActions(wanted, credentials, { now: NOW, send })).toEqual(['a:Two']);
  });

  it('refusedActions names every action that the answer of IAM does not mention', async () => {
    const send = (async () => new Response('<R></R>')) as typeof fetch;
    expect(await refusedActions(wanted, credentials, { now: NOW, send })).toEqual(wanted.actions);
  });

  it('refusedActions rejects with the code and the sentence of an error of IAM', async () => {
    const xml = '<E><Code>AccessDenied</Code><Message>not authorized to perform: iam:Simulate</Message></E>';
    const send = (async () => new Response(xml, { status: 403 })) as typeof fetch;
    await expect(refusedActions(wanted, credentials, { now: NOW, send })).rejects.toMatchObject({
      name: 'AccessDenied',
      message: 'not authorized to perform: iam:Simulate',
    });
  });
});
