/**
 * In: a JSON-RPC notification of Trustly Europe, signed with its private key, for an account without questions.
 * 1. Finds the account in the path, and verifies the signature before it reads anything else.
 * 2. Seals the message and puts it on the notifications queue. Out: the signed result once the queue has accepted it;
 *   4xx for a request that cannot be verified, 503 for a failure of ours.
 */
import { createIntake } from '../../shared/app/http/intake.ts';
import { intakeRuntime } from '../../shared/aws/runtime/intake.ts';
import { asksQuestions } from '../../shared/providers/account.ts';
import { trustlyEurope } from '../../shared/providers/trustly-europe/index.ts';

const runtime = intakeRuntime();
// Another function (intake-trustly-europe-decisions) serves the accounts with questions.
const accounts = runtime.accounts.filter((account) => !asksQuestions(account));

export const handler = createIntake(trustlyEurope, { ...runtime, accounts });
