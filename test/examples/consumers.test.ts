/**
 * The example consumers for merchants, a Lambda function and a Next.js route: synthesized, and called as plain
 * functions.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Webhook } from 'standardwebhooks';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { PayhooksEvent } from '../../docs/events/payhooks-events.ts';
import { consume } from '../../examples/eventbridge-lambda/handler.ts';
import { ConsumerStack } from '../../examples/eventbridge-lambda/stack.ts';
import { POST } from '../../examples/next-route/route.ts';
import { parseSigningKeys } from '../../shared/app/fulfilment/targets/https.ts';
import { signedDetail } from '../../shared/app/fulfilment/targets/signed-detail.ts';

const examples: Readonly<Record<string, PayhooksEvent>> = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../docs/events/examples.json'), 'utf8'),
);
const exampleOf = (type: 'fulfil' | 'revoke' | 'payment.paid') => examples[type] as PayhooksEvent;
const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

describe('the Lambda consumer', () => {
  interface Writes {
    readonly TransactItems?: readonly {
      readonly Put?: { readonly Item?: Record<string, unknown> };
      readonly Update?: {
        readonly Key?: Record<string, unknown>;
        readonly ExpressionAttributeNames?: Record<string, string>;
      };
    }[];
  }
  let rows: Map<unknown, Set<string>>;
  let calls: number;
  beforeEach(() => {
    rows = new Map();
    calls = 0;
  });

  /** Writes the two items of the consumer's transaction together or not at all, as DynamoDB does. */
  async function transact({ TransactItems: [first, second] = [] }: Writes): Promise<void> {
    calls += 1;
    const id = first?.Put?.Item?.pk;
    if (rows.has(id)) {
      const CancellationReasons = [{ Code: 'ConditionalCheckFailed' }, { Code: 'None' }];
      throw Object.assign(new Error('cancelled'), { CancellationReasons });
    }
    rows.set(id, new Set());
    const grant = second?.Update?.Key?.pk;
    const what = second?.Update?.ExpressionAttributeNames?.['#what'] ?? '';
    rows.set(grant, new Set([...(rows.get(grant) ?? []), what]));
  }
  const deps = { secrets: async () => [SECRET], transact: transact as never, table: 'orders' };
  const signed = (event: PayhooksEvent): PayhooksEvent =>
    JSON.parse(signedDetail(event as never, parseSigningKeys({ current: SECRET }), { now: 0 }));
  const grantOf = ({ payment, epoch }: PayhooksEvent) => [...(rows.get(`grant#${payment}#${epoch}`) ?? [])];

  it('the Lambda consumer writes one grant for three copies of a fulfil, and adds the revoke', async () => {
    const fulfil = exampleOf('fulfil');
    for (const _ of [1, 2, 3]) await consume(signed(fulfil), deps);
    expect({ calls, grant: grantOf(fulfil) }).toEqual({ calls: 3, grant: ['fulfilled'] });
    const revoke = { ...exampleOf('revoke'), payment: fulfil.payment, epoch: fulfil.epoch } as PayhooksEvent;
    await consume(signed(revoke), deps);
    expect(grantOf(fulfil)).toEqual(['fulfilled', 'revoked']);
  });

  it('the Lambda consumer writes nothing for payment.paid', async () => {
    await consume(signed(exampleOf('payment.paid')), deps);
    expect(calls).toBe(0);
  });

  it('the Lambda consumer fails on an unsigned event, on a forged event and on an error of the table', async () => {
    await expect(consume(exampleOf('fulfil'), deps)).rejects.toThrow('did not sign');
    const forged = { ...signed(exampleOf('fulfil')), orderReference: 'another' };
    await expect(consume(forged, deps)).rejects.toThrow('did not sign');
    const failing = { ...deps, transact: () => Promise.reject(new Error('throttled')) };
    await expect(consume(signed(exampleOf('fulfil')), failing)).rejects.toThrow('throttled');
    expect(rows.size).toBe(0);
  });

  it('the stack of the consumer has a rule with a dead-letter queue, and the rights to secret, table and key', () => {
    // Without bundling: esbuild runs at the merchant's deployment.
    const app = new App({ context: { 'aws:cdk:bundling-stacks': [] } });
    const template = Template.fromStack(new ConsumerStack(app, 'Consumer', { environment: 'sandbox' }));
    template.hasResourceProperties('AWS::Events::Rule', {
      EventBusName: Match.anyValue(),
      EventPattern: { source: ['payhooks'] },
      Targets: [Match.objectLike({ DeadLetterConfig: Match.anyValue() })],
    });
    const policies = JSON.stringify(template.findResources('AWS::IAM::Policy'));
    for (const action of [
      'secretsmanager:GetSecretValue',
      'dynamodb:PutItem',
      'dynamodb:UpdateItem',
      'kms:Decrypt',
    ])
      expect(policies).toContain(action);
  });
});

describe('the Next.js route', () => {
  afterEach(() => vi.unstubAllEnvs());
  const requestOf = (event: unknown, secret = SECRET): Request => {
    const body = JSON.stringify(event);
    const at = new Date();
    const headers = {
      'webhook-id': 'msg_1',
      'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
      'webhook-signature': new Webhook(secret).sign('msg_1', at, body),
    };
    return new Request('http://shop.test/api/hooks', { method: 'POST', headers, body });
  };

  it('the Next.js route answers 204 to a signed event, 401 to another signature, and 503 without WEBHOOK_SECRET', async () => {
    vi.stubEnv('SHOP_FILE', ':memory:');
    vi.stubEnv('WEBHOOK_SECRET', undefined);
    expect((await POST(requestOf(exampleOf('fulfil')))).status).toBe(503);
    vi.stubEnv('WEBHOOK_SECRET', SECRET);
    for (const _ of [1, 2]) expect((await POST(requestOf(exampleOf('fulfil')))).status).toBe(204);
    const other = `whsec_${Buffer.alloc(32, 8).toString('base64')}`;
    expect((await POST(requestOf(exampleOf('fulfil'), other))).status).toBe(401);
  });
});
