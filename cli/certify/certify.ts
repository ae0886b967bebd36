/** Evaluates every item for every account: runs proofs, looks up records, lists the rest. */
import type { ProviderName } from '../../shared/payment/types.ts';
import type { Account } from '../../shared/providers/index.ts';
import { addressProofs } from './address.ts';
import { americasProofs } from './americas.ts';
import { type AnswerTimes, answerTimes } from './answer-times.ts';
import { europeProofs } from './europe.ts';
import { type Item, items } from './items.ts';
import { paymentwallProofs } from './paymentwall.ts';
import type { Recorded } from './recorded.ts';
import { redirectProofs } from './redirects.ts';
import type { Bench, Outcome, Proof } from './rig.ts';

export interface Result extends Pick<Item, 'id' | 'kind' | 'asks' | 'source'> {
  /** In addition to a proof's verdicts: `seen` or `missing` in the stack's records; `yours` is for a person. */
  readonly verdict: Outcome['verdict'] | 'seen' | 'missing' | 'yours';
  readonly did: string;
  readonly saw: string;
}

export interface AccountResult {
  readonly account: string;
  readonly url: string;
  readonly results: readonly Result[];
  readonly answers?: AnswerTimes;
}

/** An account with what its evaluation needs. */
export interface Subject {
  readonly bench: Bench;
  /** Durations of the answers so far, in milliseconds. */
  readonly times: readonly number[];
  recorded(): Promise<Recorded>;
}

/** The cast is safe: `items` gives a proof only accounts of its own provider. */
const of = (proofs: Readonly<Record<string, Proof<never>>>) => Object.entries(proofs) as [string, Proof][];

export const proofs: ReadonlyMap<string, Proof> = new Map([
  ...of(addressProofs),
  ...of(americasProofs),
  ...of(redirectProofs),
  ...of(europeProofs),
  ...of(paymentwallProofs),
]);

export const itemsOf = (provider: ProviderName): readonly Item[] =>
  items.filter((item) => item.provider === provider);

export interface Options {
  readonly isLive: boolean;
  readonly only: readonly string[] | undefined;
  readonly notice: (line: string) => void;
}

export const nameOf = ({ provider, account }: Account): string => `${provider}/${account}`;

export async function certifyAccount(subject: Subject, options: Options): Promise<AccountResult> {
  const { bench } = subject;
  const { account, url } = bench;
  const { only } = options;
  const chosen = itemsOf(account.provider).filter(({ id }) => only === undefined || only.includes(id));
  const results: Result[] = [];
  for (const item of chosen) {
    if (item.kind === 'auto') options.notice(`${nameOf(account)} ${item.id}: ${item.asks}`);
    const { id, kind, asks, source } = item;
    results.push({ id, kind, asks, source, ...(await resultOf(item, subject, options)) });
  }
  const answers = answerTimes(subject.times);
  return { account: nameOf(account), url, results, ...(answers === undefined ? {} : { answers }) };
}

type Found = Pick<Result, 'verdict' | 'did' | 'saw'>;

async function resultOf(item: Item, { bench, recorded }: Subject, { isLive }: Options): Promise<Found> {
  const { id, kind, todo = '', readOnly } = item;
  if (kind === 'merchant') return { verdict: 'yours', did: 'nothing: outside this software', saw: todo };
  if (kind === 'shown') return shown(id, todo, await recorded());
  if (isLive && readOnly !== true)
    return { verdict: 'untried', did: 'nothing', saw: 'not in live: it would send payments of nobody' };
  const proof = proofs.get(id);
  if (proof === undefined) throw new Error(`item ${id} has no proof`);
  try {
    return await proof(bench);
  } catch (error) {
    // An error in a proof counts as not passed; the other proofs still run.
    const why = error instanceof Error ? error.message : String(error);
    return { verdict: 'fail', did: 'the proof was begun', saw: why.slice(0, 300) };
  }
}

function shown(id: string, todo: string, { paid, failed, test }: Recorded): Found {
  const did = 'looked at what the stack recorded, payments of this command left out';
  const parts =
    id === 'P6'
      ? [['a test payment', test] as const]
      : [['a success', paid] as const, ['an error', failed] as const];
  const missing = parts.filter(([, seen]) => seen === undefined).map(([what]) => what);
  const seen = parts.map(([what, moment]) => `${what} on ${moment?.slice(0, 10)}`).join(', ');
  return missing.length === 0
    ? { verdict: 'seen', did, saw: `${seen}; a person confirms it` }
    : { verdict: 'missing', did, saw: `${missing.join(' and ')} not seen: ${todo}` };
}
