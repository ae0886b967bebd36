/**
 * The probe: tests the stack's public address from outside, like a provider. A signed request must get the provider's
 * exact answer, a forged one the exact refusal. If a CDN, WAF or other web server in front of the stack answers by
 * itself, or changes signed content, every notification is lost while all of the stack's own metrics look normal. The
 * probe changes nothing: intake recognizes its requests (ProviderProbe) and does not count them.
 */

import { defined } from '../../payment/defined.ts';
import type { Environment } from '../../payment/types.ts';
import type { Account, ProviderName, RegisteredProvider } from '../../providers/index.ts';
import type { ProbeRequest, ProviderProbe } from '../../providers/provider.ts';
import type { Answer } from '../../providers/received.ts';
import { correlated } from '../platform/correlation.ts';
import { accountSecretName, type Secrets } from '../platform/secrets.ts';
import type { Telemetry } from '../platform/telemetry.ts';

export interface ProbeDeps extends Telemetry {
  readonly accounts: readonly Account[];
  readonly environment: Environment;
  /** The stack's public URL, without a slash at its end. */
  readonly publicUrl: string;
  readonly providers: Readonly<Record<ProviderName, RegisteredProvider>>;
  /** The exact texts of intake's answers with these statuses (intake-http.ts). */
  readonly ownAnswers: Readonly<Record<401 | 503, string>>;
  readonly secrets: Secrets;
  readonly fetch?: typeof fetch;
}

export interface Probed {
  readonly sent: number;
  readonly failed: number;
}

/** A provider gives up after three seconds. */
const TIMEOUT_MS = 5_000;
const AT_ONCE = 10;
/** A wrong answer is not read to its end. */
const MAX_ANSWER_CHARS = 4_096;

type Kind = 'signed' | 'forged';
/** The result of a request: an answer, or why there is none. */
type ProbeResponse = Pick<Answer, 'status' | 'body'> | string;

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
    // Zero is sent as well: it ends the alarm, which is also raised if no run reports.
    deps.metrics.emit({ ProbesSent: results.length, ProbesFailed: failed });
    return { sent: results.length, failed };
  });
}

/** For each request that was sent: whether it got the stack's own answer. */
async function tryAccount(account: Account, id: string, deps: ProbeDeps): Promise<readonly boolean[]> {
  const provider = deps.providers[account.provider];
  const own = provider.probe;
  if (own === undefined) return [];
  let signed: { readonly request: ProbeRequest; readonly answer: Answer } | undefined;
  try {
    signed = await sign(account, { own, provider, id }, deps);
  } catch {
    // The failure was reported where the secret was read. Intake cannot read it either, which raises its own alarm.
    return [];
  }
  const address = deps.publicUrl + own.path(account);
  const forged = await send(address, own.forged(account, id), deps);
  const refusal = { status: 401, body: deps.ownAnswers[401] };
  // Our own 503: intake was reached and cannot read its secret, which raises its own alarm.
  const isUnavailable = isAnswer(forged, { status: 503, body: deps.ownAnswers[503] });
  const results = [
    isUnavailable || checkAnswer(account, 'forged', { came: forged, expected: refusal }, deps),
  ];
  if (signed === undefined) return results;
  const came = await send(address, signed.request, deps);
  return [...results, checkAnswer(account, 'signed', { came, expected: signed.answer }, deps)];
}

interface Signing {
  readonly own: ProviderProbe;
  readonly provider: RegisteredProvider;
  readonly id: string;
}

/**
 * The signed request and its expected answer. Undefined: only the provider can sign. The secret is read only if it is
 * used for signing.
 */
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
): Promise<ProbeResponse> {
  try {
    const response = await get(query === '' ? address : `${address}?${query}`, {
      method,
      headers,
      // A provider does not accept a redirect as an answer.
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
      ...defined({ body }),
    });
    return { status: response.status, body: (await response.text()).slice(0, MAX_ANSWER_CHARS) };
  } catch (error) {
    const cause = error instanceof Error ? (error.cause as NodeJS.ErrnoException | undefined) : undefined;
    return cause?.code ?? (error instanceof Error ? error.name : 'no connection');
  }
}

const isAnswer = (came: ProbeResponse, { status, body }: Pick<Answer, 'status' | 'body'>): boolean =>
  typeof came !== 'string' && came.status === status && came.body === body;

interface Compared {
  readonly came: ProbeResponse;
  readonly expected: Pick<Answer, 'status' | 'body'>;
}

function checkAnswer(
  { provider, account }: Account,
  kind: Kind,
  { came, expected }: Compared,
  { log }: ProbeDeps,
): boolean {
  if (isAnswer(came, expected)) return true;
  // The log repeats nothing of the answer, which may come from anywhere.
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
    ...defined({ status }),
  });
  return false;
}
