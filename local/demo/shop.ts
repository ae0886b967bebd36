/**
 * The demo shop: the merchant's side. Receives events from the bus or at an HTTPS-style endpoint (Standard Webhooks),
 * and stores them. It uses the idempotency key: a copy is counted, not stored.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { appendFileSync, readFileSync } from 'node:fs';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { type Fault, type Faults, isUnanswered } from '../aws/faults.ts';
import { bodyOf } from '../aws/json-protocol.ts';
import { privateFile } from '../data-folder.ts';
import { type Json, object } from '../template/resolve.ts';

/** One event as the shop stored it. */
export interface Fulfilment {
  /** The idempotency key: the effect's id. */
  readonly id: string;
  readonly type: string;
  readonly payment: string;
  readonly orderReference?: string;
  readonly status?: string;
  readonly via: 'bus' | 'endpoint';
  /** How often the event arrived; more than 1 means a repeated delivery that the shop ignored. */
  readonly copies: number;
  /** ISO 8601, of the first copy. */
  readonly receivedAt: string;
  readonly event: Json;
}

export interface ShopOptions {
  readonly faults: Faults;
  /** The file that stores received events (one JSON object per line); absent: they are only kept in memory. */
  readonly file?: string | undefined;
  /** The current texts of the endpoint's signing secret ("whsec_…"); a request must be signed with one of them. */
  signingSecrets?(): readonly string[];
}

export class Shop {
  readonly #byId = new Map<string, Fulfilment>();
  readonly #options: ShopOptions;
  #refused = 0;

  constructor(options: ShopOptions) {
    this.#options = options;
    if (options.file === undefined) return;
    for (const line of readFileSync(privateFile(options.file), 'utf8').split('\n')) {
      if (line !== '') this.#remember(JSON.parse(line) as Fulfilment);
    }
  }

  /** Every event received, oldest first. */
  list(): readonly Fulfilment[] {
    return [...this.#byId.values()];
  }

  /** Number of requests without a valid signature. */
  get refused(): number {
    return this.#refused;
  }

  receive(event: Json, via: Fulfilment['via']): void {
    const { id, type, payment, orderReference, status } = object(event);
    const fulfilment: Fulfilment = {
      id: String(id),
      type: String(type),
      payment: String(payment),
      ...(typeof orderReference === 'string' ? { orderReference } : {}),
      ...(typeof status === 'string' ? { status } : {}),
      via,
      copies: 1,
      receivedAt: new Date().toISOString(),
      event,
    };
    // Written first: if this fails, the event counts as not received and comes again.
    if (this.#options.file !== undefined) {
      appendFileSync(this.#options.file, `${JSON.stringify(fulfilment)}\n`);
    }
    this.#remember(fulfilment);
  }

  /** The shop's own endpoint, for the HTTPS target. */
  get listener(): RequestListener {
    return (request, response) => {
      bodyOf(request)
        .then((body) => this.take(request, body, response))
        .catch(() => response.destroy());
    };
  }

  /** Handles one request whose body is already read. */
  take(request: IncomingMessage, body: Buffer, response: ServerResponse): void {
    const fault = this.#options.faults.get('shop');
    if (!isUnanswered(fault, request))
      response.writeHead(statusOf(fault) ?? this.#taken(request, body)).end();
  }

  /** The status code of the answer. */
  #taken(request: IncomingMessage, body: Buffer): number {
    const secrets = this.#options.signingSecrets?.() ?? [];
    if (!secrets.some((secret) => isSigned(request, body, secret))) {
      this.#refused += 1;
      return 401;
    }
    this.receive(JSON.parse(body.toString('utf8')) as Json, 'endpoint');
    return 204;
  }

  #remember(fulfilment: Fulfilment): void {
    const known = this.#byId.get(fulfilment.id);
    this.#byId.set(
      fulfilment.id,
      known === undefined ? fulfilment : { ...known, copies: known.copies + fulfilment.copies },
    );
  }
}

const statusOf = (fault: Fault | undefined): number | undefined =>
  fault === 'gone' ? 410 : fault === undefined ? undefined : 500;

/** Standard Webhooks: HMAC-SHA256 over "id.timestamp.body"; the header may hold several signatures. */
export function isSigned(request: IncomingMessage, body: Buffer, secret: string): boolean {
  const id = request.headers['webhook-id'];
  const timestamp = request.headers['webhook-timestamp'];
  const signatures = String(request.headers['webhook-signature'] ?? '').split(' ');
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const expected = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest();
  return signatures.some((signature) => {
    const given = Buffer.from(signature.replace(/^v1,/, ''), 'base64');
    return given.length === expected.length && timingSafeEqual(given, expected);
  });
}
