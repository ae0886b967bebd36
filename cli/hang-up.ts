/** Requests whose answer the sender never gets. */
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';

interface Outgoing {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/**
 * Sends a whole request and closes the connection. `sent`: as soon as the operating system has the last byte, which it
 * still delivers, so that the server works on. `answered`: at the first bytes of the answer.
 */
export type HangUp = (outgoing: Outgoing, at: 'sent' | 'answered') => Promise<void>;

const TIMEOUT_MS = 30_000;

export const hangUp: HangUp = ({ method, url, headers, body }, at) =>
  new Promise((done) => {
    const start = url.startsWith('https:') ? httpsRequest : httpRequest;
    const request = start(url, { method, headers, timeout: TIMEOUT_MS });
    for (const event of [at === 'sent' ? 'finish' : 'response', 'timeout'])
      request.once(event, () => request.destroy());
    request.once('close', () => done());
    // The cut connection is intended; if the server cannot be reached, the next request fails.
    request.once('error', () => done());
    request.end(body);
  });
