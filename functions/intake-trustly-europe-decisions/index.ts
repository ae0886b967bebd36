/**
 * In: the requests of intake-trustly-europe, for accounts with withdrawals or kyc, where a notification may be a
 * question.
 * 1. Finds the account in the path, and verifies the signature before it reads anything else.
 * 2. For a question: reads the stored answer, or asks the decision hook and stores its answer.
 * 3. Seals the message with the answer and puts it on the notifications queue. Out: the signed result with the answer;
 *   503 when there is no answer, so that the provider asks again.
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
