/**
 * The content of a request: the event, the amount, the payment and the order that its text names. Anybody may have
 * written the text of a refused request: the provider's own parser reads it, and the values are shortened, stripped of
 * control characters, and never stored.
 */
import type { Answered } from '../../cli/requests/answers.ts';
import type { KeptRequest } from '../../local/aws/kept-requests.ts';
import { findAccount } from '../../shared/app/platform/config.ts';
import { defined } from '../../shared/payment/defined.ts';
import { parsePaymentKey } from '../../shared/payment/index.ts';
import type { NormalizedEvent } from '../../shared/payment/types.ts';
import { type Account, providers } from '../../shared/providers/index.ts';
import type { RequestSummary, SettledAs } from '../contract.ts';
import type { Backend, TextSummary } from './backend.ts';
import { unlessDenied } from './unless-denied.ts';

const MOST_CHARACTERS = 80;
/** Control characters, and characters that change the direction of the text beside them. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: exactly those are taken out
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

function plain(text: string | undefined): string | undefined {
  const clean = text?.replaceAll(UNPRINTABLE, '').trim() ?? '';
  if (clean === '') return undefined;
  return clean.length > MOST_CHARACTERS ? `${clean.slice(0, MOST_CHARACTERS)}…` : clean;
}

/** Undefined when it is not a message of this provider. */
export function summaryIn({ method, target, body }: KeptRequest, account: Account): TextSummary | undefined {
  const provider = providers[account.provider];
  if (method !== provider.method) return undefined;
  const message = method === 'GET' ? target.split('?').slice(1).join('?') : body.toString('utf8');
  let event: NormalizedEvent;
  try {
    event = provider.normalize(provider.parse(message, account), account);
  } catch {
    // Unreadable text is the sender's fault; the reason of the answer describes it.
    return undefined;
  }
  const amounts = Object.values(event.facts).flatMap(({ amounts: some }) => some);
  const reference = event.aliases.find(({ type }) => type === 'reference')?.value;
  const summary = defined({
    event: plain(event.details.eventType),
    amount: plain(amounts[0]?.replace(/ XXX$/, '')),
    id: plain(event.subject?.id),
    order: plain(reference),
  });
  return Object.keys(summary).length === 0 ? undefined : summary;
}

interface Described {
  readonly summary?: RequestSummary;
  readonly settledAs?: SettledAs;
  readonly payment?: string;
}

/**
 * Returns a function that describes a request; the worker's log is read once for all since that time.
 */
export async function describer(backend: Backend, since: number): Promise<(answered: Answered) => Described> {
  const { connection, local } = backend;
  const settled = await unlessDenied(backend.settled(since), []);
  const byRequest = new Map(settled.map((each) => [each.requestId, each]));
  return ({ requestId, status, explained, settled: own = byRequest.get(requestId) }) => {
    const { provider = '', account: name = '' } = explained ?? {};
    const account = findAccount(connection.config.accounts, provider, name);
    const text = account === undefined ? undefined : local?.summary(requestId, account);
    const id = text?.id ?? (own?.payment === undefined ? undefined : parsePaymentKey(own.payment).id);
    const summary = { ...text, ...defined({ id }) };
    return {
      ...(Object.keys(summary).length === 0
        ? {}
        : { summary: { ...summary, verified: status.startsWith('2') } }),
      ...defined({ settledAs: own?.as, payment: own?.payment }),
    };
  };
}
