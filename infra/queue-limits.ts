/** Numbers of the queues that the simulation (test/simulation) also uses. */
import type { QueueName } from './functions.ts';

/** https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html: at least six times the timeout. */
export const VISIBILITY_FACTOR = 6;

/**
 * Receives before a message goes to the dead-letter queue. High, because the worker parks a message that can never
 * succeed at once, with its reason; outages are the rest. A fulfil backs off from 30 s to 1 h for 49 h (56 receives);
 * one that first waits as long for the revoke before it needs about twice as many.
 */
export const MAX_RECEIVE_COUNT: Readonly<Record<QueueName, number>> = { notifications: 50, fulfilment: 200 };

/** Messages that one environment gets at once and handles in parallel. */
export const BATCH_SIZE = 10;
