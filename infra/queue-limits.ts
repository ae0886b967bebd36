/** Numbers of the queues that the simulation (test/simulation) also uses. */
import type { QueueName } from './functions.ts';

/** https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html: at least six times the timeout. */
export const VISIBILITY_FACTOR = 6;

/**
 * Receives before a message goes to the dead-letter queue. The worker parks hopeless messages immediately, so only
 * outages use up receives. A fulfil backs off from 30 s to 1 h for 49 h (56 receives). A fulfil that must first wait for
 * the earlier revoke (also up to 49 h) needs about twice as many.
 */
export const MAX_RECEIVE_COUNT: Readonly<Record<QueueName, number>> = { notifications: 50, fulfilment: 200 };

/** Messages that one environment gets at once and handles in parallel. */
export const BATCH_SIZE = 10;
