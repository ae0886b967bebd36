/**
 * One `payhooks listen`, as the local stack sees it: a request that stays open. Its answer is a stream of JSON lines,
 * one per delivery; it ends when the connection ends in any way.
 */
import type { ServerResponse } from 'node:http';
import { type Json, object } from '../template/resolve.ts';
import { takes } from './events.ts';
import type { Outcome } from './forward.ts';
import { whyNotForwardable } from './loopback.ts';

/** What `payhooks listen` prints about one delivery. */
export type ListenedDelivery = Outcome & {
  /** ISO 8601. */
  readonly at: string;
  readonly id: string;
  readonly type: string;
  readonly payment?: string;
  /** Undefined without an answer. */
  readonly status?: number;
  readonly failure?: string;
  readonly ms: number;
  readonly attempt: number;
  /** The event as it was sent. */
  readonly event: Json;
};

export interface Wish {
  readonly forwardTo: string;
  readonly events?: readonly string[];
}

/** Without deliveries, an empty line per interval shows that the stack is still there. */
const HEARTBEAT_MS = 15_000;

/** @returns a sentence when the body is not valid */
export function wishFrom(body: Buffer): Wish | string {
  let value: Json;
  try {
    value = JSON.parse(body.toString('utf8')) as Json;
  } catch {
    return 'the body is not JSON';
  }
  const { forwardTo, events } = object(value);
  if (typeof forwardTo !== 'string') return 'forwardTo is missing';
  const why = whyNotForwardable(forwardTo);
  if (why !== undefined) return `forwardTo: ${why}`;
  if (events === undefined) return { forwardTo };
  if (!Array.isArray(events) || !events.every((pattern) => typeof pattern === 'string')) {
    return 'events: expected a list of texts';
  }
  return { forwardTo, events };
}

export class Listening {
  readonly forwardTo: string;
  readonly wants: (type: string) => boolean;
  /** Resolves when the connection has ended. */
  readonly ended: Promise<void>;
  readonly #response: ServerResponse;

  constructor({ forwardTo, events }: Wish, response: ServerResponse) {
    this.forwardTo = forwardTo;
    this.wants = takes(events);
    this.#response = response;
    this.ended = new Promise((resolve) => response.once('close', () => resolve()));
  }

  /** Sends the headers; from then on the client may rely on getting deliveries. */
  begin(): void {
    if (this.#response.destroyed) return;
    this.#response.writeHead(200, { 'content-type': 'application/x-ndjson', 'cache-control': 'no-store' });
    this.#response.write('\n');
    const heartbeat = setInterval(() => this.#response.write('\n'), HEARTBEAT_MS);
    heartbeat.unref();
    void this.ended.then(() => clearInterval(heartbeat));
  }

  show(delivery: ListenedDelivery): void {
    if (!this.#response.destroyed) this.#response.write(`${JSON.stringify(delivery)}\n`);
  }
}
