/**
 * The local stack judges every call of a function by the template's policies. The test makes every kind of call once,
 * and then removes each grant: without the grant a call must be refused, or a list gives the reason why none is.
 */
import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseConfig } from '../../infra/config.ts';
import { sampleRequest } from '../../local/demo/samples.ts';
import { type LocalStack, startLocalStack } from '../../local/stack.ts';
import type { Access } from '../../local/template/access.ts';
import { grantsOfRoles, neededBy, without } from '../../tools/privileges/needed.ts';
import { isListed } from '../../tools/privileges/unneeded.ts';
import { accountOf, sendOnce } from './client.ts';
import { playEverything } from './everything-called.ts';

const PREFIX = 'payhooks-sandbox-';
const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const page = 'https://shop.example/page';
const wall = { provider: 'paymentwall', api: 'digital_goods', signatureVersion: 3 };

/** A configuration that needs every function, the vault, shipping and the APIs of all providers. */
const config = parseConfig({
  environment: 'sandbox',
  target: { type: 'eventbridge' },
  publicUrl: 'https://pay.shop.example',
  edgeHeader: 'require',
  accounts: [
    {
      ...{ provider: 'trustly-americas', account: 'shop', confirm: true },
      checkout: {
        merchantId: '1',
        pages: { pending: page, confirmed: page, selection: page, declined: page },
      },
      splitTokenKey: publicKey.export({ format: 'jwk' }),
    },
    { provider: 'trustly-europe', account: 'plain', policy: { unknownOrder: 'trust' } },
    {
      ...{ provider: 'trustly-europe', account: 'bank', withdrawals: true, kyc: true },
      decision: { url: 'https://shop.example/decide' },
    },
    { ...wall, account: 'shop', confirm: true },
    {
      ...{ ...wall, account: 'boxes', goods: 'physical' },
      policy: { grantOn: 'authorized', unknownOrder: 'trust', amountCheck: 'when-present' },
    },
  ],
});

describe('a stack with one call of every kind', () => {
  let stack: LocalStack;
  const refused: string[] = [];
  beforeAll(async () => {
    stack = await startLocalStack({
      config,
      onNotice: (notice) => notice.includes('not authorized') && refused.push(notice),
    });
  });
  afterAll(() => stack?.stop());

  it('the policies of the template allow every call of a function, and each kind of call is judged once', async () => {
    await playEverything(stack);
    expect(refused).toEqual([]);
    const { questions, evaluations } = stack.authorizer.counts;
    expect(evaluations).toBe(stack.authorizer.evaluations.length);
    expect(questions).toBeGreaterThan(5 * evaluations);
  });

  it('a call is refused without the grant that it needs; an unneeded grant is listed with its reason', async () => {
    const grants = grantsOfRoles(stack.template.access());
    expect(grants.length).toBeGreaterThan(150);
    const unneeded: string[] = [];
    const wronglyListed: string[] = [];
    for (const grant of grants) {
      const functionName = grant.functionName.replace(PREFIX, '');
      const name = `${functionName}: ${grant.action} on ${grant.resource.split(':').slice(5).join(':')}`;
      const call = await neededBy(grant, stack.authorizer.evaluations);
      const listed = isListed(functionName, grant.action, grant.resource);
      if (call === undefined && !listed) unneeded.push(name);
      if (call !== undefined && listed) wronglyListed.push(name);
    }
    expect({ unneeded, wronglyListed }).toEqual({ unneeded: [], wronglyListed: [] });
  });
});

describe('a stack whose intake may not put notifications on the queue', () => {
  let stack: LocalStack;
  const notices: string[] = [];
  beforeAll(async () => {
    stack = await startLocalStack({
      // The same configuration as above, so that it is synthesized once.
      config,
      access: (access) => withoutSending(access, `${PREFIX}intake-paymentwall`),
      onNotice: (notice) => notices.push(notice),
    });
  });
  afterAll(() => stack?.stop());

  it('an intake without sqs:SendMessage answers 503, and the notice names caller, action, resource and policy', async () => {
    const request = sampleRequest(accountOf(stack, 'paymentwall/shop'));
    if (request === undefined) throw new Error('no sample');
    expect((await sendOnce(request)).status).toBe(503);
    const [notice] = notices.filter((each) => each.includes('not authorized'));
    for (const part of [
      '/payhooks-sandbox-intake-paymentwall is not authorized to perform: sqs:SendMessage',
      'on resource: arn:aws:sqs:us-east-1:000000000000:payhooks-sandbox-notifications',
      'because no identity-based policy allows the sqs:SendMessage action',
      'Change policy "access" of Payhooksintakepaymentwall',
    ]) {
      expect(notice).toContain(part);
    }
  });
});

function withoutSending(access: Access, functionName: string): Access {
  const grant = grantsOfRoles(access).find(
    (each) => each.functionName === functionName && each.action === 'sqs:SendMessage',
  );
  const role = access.roles.get(functionName);
  if (grant === undefined || role === undefined) throw new Error('no such grant');
  const changed = { ...role, policies: without(role.policies, grant) };
  return { ...access, roles: new Map([...access.roles, [functionName, changed]]) };
}
