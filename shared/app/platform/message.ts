/** What a message shows of itself without being opened, and what its sealed texts are bound to. */

/** What an envelope says of itself; never `sealed` or `splitToken`. */
export type Described = Readonly<Record<string, string | number>>;

/** An allow-list, so that a field of tomorrow is not shown by accident. */
const DESCRIBED_FIELDS = [
  'version',
  'kind',
  'correlationId',
  'provider',
  'account',
  'receivedAt',
  'keyId',
  'variant',
  'digest',
  'quarantine',
  'payment',
  'effect',
  'also',
  'cause',
] as const;
/** Ours are far shorter; a message that is not ours may hold anything. */
const MAX_DESCRIBED_CHARS = 200;

/** Whose message it is, also when it can't be read otherwise: for an operator, in clear. */
export function describedOf(body: string): Described {
  let fields: unknown;
  try {
    fields = JSON.parse(body);
  } catch {
    return {};
  }
  if (typeof fields !== 'object' || fields === null) return {};
  return Object.fromEntries(
    DESCRIBED_FIELDS.flatMap((name) => {
      const value = (fields as Readonly<Record<string, unknown>>)[name];
      const isShown =
        typeof value === 'number' || (typeof value === 'string' && value.length <= MAX_DESCRIBED_CHARS);
      return isShown ? [[name, value] as const] : [];
    }),
  );
}

/** What the sealed texts are bound to, see seal.ts: one can't be put in another's place. */
export const notificationContext = (provider: string, account: string, digest: string): string =>
  `notification/${provider}/${account}/${digest}`;
export const parkedContext = (queue: string, digest: string): string => `parked/${queue}/${digest}`;
