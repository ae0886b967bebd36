/**
 * What a request says: the event, the amount, the payment and the order that its text names. Of a request that was refused
 * the text is anybody's: it is read by the provider's own parser, cut short, without control characters, and never stored.
 */
import { isDenied } from '../../cli/problem.ts';
import type { Answered } from '../../cli/requests/answers.ts';
import type { KeptRequest } from '../../local/aws/kept-requests.ts';
import { findAccount } from '../../shared/app/platform/config.ts';
import { defined } from '../../shared/payment/defined.ts';
import { parsePaymentKey } from '../../shared/payment/index.ts';
import type { NormalizedEvent } from '../../shared/payment/types.ts';
import { type Account, providers } from '../../shared/providers/index.ts';
import type { RequestSaid, SettledAs } from '../contract.ts';
import type { Backend, TextSaid } from './backend.ts';

const MOST_CHARACTERS = 80;
/** Control characters, and those that turn the direction of what stands beside them. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: exactly those are taken out
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

function plain(text: string | undefined): string | undefined {
  const clean = text?.replaceAll(UNPRINTABLE, '').trim() ?? '';
  if (clean === '') return undefined;
  return clean.length > MOST_CHARACTERS ? `${clean.slice(0, MOST_CHARACTERS)}…` : clean;
}

/** Undefined: no message that this provider sends. */
export function saidIn({ method, target, body }: KeptRequest, account: Account): TextSaid | undefined {
  const provider = providers[account.provider];
  if (method !== provider.method) return undefined;
  const message = method === 'GET' ? target.split('?').slice(1).join('?') : body.toString('utf8');
  let event: NormalizedEvent;
  try {
    event = provider.normalize(provider.parse(message, account), account);
  } catch {
    // Not readable: nobody's mistake but the sender's, and what it is stands in the reason of the answer.
    return undefined;
  }
  const amounts = Object.values(event.facts).flatMap(({ amounts: some }) => some);
  const reference = event.aliases.find(({ type }) => type === 'reference')?.value;
  const said = defined({
    event: plain(event.details.eventType),
    amount: plain(amounts[0]?.replace(/ XXX$/, '')),
    id: plain(event.subject?.id),
    order: plain(reference),
  });
  return Object.keys(said).length === 0 ? undefined : said;
}

interface Told {
  readonly said?: RequestSaid;
  readonly settledAs?: SettledAs;
  readonly payment?: string;
}

/** What is known of requests since a time; the worker's log is read once for all of them. */
export async function teller(backend: Backend, since: number): Promise<(answered: Answered) => Told> {
  const { connection, local } = backend;
  const settled = await backend.settled(since).catch((error: unknown) => {
    // Who may not read the worker's log sees the requests without what became of them.
    if (isDenied(error)) return [];
    throw error;
  });
  const byRequest = new Map(settled.map((each) => [each.requestId, each]));
  return ({ requestId, status, explained, settled: own = byRequest.get(requestId) }) => {
    const account = findAccount(
      connection.config.accounts,
      explained?.provider ?? '',
      explained?.account ?? '',
    );
    const text = account === undefined ? undefined : local?.said(requestId, account);
    const id = text?.id ?? (own?.payment === undefined ? undefined : parsePaymentKey(own.payment).id);
    const said = { ...text, ...defined({ id }) };
    return {
      ...(Object.keys(said).length === 0 ? {} : { said: { ...said, verified: status.startsWith('2') } }),
      ...defined({ settledAs: own?.as, payment: own?.payment }),
    };
  };
}
