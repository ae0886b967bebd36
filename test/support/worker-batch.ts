/** A batch of SQS messages, and the context of an invocation. */
import type { Context, SQSEvent } from 'aws-lambda';
import { START } from './worker-bench.ts';

export const context = (remaining = 30_000): Context =>
  ({ getRemainingTimeInMillis: () => remaining, functionName: 'f', awsRequestId: 'r' }) as unknown as Context;

export const batch = (...bodies: string[]): SQSEvent => receivedTimes(1, ...bodies);

export const receivedTimes = (receives: number, ...bodies: string[]): SQSEvent => ({
  Records: bodies.map((body, index) => ({
    messageId: `m${index}`,
    receiptHandle: `h${index}`,
    body,
    attributes: {
      ApproximateReceiveCount: String(receives),
      SentTimestamp: String(START),
      SenderId: '',
      ApproximateFirstReceiveTimestamp: '',
    },
    messageAttributes: {},
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:eu-west-1:000000000000:q',
    awsRegion: 'eu-west-1',
  })),
});
