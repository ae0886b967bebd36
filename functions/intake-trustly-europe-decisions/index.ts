import { createIntake } from '../../shared/app/http/intake.ts';
import { createQuestions } from '../../shared/app/http/withdrawal-kyc-answers.ts';
import { intakeRuntime } from '../../shared/aws/runtime/intake.ts';
import { questionRuntime } from '../../shared/aws/runtime/questions.ts';
import { asksQuestions } from '../../shared/providers/provider.ts';
import { trustlyEurope } from '../../shared/providers/trustly-europe/index.ts';

const runtime = intakeRuntime();
const accounts = runtime.accounts.filter(asksQuestions);

export const handler = createIntake(
  trustlyEurope,
  { ...runtime, accounts },
  createQuestions(trustlyEurope, questionRuntime(runtime)),
);
