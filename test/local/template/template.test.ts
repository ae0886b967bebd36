import { describe, expect, it } from 'vitest';
import { readTemplate } from '../../../local/template/template.ts';
import { places, template } from './raw-template.ts';

const read = () => readTemplate(template, new Map([['abc.zip', '/bundles/worker']]), places);

describe('reading a template', () => {
  it('finds a function with its bundle, limits and resolved environment', () => {
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

  it('ties routes to functions with their integration timeout', () => {
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

  it('reads queues with their redrive policy, and leaves out what a condition leaves out', () => {
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

  it('reads the event source mapping', () => {
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

  it('makes a CreateTable request of a global table, and keeps what a local engine does not know out of it', () => {
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

  it('reads schedules, and no rule without one', () => {
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

  it('reads buses and secrets', () => {
    expect(read().buses).toEqual(['shop-bus']);
    expect(read().secrets).toEqual([
      { name: 'payhooks/sandbox/envelope-key', generate: { PasswordLength: 64 }, value: undefined },
    ]);
  });
});
