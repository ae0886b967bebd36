/**
 * Sends a question to the merchant's decision hook while the provider waits. The request is signed like an event to an
 * HTTPS target (Standard Webhooks, targets/https.ts). The question's id is the idempotency key, so the question may
 * be sent again.
 */
import type { Question } from '../../providers/question.ts';
import { type SigningKeys, standardWebhook } from '../fulfilment/targets/https.ts';
import type { Clock } from '../ports.ts';

/**
 * The text of a 2xx answer, or why there is none. A missing answer means that the provider asks again; it never means
 * no.
 */
export type HookResponse =
  | { readonly answered: true; readonly text: string }
  | { readonly answered: false; readonly why: 'unreachable' | 'refused' | 'too_long' };

/** Asks one question. Resolves within `patienceMs`, whatever the decision hook does. */
export type Ask = (question: Question, keys: SigningKeys, patienceMs: number) => Promise<HookResponse>;

const MAX_ANSWER_BYTES = 4_096;

/** @param urls the URL for the questions of each account, by the account's name */
export const httpsAsk =
  (urls: Readonly<Record<string, string>>, clock: Clock, send: typeof fetch = fetch): Ask =>
  async (question, keys, patienceMs) => {
    const url = urls[question.account];
    if (url === undefined) return { answered: false, why: 'unreachable' };
    try {
      const body = JSON.stringify(question);
      const response = await send(url, {
        method: 'POST',
        headers: standardWebhook(keys, { id: question.id, body, now: clock() }),
        body,
        // A redirect would send the signed question, with its personal data, to another address.
        redirect: 'manual',
        signal: AbortSignal.timeout(patienceMs),
      });
      const text = await limitedText(response);
      if (!response.ok) return { answered: false, why: 'refused' };
      return text === undefined ? { answered: false, why: 'too_long' } : { answered: true, text };
    } catch {
      // The error may quote the address or the answer, so only the fact is reported.
      return { answered: false, why: 'unreachable' };
    }
  };

async function limitedText({ body }: Response): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body ?? []) {
    bytes += chunk.byteLength;
    // Leaving the loop cancels the rest of the body.
    if (bytes > MAX_ANSWER_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
