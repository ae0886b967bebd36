/** The answers of the checkout function to the merchant. */
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import { createCheckoutHandler } from '../../../shared/app/http/checkout.ts';
import { noSecrets } from '../../support/secrets.ts';
import { type Bench, workerBench } from '../../support/worker-bench.ts';

describe('POST /checkout/orders', () => {
  const post = async (bench: Bench, body: string) => {
    const handler = createCheckoutHandler({
      ...bench.deps,
      notifications: bench.notifications,
      environment: 'sandbox',
      secrets: noSecrets,
      publicUrl: 'https://hooks.example',
    });
    const { statusCode, body: answer } = await handler({
      body,
      requestContext: { requestId: 'request-1' },
    } as APIGatewayProxyEventV2);
    return { statusCode, ...(JSON.parse(answer ?? '') as object) };
  };
  const valid = JSON.stringify({ reference: 'r1', amounts: [{ currency: 'EUR', exact: '5' }] });

  it('POST /checkout/orders answers 201 to a new order, 200 to a repeat and 409 to a repeat with other amounts', async () => {
    const bench = workerBench();
    expect(await post(bench, valid)).toMatchObject({ statusCode: 201, created: true, reference: 'r1' });
    expect(await post(bench, valid)).toMatchObject({ statusCode: 200, created: false });
    const other = valid.replace('"5"', '"6"');
    expect(await post(bench, other)).toMatchObject({
      statusCode: 409,
      error: expect.stringContaining('amounts'),
    });
  });

  it('POST /checkout/orders answers 400 with a sentence to a body that is not JSON or lacks order.amounts', async () => {
    const bench = workerBench();
    expect(await post(bench, '{')).toEqual({ statusCode: 400, error: 'the body is not JSON' });
    expect(await post(bench, '{"reference":"r1"}')).toMatchObject({
      statusCode: 400,
      error: expect.stringContaining('order.amounts'),
    });
  });

  it('POST /checkout/orders answers 503 without the cause when the table fails', async () => {
    const bench = workerBench();
    bench.memory.beforeWrite = () => {
      throw new Error('table gone');
    };
    expect(await post(bench, valid)).toEqual({ statusCode: 503, error: 'try again later' });
  });
});
