/** The local endpoint that takes the place of AWS. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterEach, describe, expect, it } from 'vitest';
import { problemOf } from '../../../cli/problem.ts';
import { Callers } from '../../../local/aws/callers.ts';
import { awsEndpoint } from '../../../local/aws/endpoint.ts';
import { Faults } from '../../../local/aws/faults.ts';
import { AwsError } from '../../../local/aws/json-protocol.ts';
import { DISK_FULL_SENTENCE } from '../../../local/disk.ts';

const full = () => {
  // The error that fauxqs makes of SQLite's message.
  throw new AwsError('InternalError', 'database or disk is full', 500);
};

describe('a full disk', () => {
  describe('the AWS endpoint', () => {
    let close: () => void = () => {};
    afterEach(() => close());

    it('a full disk is the error LocalDiskFull for the caller, and one sentence in the terminal', async () => {
      const callers = new Callers();
      const identity = callers.identityOf('anybody');
      const notices: string[] = [];
      const options = {
        dynamoDb: '',
        faults: new Faults(),
        callers,
        authorizer: { check: async () => {}, require: async () => {} },
        onNotice: (it: string) => notices.push(it),
      };
      const server = createServer(
        awsEndpoint({ AmazonSQS: full, secretsmanager: full, AWSEvents: full }, options),
      );
      await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
      close = () => {
        server.closeAllConnections();
        server.close();
      };
      const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const client = new SQSClient({ endpoint, region: 'us-east-1', credentials: identity, maxAttempts: 1 });
      const error: unknown = await client
        .send(new SendMessageCommand({ QueueUrl: `${endpoint}/1/q`, MessageBody: 'x' }))
        .catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ name: 'LocalDiskFull' });
      expect(problemOf(error)).toMatchObject({
        message: DISK_FULL_SENTENCE,
        next: expect.stringContaining('Free some space'),
      });
      expect(notices).toEqual([DISK_FULL_SENTENCE]);
    });
  });
});
