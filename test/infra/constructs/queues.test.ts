/** The queues and their dead-letter queues. */
import { describe, expect, it } from 'vitest';
import { fields, idOf, type Json, list, ofType, queueNamed, type Resource, templateOf } from '../support.ts';

const template = templateOf();
const all = (type: string): readonly Resource[] => ofType(template, type).map(([, resource]) => resource);

describe('the queues', () => {
  const pairs = [
    ['payhooks-sandbox-notifications', 50],
    ['payhooks-sandbox-fulfilment', 200],
  ] as const;

  it('the stack has two standard queues, each with a dead-letter queue of its own', () => {
    expect(all('AWS::SQS::Queue')).toHaveLength(4);
    for (const [name, maxReceiveCount] of pairs) {
      const [, queue] = queueNamed(template, name);
      const [deadLetters] = queueNamed(template, `${name}-dlq`);
      const redrive = fields(queue.Properties.RedrivePolicy);
      expect(idOf(redrive.deadLetterTargetArn)).toBe(deadLetters);
      expect(redrive.maxReceiveCount).toBe(maxReceiveCount);
      expect(queue.Properties.FifoQueue).toBeUndefined();
      // Only this queue may send dead letters there. The policy has the name of the queue, since two resources cannot
      // refer to each other.
      const [, { Properties }] = queueNamed(template, `${name}-dlq`);
      const allow = fields(Properties.RedriveAllowPolicy);
      expect(allow.redrivePermission).toBe('byQueue');
      const [source, ...others] = allow.sourceQueueArns as Json[];
      expect(others).toEqual([]);
      expect(JSON.stringify(source)).toMatch(new RegExp(`:sqs:.*:${name}"`));
    }
  });

  it('a queue keeps messages for 14 days, encrypted', () => {
    for (const { Properties } of all('AWS::SQS::Queue')) {
      expect(Properties.MessageRetentionPeriod).toBe(14 * 86_400);
      expect(Properties.SqsManagedSseEnabled).toBe(true);
    }
  });

  it('a queue refuses requests without TLS', () => {
    const guarded = all('AWS::SQS::QueuePolicy').flatMap(({ Properties }) =>
      list(fields(Properties.PolicyDocument).Statement)
        .filter(
          ({ Effect, Condition }) =>
            Effect === 'Deny' && JSON.stringify(Condition).includes('"aws:SecureTransport":"false"'),
        )
        .map(({ Resource }) => idOf(Resource)),
    );
    expect(guarded.sort()).toEqual(
      ofType(template, 'AWS::SQS::Queue')
        .map(([id]) => id)
        .sort(),
    );
  });

  it('the visibility timeout of a queue is at least six times the timeout of its worker', () => {
    const mappings = all('AWS::Lambda::EventSourceMapping');
    expect(mappings).toHaveLength(2);
    for (const { Properties } of mappings) {
      const queue = template.Resources[idOf(Properties.EventSourceArn)] as Resource;
      const worker = template.Resources[idOf(Properties.FunctionName)] as Resource;
      const window = Number(Properties.MaximumBatchingWindowInSeconds ?? 0);
      expect(Number(queue.Properties.VisibilityTimeout)).toBeGreaterThanOrEqual(
        6 * Number(worker.Properties.Timeout) + window,
      );
    }
  });

  it('the fulfilment queue allows more receives than 48 hours of delivery attempts need', () => {
    // The waits between attempts in the delivery code: 30 s, doubled up to an hour.
    let [seconds, attempts] = [0, 1];
    while (seconds < 48 * 3_600) seconds += Math.min(3_600, 30 * 2 ** (attempts++ - 1));
    const [, queue] = queueNamed(template, 'payhooks-sandbox-fulfilment');
    expect(Number(fields(queue.Properties.RedrivePolicy).maxReceiveCount)).toBeGreaterThan(2 * attempts);
  });
});
