/**
 * The probe: tries the stack's public address from outside, as a provider would. Something signed must get the provider's
 * exact answer, something forged the exact refusal. What stands in front of the stack (CDN, WAF, another web server) and
 * answers by itself, or changes what is signed, loses every notification while all of the stack's own numbers are well.
 * It moves nothing: intake knows its requests (ProviderProbe) and counts them nowhere.
 */
import type { Environment } from '../../payment/types.ts';
import type { Account, ProviderName, RegisteredProvider } from '../../providers/index.ts';
import type { ProbeRequest, ProviderProbe } from '../../providers/provider.ts';
import type { Answer } from '../../providers/received.ts';
import { correlated } from '../platform/correlation.ts';
import type { Log } from '../platform/log.ts';
import type { Metrics } from '../platform/metrics.ts';
import { accountSecretName, type Secrets } from '../platform/secrets.ts';
import type { Clock } from '../ports.ts';

export interface ProbeDeps {
  readonly accounts: readonly Account[];
  readonly environment: Environment;
  /** Without a slash at its end. */
  readonly publicUrl: string;
  readonly providers: Readonly<Record<ProviderName, RegisteredProvider>>;
  /** What intake says with these, word for word (intake-http.ts). */
  readonly ownAnswers: Readonly<Record<401 | 503, string>>;
  readonly secrets: Secrets;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly fetch?: typeof fetch;
}

export interface Probed {
  readonly sent: number;
  readonly failed: number;
}

/** A provider gives up after three. */
const TIMEOUT_MS = 5_000;
const AT_ONCE = 10;
/** The wrong answer is not read to its end. */
const MAX_ANSWER_CHARS = 4_096;

type Kind = 'signed' | 'forged';
/** What came: an answer, or why there is none. */
type Came = Pick<Answer, 'status' | 'body'> | string;

export function probe(deps: ProbeDeps): Promise<Probed> {
  const now = deps.clock();
  return correlated(`probe-${now}`, async () => {
    const id = String(now).padStart(13, '0').slice(-13);
    const results: boolean[] = [];
    for (let from = 0; from < deps.accounts.length; from += AT_ONCE) {
      const some = deps.accounts.slice(from, from + AT_ONCE);
      results.push(...(await Promise.all(some.map((account) => tryAccount(account, id, deps)))).flat());
    }
    const failed = results.filter((isWell) => !isWell).length;
    // Zero is a value, too: the alarm ends by it, and rings when no run says anything.
    deps.metrics.emit({ ProbesSent: results.length, ProbesFailed: failed });
    return { sent: results.length, failed };
  });
}

/** Of each request that was sent, whether it was answered as the stack answers. */
async function tryAccount(account: Account, id: string, deps: ProbeDeps): Promise<readonly boolean[]> {
  const provider = deps.providers[account.provider];
  const own = provider.probe;
  if (own === undefined) return [];
  let signed: { readonly request: ProbeRequest; readonly answer: Answer } | undefined;
  try {
    signed = await sign(account, { own, provider, id }, deps);
  } catch {
    // It was reported where it was read. Intake cannot read it either, which has an alarm of its own.
    return [];
  }
  const address = deps.publicUrl + own.path(account);
  const forged = await send(address, own.forged(account, id), deps);
  const refusal = { status: 401, body: deps.ownAnswers[401] };
  // Our own 503: intake was reached and cannot read its secret, which rings by itself.
  const isUnavailable = same(forged, { status: 503, body: deps.ownAnswers[503] });
  const results = [isUnavailable || judge(account, 'forged', { came: forged, expected: refusal }, deps)];
  if (signed === undefined) return results;
  const came = await send(address, signed.request, deps);
  return [...results, judge(account, 'signed', { came, expected: signed.answer }, deps)];
}

interface Signing {
  readonly own: ProviderProbe;
  readonly provider: RegisteredProvider;
  readonly id: string;
}

/** Undefined: only the provider can. The secret is read only where it signs. */
async function sign(
  account: Account,
  { own, provider, id }: Signing,
  { secrets, environment }: ProbeDeps,
): Promise<{ readonly request: ProbeRequest; readonly answer: Answer } | undefined> {
  if (own.signed === undefined) return undefined;
  const secret = {
    name: accountSecretName(environment, account),
    parse: (value: unknown) => provider.parseKeys(value, account),
  };
  const keys = await secrets.read(secret, AbortSignal.timeout(TIMEOUT_MS));
  const request = own.signed(account, keys, id);
  return request === undefined ? undefined : { request, answer: provider.accept(undefined, account, keys) };
}

async function send(
  address: string,
  { method, query, headers, body }: ProbeRequest,
  { fetch: get = fetch }: ProbeDeps,
): Promise<Came> {
  try {
    const response = await get(query === '' ? address : `${address}?${query}`, {
      method,
      headers,
      // A redirect is no answer that a provider takes.
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
      ...(body === undefined ? {} : { body }),
    });
    return { status: response.status, body: (await response.text()).slice(0, MAX_ANSWER_CHARS) };
  } catch (error) {
    const cause = error instanceof Error ? (error.cause as NodeJS.ErrnoException | undefined) : undefined;
    return cause?.code ?? (error instanceof Error ? error.name : 'no connection');
  }
}

const same = (came: Came, { status, body }: Pick<Answer, 'status' | 'body'>): boolean =>
  typeof came !== 'string' && came.status === status && came.body === body;

interface Judged {
  readonly came: Came;
  readonly expected: Pick<Answer, 'status' | 'body'>;
}

function judge(
  { provider, account }: Account,
  kind: Kind,
  { came, expected }: Judged,
  { log }: ProbeDeps,
): boolean {
  if (same(came, expected)) return true;
  // Nothing of the answer is repeated: it is anybody's.
  const sentence =
    typeof came === 'string'
      ? `the ${kind} probe got no answer through the public address; ${expected.status} is expected`
      : came.status === expected.status
        ? `the ${kind} probe was answered ${came.status} as expected, with another text than ours: something else answers`
        : `the ${kind} probe was answered ${came.status}; ${expected.status} is expected`;
  const status = typeof came === 'string' ? undefined : String(came.status);
  const reason = typeof came === 'string' ? came : 'other_answer';
  log.error('probe failed', {
    provider,
    account,
    reason,
    sentence,
    ...(status === undefined ? {} : { status }),
  });
  return false;
}
