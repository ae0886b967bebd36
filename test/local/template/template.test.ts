import { describe, expect, it } from 'vitest';
import { readTemplate } from '../../../local/template/template.ts';
import { places, template } from './raw-template.ts';

const read = () => readTemplate(template, new Map([['abc.zip', '/bundles/worker']]), places);

describe('the reader of a template', () => {
  it('a function is read with its bundle, limits and resolved environment', () => {
    expect(read().functions).toEqual([
      {
        logicalId: 'Worker',
        name: 'worker',
        codePath: '/bundles/worker',
        handler: 'index.handler',
        timeoutMs: 30_000,
        memoryMb: 512,
        environment: { URL: 'http://127.0.0.1:2/000000000000/Queue', TARGET: '{"bus":"shop-bus"}' },
      },
    ]);
  });

  it('a route is read with its function, integration timeout and authorization', () => {
    expect(read().routes).toEqual([
      {
        method: 'ANY',
        path: '/a/{account}',
        routeKey: 'ANY /a/{account}',
        functionName: 'worker',
        integrationTimeoutMs: 2_900,
        authorization: 'AWS_IAM',
      },
    ]);
  });

  it('a queue is read with its redrive policy, and a resource with a false condition is left out', () => {
    const { queues } = read();
    expect(queues.map(({ name, deadLetterQueue }) => [name, deadLetterQueue])).toEqual([
      ['Queue', 'dead'],
      ['dead', undefined],
    ]);
    expect(JSON.parse(queues[0]?.attributes.RedrivePolicy ?? '')).toEqual({
      deadLetterTargetArn: 'arn:aws:sqs:us-east-1:000000000000:dead',
      maxReceiveCount: 50,
    });
    expect(queues[0]?.attributes.VisibilityTimeout).toBe('180');
  });

  it('an event source mapping is read with batch size, window and concurrency', () => {
    expect(read().mappings).toEqual([
      {
        functionName: 'worker',
        queueName: 'Queue',
        batchSize: 5,
        windowSeconds: 1,
        maxConcurrency: 4,
        reportBatchItemFailures: true,
      },
    ]);
  });

  it('a global table becomes a CreateTable request without members that a local engine does not support', () => {
    const [table] = read().tables;
    expect(table).toMatchObject({ name: 'Table', ttlAttribute: 'expiresAt' });
    expect(table?.create).toEqual({
      TableName: 'Table',
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      GlobalSecondaryIndexes: [
        { IndexName: 'open', KeySchema: [], Projection: { ProjectionType: 'KEYS_ONLY' } },
      ],
    });
  });

  it('a rule with a schedule is read, and a rule without a schedule is left out', () => {
    expect(read().schedules).toEqual([
      {
        name: 'Schedule',
        functionName: 'worker',
        expression: 'rate(1 minute)',
        input: { a: 1 },
        enabled: true,
      },
    ]);
  });

  it('event buses and secrets are read with their names', () => {
    expect(read().buses).toEqual(['shop-bus']);
    expect(read().secrets).toEqual([
      { name: 'payhooks/sandbox/envelope-key', generate: { PasswordLength: 64 }, value: undefined },
    ]);
  });
});
