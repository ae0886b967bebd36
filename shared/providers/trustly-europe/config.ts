/** The keys of an account in cdk.json. */

import * as v from 'valibot';
import type { AccountProblem, ProviderConfig } from '../config.ts';
import { endpoint, flag, oneOf } from '../config-fields.ts';
import { keys } from '../config-keys.ts';
import type { TrustlyEuropeAccount } from './account.ts';
import { refusals } from './refusals.ts';
import { secret } from './secret.ts';

/** Limited, because the URLs of all accounts are in one function's environment (infra/rules.ts). */
const MAX_DECISION_URL = 200;
const DECISION_URL = `an https:// URL as a browser writes it, without user, password, query and fragment, at most ${MAX_DECISION_URL} characters (whoever calls signs, see the decision secret)`;

export const config: ProviderConfig<TrustlyEuropeAccount> = {
  title: 'Trustly Europe',
  path: '/trustly/europe/{account}/notifications',
  entries: {
    replyAlgorithm: v.optional(oneOf('SHA1', 'RS256', 'RS384', 'RS512'), 'SHA1'),
    // For incoming notifications.
    minimumSignature: v.optional(oneOf('SHA1', 'RS256', 'RS384', 'RS512'), 'SHA1'),
    withdrawals: flag(false),
    kyc: flag(false),
    decision: v.exactOptional(keys({ url: endpoint(MAX_DECISION_URL, DECISION_URL) })),
  },
  problems,
  asksQuestions: true,
  namesAmounts: true,
  whyOrder: 'Trustly signs for all its merchants with one key',
  secret,
  refusals,
};

function problems(account: TrustlyEuropeAccount, path: string): readonly AccountProblem[] {
  const found: AccountProblem[] = [];
  const questions = (['withdrawals', 'kyc'] as const).filter((key) => account[key]).join(' and ');
  if (questions !== '' && account.decision === undefined) {
    // A debit or kyc notification is a question; answering OK to a debit means that the balance was taken.
    const allowed = `{"url": "https://…"} with ${questions}: Trustly asks, and only you can answer (shared/providers/trustly-europe/README.md, Questions)`;
    found.push({ path: `${path}.decision`, found: 'nothing', allowed });
  }
  if (questions === '' && account.decision !== undefined) {
    const allowed = 'nothing, unless "withdrawals" or "kyc" is true: nobody asks otherwise';
    found.push({ path: `${path}.decision`, found: 'a decision hook', allowed });
  }
  if (account.withdrawals && account.policy.mode === 'observe') {
    // A balance that was taken although the answer is no is announced, and an account that observes announces nothing.
    const allowed =
      '"act" with withdrawals: their questions are really answered, whatever else is only observed';
    found.push({ path: `${path}.policy.mode`, found: '"observe"', allowed });
  }
  if (account.withdrawals && account.policy.unknownOrder === 'trust') {
    const allowed = '"hold" with withdrawals; "trust" is for accounts that only take money in';
    found.push({ path: `${path}.policy.unknownOrder`, found: '"trust"', allowed });
  }
  return found;
}
