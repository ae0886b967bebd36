/**
 * The AWS clients of a connection: one client per service, with the limits that its calls need. An error names its
 * call.
 */
import { ListTopicsCommand } from '@aws-sdk/client-sns';
import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import { clientsOf, type Options } from '../../cli/clients.ts';
import { EXIT, problemOf } from '../../cli/problem.ts';
import { clientOptions } from '../../shared/aws/clients.ts';

const PATIENCE = { connectionTimeoutMs: 100, requestTimeoutMs: 200, attempts: 2 };
const OPTIONS: Options = {
  ...clientOptions(PATIENCE),
  ...{ endpoint: 'http://127.0.0.1:1', region: 'eu-west-1' },
  credentials: { accessKeyId: 'an-id', secretAccessKey: 'a-secret' },
};

describe('a client of a connection', () => {
  it('a client is made at its first use, and is the same client at each later use', () => {
    const clients = clientsOf(OPTIONS);
    for (const name of Object.keys(clients) as (keyof typeof clients)[]) {
      expect(Object.getOwnPropertyDescriptor(clients, name)?.get).toBeTypeOf('function');
      expect(clients[name]).toBe(clients[name]);
    }
    expect(new Set(Object.values(clients)).size).toBe(Object.keys(clients).length);
    expect(clientsOf(OPTIONS).sqs).not.toBe(clients.sqs);
  });

  it('a client calls the endpoint and the region of the connection, with its credentials', async () => {
    for (const { config } of Object.values(clientsOf(OPTIONS))) {
      expect(await config.region()).toBe('eu-west-1');
      expect(await config.endpoint?.()).toMatchObject({ hostname: '127.0.0.1', port: 1 });
      expect(await config.credentials()).toMatchObject({ accessKeyId: 'an-id' });
    }
  });

  it('lambda repeats a failed call as often as the connection allows, and patientLambda never', async () => {
    const { lambda, patientLambda } = clientsOf(OPTIONS);
    expect(await lambda.config.maxAttempts()).toBe(2);
    expect(await patientLambda.config.maxAttempts()).toBe(1);
  });
});

describe('an error of a client', () => {
  const failing = (error: Error) =>
    clientsOf({
      ...OPTIONS,
      ...{ maxAttempts: 1, requestHandler: { handle: () => Promise.reject(error) } as never },
    });

  it('an error of a client names the service and the call', async () => {
    const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    const { sqs, sns } = failing(refused);
    const ofQueue = await sqs
      .send(new GetQueueAttributesCommand({ QueueUrl: 'http://127.0.0.1:1/1/q' }))
      .catch(problemOf);
    expect(ofQueue).toMatchObject({
      code: EXIT.unreachable,
      message: 'No answer: SQS, GetQueueAttributes: connect ECONNREFUSED',
    });
    const ofTopics = await sns.send(new ListTopicsCommand({})).catch(problemOf);
    expect(ofTopics).toMatchObject({ message: 'No answer: SNS, ListTopics: connect ECONNREFUSED' });
  });

  it('an error of a client is the same error object, so that its name and code can be read', async () => {
    const denied = Object.assign(new Error('not allowed'), { name: 'AccessDeniedException' });
    const { sns } = failing(denied);
    expect(await sns.send(new ListTopicsCommand({})).catch((error: unknown) => error)).toBe(denied);
  });
});
