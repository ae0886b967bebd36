/**
 * One correlation id from the request through both queues to the target: the gateway's request id. The code that begins
 * the work sets it once; every later log line and metric contains it.
 */
import { AsyncLocalStorage } from 'node:async_hooks';

const current = new AsyncLocalStorage<string>();

/** Runs the work under an id. Undefined: under the current id. */
export const correlated = <T>(id: string | undefined, work: () => T): T =>
  id === undefined ? work() : current.run(id, work);

export const correlationId = (): string | undefined => current.getStore();

const CORRELATION_ID = /^[A-Za-z0-9=_.:-]{1,64}$/;

/** The id in a form that may be logged. Undefined for any other value, since it comes from outside. */
export const correlationIdFrom = (value: unknown): string | undefined =>
  typeof value === 'string' && CORRELATION_ID.test(value) ? value : undefined;
