/**
 * The merchant's decision hooks: each must exist, answer in the time that a question has, and refuse what we did not
 * sign. Never sends a signed question: an OK may debit a balance.
 */
import { HOOK_MS } from '../../shared/app/http/withdrawal-kyc-answers.ts';
import { asksQuestions } from '../../shared/providers/account.ts';
import { accountName } from '../names.ts';
import { type Area, type Found, finding } from './finding.ts';

const TIMEOUT_MS = 5_000;

export const decisions: Area = {
  name: 'decisions',
  async *examine({ connection: { config, kind }, quiet }) {
    for (const account of config.accounts.filter(asksQuestions)) {
      const check = `${accountName(account)} unsigned`;
      if (account.decision === undefined) continue;
      if (quiet) yield finding(check, 'unknown', 'nothing was sent (--quiet)');
      else if (kind === 'local')
        yield finding(check, 'unknown', 'a local stack sends its questions to the demo shop');
      else yield await sendUnsigned(account.decision.url, check);
    }
  },
};

/** @param url of the decision hook; it is not shown, because its path may be a secret of the merchant */
export async function sendUnsigned(url: string, check: string): Promise<Found> {
  const started = performance.now();
  let status: number;
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"type":"payhooks.doctor"}',
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    await response.arrayBuffer();
    ({ status } = response);
  } catch (error) {
    const why = error instanceof Error ? error.name : 'no connection';
    const next = 'Until the hook answers, debit and kyc questions are answered with a refusal or with 503.';
    return finding(check, 'fail', `no answer from ${new URL(url).host}: ${why}`, next);
  }
  return judge(check, status, Math.round(performance.now() - started));
}

/** @param ms the answer's duration, from this computer */
export function judge(check: string, status: number, ms: number): Found {
  if (status >= 200 && status < 300) {
    const next =
      'The decision hook must verify the signature of each question, and answer 401 without a valid one.';
    return finding(check, 'fail', `accepted a request that was not signed: answered ${status}`, next);
  }
  if (status < 400 || status >= 500 || status === 404 || status === 405) {
    const next =
      'Check that "decision" in the configuration is the address of the decision hook, and that it works.';
    return finding(check, 'fail', `answered ${status}; 401 is expected`, next);
  }
  if (ms <= HOOK_MS) return finding(check, 'ok', `refused with ${status} in ${ms} ms`);
  const next = `A question waits ${HOOK_MS} ms at most. Repeat the command: the first answer may be a cold start.`;
  return finding(check, 'warn', `refused with ${status}, in ${ms} ms from this computer`, next);
}
