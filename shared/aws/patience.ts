/** The time limits of calls to AWS, and the number of attempts. */

export interface Patience {
  readonly connectionTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly attempts: number;
}

/** Inside a request: both attempts and the pause between them fit into intake's 2.5 s. */
export const REQUEST_PATIENCE: Patience = { connectionTimeoutMs: 500, requestTimeoutMs: 1_000, attempts: 2 };
/** For the table, inside a request that also asks the merchant (withdrawal-kyc-answers.ts). */
export const DECISION_PATIENCE: Patience = { connectionTimeoutMs: 250, requestTimeoutMs: 350, attempts: 2 };
/** In a worker, where the queue retries anyway. */
export const WORKER_PATIENCE: Patience = { connectionTimeoutMs: 1_000, requestTimeoutMs: 3_000, attempts: 3 };

/** The most connections that a client keeps to one host. */
export const MAX_SOCKETS = 25;
