/**
 * The gateway's access log: the newest requests, with the members that a deployed gateway writes
 * (infra/constructs/http-api.ts), and what intake logged about the same request.
 */
import type { LoggedDuration, LoggedOutcome, LoggedRequest } from '../../shared/app/http/request-log.ts';
import { defined } from '../../shared/payment/defined.ts';

export interface AccessEntry {
  readonly requestId: string;
  /** Milliseconds since 1970, as text, because `$context` holds only texts. */
  readonly time: string;
  readonly route: string;
  readonly method: string;
  readonly status: string;
  /** Personal data. */
  readonly sourceIp: string;
}

/** A deployed access log lacks these members; they are in the functions' own logs. */
export type ExplainedEntry = AccessEntry & {
  readonly explained?: LoggedRequest;
  readonly ms?: number;
  readonly settled?: LoggedOutcome;
};

const MAX_ENTRIES = 10_000;

export class AccessLog {
  readonly #entries: AccessEntry[] = [];
  readonly #explained = new Map<string, LoggedRequest>();
  readonly #waiting = new Map<string, (explained: LoggedRequest) => void>();
  readonly #durations = new Map<string, number>();
  readonly #settled = new Map<string, LoggedOutcome>();
  readonly #unsettled = new Map<string, (settled: LoggedOutcome) => void>();

  add(entry: AccessEntry): void {
    this.#entries.push(entry);
    if (this.#entries.length > MAX_ENTRIES) this.#forget(this.#entries.shift());
  }

  /** A function's log line may arrive before or after the answer that it explains. */
  explain(explained: LoggedRequest): void {
    const { requestId } = explained;
    this.#explained.set(requestId, explained);
    this.#waiting.get(requestId)?.(explained);
    this.#waiting.delete(requestId);
  }

  /** Duration as intake measured it. */
  took({ requestId, ms }: LoggedDuration): void {
    this.#durations.set(requestId, ms);
  }

  /**
   * Records what the worker did with its notification; a queue may deliver a message twice, and the first result stays.
   */
  settle(settled: LoggedOutcome): void {
    const { requestId } = settled;
    if (this.#settled.has(requestId)) return;
    this.#settled.set(requestId, settled);
    this.#unsettled.get(requestId)?.(settled);
    this.#unsettled.delete(requestId);
  }

  /** Resolves when it is known; never for a request that no worker gets. */
  settlementOf(requestId: string): Promise<LoggedOutcome> {
    const known = this.#settled.get(requestId);
    if (known !== undefined) return Promise.resolve(known);
    return new Promise((resolve) => this.#unsettled.set(requestId, resolve));
  }

  /** Resolves when the explanation is known; never for a request that no intake function answered. */
  explanationOf(requestId: string): Promise<LoggedRequest> {
    const known = this.#explained.get(requestId);
    if (known !== undefined) return Promise.resolve(known);
    return new Promise((resolve) => this.#waiting.set(requestId, resolve));
  }

  /** Oldest first. */
  list(): readonly ExplainedEntry[] {
    return this.#entries.map((entry) => {
      const explained = this.#explained.get(entry.requestId);
      const ms = this.#durations.get(entry.requestId);
      const settled = this.#settled.get(entry.requestId);
      return { ...entry, ...defined({ explained, ms, settled }) };
    });
  }

  #forget(entry: AccessEntry | undefined): void {
    if (entry === undefined) return;
    this.#explained.delete(entry.requestId);
    this.#waiting.delete(entry.requestId);
    this.#durations.delete(entry.requestId);
    this.#settled.delete(entry.requestId);
    this.#unsettled.delete(entry.requestId);
  }
}
