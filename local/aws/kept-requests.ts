/** The newest requests, unchanged, in memory only; the console shows them and can send them again. */

export interface KeptRequest {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
}

const MAX_REQUESTS = 1_000;
const MAX_BYTES = 32 * 1024 * 1024;

export class KeptRequests {
  readonly #byId = new Map<string, KeptRequest>();
  #bytes = 0;

  keep(requestId: string, request: KeptRequest): void {
    this.#byId.set(requestId, request);
    this.#bytes += request.body.length;
    for (const [oldest, { body }] of this.#byId) {
      if (this.#byId.size <= MAX_REQUESTS && this.#bytes <= MAX_BYTES) return;
      this.#byId.delete(oldest);
      this.#bytes -= body.length;
    }
  }

  get(requestId: string): KeptRequest | undefined {
    return this.#byId.get(requestId);
  }
}
