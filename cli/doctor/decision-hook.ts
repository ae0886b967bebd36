/**
 * The merchant's decision hooks: each must exist, answer in the time that a question has, and refuse what we did not
 * sign. Never sends a signed question: an OK may debit a balance.
 */
import { HOOK_MS } from '../../shared/app/http/withdrawal-kyc-answers.ts';
import { asksQuestions } from '../../shared/providers/account.ts';
import type { Area, Finding } from './finding.ts';

const TIMEOUT_MS = 5_000;

export const decisions: Area = {
  name: 'decisions',
  async *examine({ connection: { config, kind }, quiet }) {
    for (const account of config.accounts.filter(asksQuestions)) {
      const check = `${account.provider}/${account.account} unsigned`;
      if (account.decision === undefined) continue;
      if (kind === 'local' || quiet) {
        const detail = quiet ? 'nothing was sent (--quiet)' : 'questions go to the demo shop here';
        yield { check, verdict: 'unknown', detail };
        continue;
      }
      yield { check, ...(await ask(account.decision.url)) };
    }
  },
};

type Judged = Pick<Finding, 'verdict' | 'detail' | 'next'>;

/** @param url of the endpoint; it is not shown, because its path may be a secret of the merchant */
export async function ask(url: string): Promise<Judged> {
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
    const next = 'Until it answers, every debit and kyc question is answered with no, or not at all.';
    return { verdict: 'fail', detail: `no answer from ${new URL(url).host}: ${why}`, next };
  }
  return judge(status, Math.round(performance.now() - started));
}

/** @param ms the answer's duration, from this computer */
export function judge(status: number, ms: number): Judged {
  if (status >= 200 && status < 300) {
    const next = 'It must verify the signature of every question and answer 401 without.';
    return { verdict: 'fail', detail: `accepted what we did not sign, with ${status}`, next };
  }
  if (status < 400 || status >= 500 || status === 404 || status === 405) {
    const next = 'Is this the address of the endpoint ("decision" in the configuration), and is it well?';
    return { verdict: 'fail', detail: `answered ${status}, where 401 is expected`, next };
  }
  if (ms <= HOOK_MS) return { verdict: 'ok', detail: `refused with ${status} in ${ms} ms` };
  const next = `A question waits ${HOOK_MS} ms at most; ask again, the first answer may be a cold start.`;
  return { verdict: 'warn', detail: `refused with ${status}, in ${ms} ms from this computer`, next };
}
