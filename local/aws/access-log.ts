/** The gateway's access log: the newest requests, with the members that a deployed gateway writes (infra/constructs/http-api.ts). */

export interface AccessEntry {
  readonly requestId: string;
  /** Milliseconds since 1970, as a text: `$context` gives nothing else. */
  readonly time: string;
  readonly route: string;
  readonly method: string;
  readonly status: string;
  /** Personal data. */
  readonly sourceIp: string;
}

const MAX_ENTRIES = 10_000;

export class AccessLog {
  readonly #entries: AccessEntry[] = [];

  add(entry: AccessEntry): void {
    this.#entries.push(entry);
    if (this.#entries.length > MAX_ENTRIES) this.#entries.shift();
  }

  /** Oldest first. */
  list(): readonly AccessEntry[] {
    return this.#entries;
  }
}
