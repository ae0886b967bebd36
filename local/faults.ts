/** Failures that tests switch on: what a handler does when a service is down or doesn't answer. */

/** down: connections are cut · silent: requests are never answered · failing: answered with a server error. */
export type Fault = 'down' | 'silent' | 'failing';

export const SERVICES = ['sqs', 'secrets', 'events', 'dynamodb', 'shop', 'decider'] as const;
export type Service = (typeof SERVICES)[number];

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
