/** Evaluates every item for every account: runs proofs, looks up records, lists the rest. */
import { defined } from '../../shared/payment/defined.ts';
import type { ProviderName } from '../../shared/payment/types.ts';
import { accountName } from '../names.ts';
import { errorText } from '../problem.ts';
import { addressProofs } from './address.ts';
import { americasProofs } from './americas.ts';
import { type AnswerTimes, answerTimes } from './answer-times.ts';
import { europeProofs } from './europe.ts';
import { type Item, items, READ_ONLY } from './items.ts';
import { paymentwallProofs } from './paymentwall.ts';
import type { Recorded } from './recorded.ts';
import { redirectProofs } from './redirects.ts';
import { type Bench, Findings, notTried, type Outcome, type Proof } from './rig.ts';

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
export const proofs: ReadonlyMap<string, Proof> = new Map(
  Object.entries({
    ...addressProofs,
    ...americasProofs,
    ...redirectProofs,
    ...europeProofs,
    ...paymentwallProofs,
  }) as [string, Proof<never>][] as [string, Proof][],
);

export const itemsOf = (provider: ProviderName): readonly Item[] =>
  items.filter((item) => item.provider === provider);

export interface Options {
  readonly isLive: boolean;
  readonly only: readonly string[] | undefined;
  readonly notice: (line: string) => void;
}

export async function certifyAccount(subject: Subject, options: Options): Promise<AccountResult> {
  const { account, url } = subject.bench;
  const { only } = options;
  const chosen = itemsOf(account.provider).filter(({ id }) => only === undefined || only.includes(id));
  const results: Result[] = [];
  for (const item of chosen) {
    if (item.kind === 'auto') options.notice(`${accountName(account)} ${item.id}: ${item.asks}`);
    const { id, kind, asks, source } = item;
    results.push({ id, kind, asks, source, ...(await resultOf(item, subject, options)) });
  }
  const answers = answerTimes(subject.times);
  return { account: accountName(account), url, results, ...defined({ answers }) };
}

type Found = Pick<Result, 'verdict' | 'did' | 'saw'>;

async function resultOf(item: Item, { bench, recorded }: Subject, { isLive }: Options): Promise<Found> {
  const { id, kind, todo = '' } = item;
  if (kind === 'merchant') return { verdict: 'yours', did: 'nothing: it is outside Payhooks', saw: todo };
  if (kind === 'shown') return recordedResult(id, todo, await recorded());
  if (isLive && !READ_ONLY.has(id)) return notTried('it would send test payments, which live must not get');
  const proof = proofs.get(id);
  if (proof === undefined) throw new Error(`item ${id} has no proof`);
  try {
    return await proof(bench, new Findings());
  } catch (error) {
    // An error in a proof counts as not passed; the other proofs still run.
    return {
      verdict: 'fail',
      did: 'started the proof, which ended with an error',
      saw: errorText(error).slice(0, 300),
    };
  }
}

function recordedResult(id: string, todo: string, { paid, failed, test }: Recorded): Found {
  const did = 'read the recorded payments, without those of this command';
  const parts =
    id === 'P6'
      ? [['a test payment', test] as const]
      : [['a success', paid] as const, ['an error', failed] as const];
  const missing = parts.filter(([, seen]) => seen === undefined).map(([what]) => what);
  const seen = parts.map(([what, moment]) => `${what} on ${moment?.slice(0, 10)}`).join(', ');
  return missing.length === 0
    ? { verdict: 'seen', did, saw: `${seen}; a person must confirm it` }
    : { verdict: 'missing', did, saw: `${missing.join(' and ')} not recorded: ${todo}` };
}
