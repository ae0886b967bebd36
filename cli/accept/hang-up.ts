/**
 * Sends a whole request and closes the connection before the answer: the shop goes on working, and nobody reads its
 * answer.
 */
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';

interface Outgoing {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export type HangUp = (outgoing: Outgoing) => Promise<void>;

const TIMEOUT_MS = 10_000;

export const hangUp: HangUp = ({ url, headers, body }) =>
  new Promise((done) => {
    const start = url.startsWith('https:') ? httpsRequest : httpRequest;
    const request = start(url, { method: 'POST', headers, timeout: TIMEOUT_MS });
    // "finish": the operating system has the last byte, and still delivers it.
    request.once('finish', () => request.destroy());
    request.once('timeout', () => request.destroy());
    request.once('close', () => done());
    // The cut connection is intended; if the shop cannot be reached, the next request fails.
    request.once('error', () => done());
    request.end(body);
  });
