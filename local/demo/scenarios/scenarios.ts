/**
 * The notifications that each provider can send, one readable file per provider beside this one. A story is a list of
 * notifications, each the file's `common` fields plus its own; {id}, {order}… are filled in when it is sent.
 */
import type { Sent } from '../sent.ts';
import paymentwall from './paymentwall.json' with { type: 'json' };
import trustlyAmericas from './trustly-americas.json' with { type: 'json' };
import trustlyEurope from './trustly-europe.json' with { type: 'json' };

type Sender = Sent['provider'];
type Fields = Readonly<Record<string, unknown>>;

export interface Scenario {
  /** "paymentwall/regular" */
  readonly name: string;
  readonly provider: Sender;
  readonly says: string;
  readonly send: readonly Fields[];
}

interface ScenarioFile {
  readonly common: Fields;
  readonly stories: Readonly<Record<string, { readonly says: string; readonly send: readonly Fields[] }>>;
}

const FILES: Readonly<Record<Sender, ScenarioFile>> = {
  'trustly-americas': trustlyAmericas,
  'trustly-europe': trustlyEurope,
  paymentwall,
};

export const scenarios: readonly Scenario[] = (Object.keys(FILES) as Sender[]).flatMap((provider) =>
  Object.entries(FILES[provider].stories).map(([story, { says, send }]) => ({
    ...{ name: `${provider}/${story}`, provider, says },
    send: send.map((fields) => ({ ...FILES[provider].common, ...fields })),
  })),
);

/** The values of {…}. */
export interface Blanks {
  /** The payment's id: the same in every notification of a story. */
  readonly id: string;
  readonly order: string;
  /** The notification's own id. */
  readonly notification: string;
  readonly now: number;
}

/** The notification in the provider's own form. @param set fields that replace the story's */
export function filled(provider: Sender, fields: Fields, set: Fields, blanks: Blanks): Sent {
  const all = fill({ ...fields, ...set }, blanks);
  if (provider === 'trustly-europe') {
    const { method, ...data } = all;
    return { provider, method: String(method), data };
  }
  const texts = Object.entries(all).map(([name, value]): [string, string] => [name, String(value)]);
  return provider === 'paymentwall'
    ? { provider, params: texts }
    : { provider, fields: Object.fromEntries(texts) };
}

function fill(fields: Fields, { id, order, notification, now }: Blanks): Fields {
  const time = new Date(now).toISOString().replace('T', ' ').replace('Z', '+00');
  const words: Readonly<Record<string, string>> = { id, order, notification, now: String(now), time };
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      typeof value === 'string'
        ? value.replace(/\{(\w+)\}/g, (blank, word: string) => words[word] ?? blank)
        : value,
    ]),
  );
}
