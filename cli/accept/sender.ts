/** Sends events to a shop as Payhooks' HTTPS target does, and in ways that go wrong in production. */
import { type SigningKeys, standardWebhook } from '../../shared/app/fulfilment/targets/https.ts';
import type { HangUp } from '../hang-up.ts';

export interface AcceptEvent {
  readonly id: string;
  readonly type: string;
  readonly [field: string]: unknown;
}

/** The shop's answer: a status code, or 'none'. */
export type Answered = number | 'none';

interface SendOptions {
  /** Age of the signature's time stamp, in seconds. */
  readonly ageSeconds?: number;
  /** Signed by a key that the shop does not have. */
  readonly forged?: boolean;
  /** One character of the body is changed after it was signed. */
  readonly altered?: boolean;
  /**
   * The sender does not get the answer. `unread`: the shop has answered. `hung-up`: the connection is closed while the
   * shop works; some servers report that to the handler as a cancellation.
   */
  readonly answerLost?: 'unread' | 'hung-up';
}

export interface Sender {
  send(event: AcceptEvent, options?: SendOptions): Promise<Answered>;
  /** Waits before the next attempt: a shop that handles a copy needs a moment. */
  pause(attempt: number): Promise<void>;
}

const TIMEOUT_MS = 10_000;

export interface SenderOptions {
  readonly url: string;
  readonly keys: SigningKeys;
  readonly forgedKeys: SigningKeys;
  readonly now: () => number;
  readonly fetch: typeof fetch;
  readonly hangUp: HangUp;
  readonly sleep: (ms: number) => Promise<unknown>;
}

const FIRST_PAUSE_MS = 100;

export const sender = ({
  url,
  keys,
  forgedKeys,
  now,
  fetch: send,
  hangUp,
  sleep,
}: SenderOptions): Sender => ({
  async pause(attempt) {
    await sleep(FIRST_PAUSE_MS * 2 ** attempt);
  },
  async send(event, { ageSeconds = 0, forged = false, altered = false, answerLost } = {}) {
    const body = JSON.stringify(event);
    const at = now() - ageSeconds * 1_000;
    const headers = standardWebhook(forged ? forgedKeys : keys, { id: event.id, body, now: at });
    const sent = altered ? body.replace('"902.50"', '"902.51"') : body;
    if (answerLost === 'hung-up') {
      await hangUp({ method: 'POST', url, headers, body: sent }, 'sent');
      return 'none';
    }
    try {
      const response = await send(url, {
        method: 'POST',
        headers,
        body: sent,
        redirect: 'manual',
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      await response.body?.cancel();
      return answerLost === undefined ? response.status : 'none';
    } catch {
      return 'none';
    }
  },
});

export const isTaken = (answered: Answered): boolean =>
  typeof answered === 'number' && answered >= 200 && answered < 300;
export const isRefused = (answered: Answered): boolean =>
  typeof answered === 'number' && answered >= 400 && answered < 500;
