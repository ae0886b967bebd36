/** Failures of services that tests, and people who try a runbook, switch on: a service is down or slow. */
import type { IncomingMessage } from 'node:http';

/**
 * down: connections are cut · silent: requests are never answered · failing: a server error · throttled: refused by a
 * rate limit · busy: each request fails at its first attempt (limits/contention.ts) · gone: 410.
 */
export type Fault = 'down' | 'silent' | 'failing' | 'throttled' | 'busy' | 'gone';

const OF_AWS = ['down', 'silent', 'failing', 'throttled', 'busy'] as const;
/** Faults that each service can have. `shop` and `decider` are the merchant's HTTPS target and decision hook. */
export const FAULTS_OF = {
  sqs: OF_AWS,
  secrets: OF_AWS,
  events: OF_AWS,
  dynamodb: OF_AWS,
  shop: ['down', 'silent', 'failing', 'gone'],
  decider: ['down', 'silent', 'failing'],
} as const satisfies Readonly<Record<string, readonly Fault[]>>;
export type Service = keyof typeof FAULTS_OF;

/** Leaves a request without an answer, or cuts its connection. @returns whether the fault wants that */
export function isUnanswered(fault: Fault | undefined, request: IncomingMessage): boolean {
  if (fault === 'down') request.socket.destroy();
  return fault === 'silent' || fault === 'down';
}

export class Faults {
  readonly #faults = new Map<Service, Fault>();

  constructor(initial: Partial<Readonly<Record<Service, Fault>>> = {}) {
    for (const [service, fault] of Object.entries(initial)) this.set(service as Service, fault);
  }

  /** Undefined: the service works. */
  get(service: Service): Fault | undefined {
    return this.#faults.get(service);
  }

  /** Takes effect on the next request. */
  set(service: Service, fault: Fault | undefined): void {
    if (fault === undefined) this.#faults.delete(service);
    else this.#faults.set(service, fault);
  }
}
