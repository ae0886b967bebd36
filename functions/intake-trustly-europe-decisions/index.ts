/**
 * In: as intake-trustly-europe, for accounts with withdrawals or kyc, where a notification may be a question.
 * 1. Finds the account in the path, and verifies the signature before anything else is read.
 * 2. A question: reads what was decided, or asks the merchant's endpoint and stores the decision.
 * 3. Seals the message with the decision and puts it on the notifications queue.
 * Out: the signed result with the decision; 503 where nobody could decide, so that the provider asks again.
 */
import { createIntake } from '../../shared/app/http/intake.ts';
import { createQuestions } from '../../shared/app/http/withdrawal-kyc-answers.ts';
import { intakeRuntime } from '../../shared/aws/runtime/intake.ts';
import { questionRuntime } from '../../shared/aws/runtime/questions.ts';
import { asksQuestions } from '../../shared/providers/account.ts';
import { trustlyEurope } from '../../shared/providers/trustly-europe/index.ts';

const runtime = intakeRuntime();
const accounts = runtime.accounts.filter(asksQuestions);

export const handler = createIntake(
  trustlyEurope,
  { ...runtime, accounts },
  createQuestions(trustlyEurope, questionRuntime(runtime)),
);
