import { createIntake } from '../../shared/app/http/intake.ts';
import { intakeRuntime } from '../../shared/aws/runtime/intake.ts';
import { asksQuestions } from '../../shared/providers/provider.ts';
import { trustlyEurope } from '../../shared/providers/trustly-europe/index.ts';

const runtime = intakeRuntime();
// Questions are another function's (intake-trustly-europe-decisions).
const accounts = runtime.accounts.filter((account) => !asksQuestions(account));

export const handler = createIntake(trustlyEurope, { ...runtime, accounts });
