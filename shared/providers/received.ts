/** One HTTP request of a provider, and its answer. */

/** One HTTP request as it was received. `headers` have lower-case names; `rawQuery` and `body` are unchanged. */
export interface ReceivedRequest {
  readonly method: string;
  readonly rawQuery: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  readonly sourceIp: string;
}

export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}
