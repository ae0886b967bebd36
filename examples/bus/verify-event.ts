/**
 * Verifies an event of the bus `payhooks-<environment>`: copy it into your rule's target. `secrets`: each "whsec_" and
 * the text under `current` (and `next`) of the secret payhooks/<environment>/target.
 *
 * No age is refused: a rule's target may get an event a day late, and an archive replays it months later. What is done
 * once is decided by the event's `id`.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

const sorted = (value: unknown): unknown => {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(sorted);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([name, inner]) => [name, sorted(inner)]));
};

/** @param detail `detail` of what EventBridge hands over */
export function isOurs(detail: object, secrets: readonly string[]): boolean {
  const { signature, ...event } = detail as { readonly signature?: Readonly<Record<string, string>> };
  if (typeof signature !== 'object' || signature === null) return false;
  const text = `${signature['webhook-id']}.${signature['webhook-timestamp']}.${JSON.stringify(sorted(event))}`;
  const given = String(signature['webhook-signature']).split(' ');
  return secrets.some((secret) => {
    const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
    const own = Buffer.from(`v1,${createHmac('sha256', key).update(text).digest('base64')}`);
    return given.some((each) => {
      const theirs = Buffer.from(each);
      return theirs.length === own.length && timingSafeEqual(theirs, own);
    });
  });
}
