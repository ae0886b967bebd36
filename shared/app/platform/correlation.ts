/**
 * One correlation id from the request through both queues to the target: the gateway's request id. Whoever starts
 * to work on something names it once; every log line and metric that follows carries it.
 */
import { AsyncLocalStorage } from 'node:async_hooks';

const current = new AsyncLocalStorage<string>();

/** Runs the work under an id; without one, under the id that is current already. */
export const correlated = <T>(id: string | undefined, work: () => T): T =>
  id === undefined ? work() : current.run(id, work);

export const correlationId = (): string | undefined => current.getStore();

const CORRELATION_ID = /^[A-Za-z0-9=_.:-]{1,64}$/;

/** The id as it may be logged; undefined for anything else, since it reaches us from outside. */
export const correlationIdFrom = (value: unknown): string | undefined =>
  typeof value === 'string' && CORRELATION_ID.test(value) ? value : undefined;
