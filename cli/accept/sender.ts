/** Sends events to a shop as Payhooks' HTTPS target does, and in the ways that go wrong in the field. */
import { type SigningKeys, standardWebhook } from '../../shared/app/fulfilment/targets/https.ts';

export interface AcceptEvent {
  readonly id: string;
  readonly type: string;
  readonly [field: string]: unknown;
}

/** What the shop answered: a status, or nothing. */
export type Answered = number | 'none';

interface SendOptions {
  /** Seconds by which the signature's time stamp is off. */
  readonly ageSeconds?: number;
  /** Signed by a key that the shop does not have. */
  readonly forged?: boolean;
  /** One character of the body is changed after it was signed. */
  readonly altered?: boolean;
  /** The sender goes away once the shop has had the request. */
  readonly answerLost?: boolean;
}

export interface Sender {
  send(event: AcceptEvent, options?: SendOptions): Promise<Answered>;
}

const TIMEOUT_MS = 10_000;

export interface SenderOptions {
  readonly url: string;
  readonly keys: SigningKeys;
  readonly forgedKeys: SigningKeys;
  readonly now: () => number;
  readonly fetch: typeof fetch;
}

export const sender = ({ url, keys, forgedKeys, now, fetch: send }: SenderOptions): Sender => ({
  async send(event, { ageSeconds = 0, forged = false, altered = false, answerLost = false } = {}) {
    const body = JSON.stringify(event);
    const at = now() - ageSeconds * 1_000;
    const headers = standardWebhook(forged ? forgedKeys : keys, { id: event.id, body, now: at });
    const sent = altered ? body.replace('"902.50"', '"902.51"') : body;
    try {
      const response = await send(url, {
        method: 'POST',
        headers,
        body: sent,
        redirect: 'manual',
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      await response.body?.cancel();
      // The shop has done its part; whoever sent it never learns so.
      return answerLost ? 'none' : response.status;
    } catch {
      return 'none';
    }
  },
});

export const isTaken = (answered: Answered): boolean =>
  typeof answered === 'number' && answered >= 200 && answered < 300;
export const isRefused = (answered: Answered): boolean =>
  typeof answered === 'number' && answered >= 400 && answered < 500;
