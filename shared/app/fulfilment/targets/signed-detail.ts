/**
 * The signature inside an event on the bus. A bus accepts events from every principal that its policy allows, and
 * forwards JSON, not bytes. The signed text is therefore the event's canonical text (members sorted by name at every
 * level, no white space), signed as Standard Webhooks signs a body. The member `signature` contains the headers that an
 * HTTPS endpoint would receive.
 */
import { canonicalText } from '../../../payment/index.ts';
import { UnusableSecretError } from '../../../providers/provider.ts';
import { parseSigningKeys, type SigningKeys, standardWebhook } from './https.ts';
import type { Deliverable } from './target.ts';

/** The form of a key that the stack generates: letters and digits, which are the base64 of 48 bytes. */
const GENERATED = /^[A-Za-z0-9]{64}$/;

/** Like parseSigningKeys, but a key that the stack generated has no prefix "whsec_". @throws UnusableSecretError */
export function parseBusKeys(secret: unknown): SigningKeys {
  if (typeof secret !== 'object' || secret === null)
    throw new UnusableSecretError('target: the secret is not an object');
  const named = Object.entries(secret).map(([name, text]) => [
    name,
    typeof text === 'string' && GENERATED.test(text) ? `whsec_${text}` : text,
  ]);
  return parseSigningKeys(Object.fromEntries(named));
}

/** The event's canonical text with its signature. @param now the sender's clock, in milliseconds */
export function signedDetail(
  event: Deliverable,
  keys: SigningKeys,
  { now, webhookId }: { readonly now: number; readonly webhookId?: string | undefined },
): string {
  const body = canonicalText(event);
  const headers = standardWebhook(keys, { id: event.id, webhookId, body, now });
  const signature = Object.fromEntries(
    ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) => [name, headers[name]]),
  );
  return JSON.stringify({ ...(JSON.parse(body) as object), signature });
}
