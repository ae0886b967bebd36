import { createIntake } from '../../shared/aws/intake.ts';
import { intakeRuntime } from '../../shared/aws/runtime/intake.ts';
import { trustlyEurope } from '../../shared/providers/trustly-europe/index.ts';

export const handler = createIntake(trustlyEurope, intakeRuntime());
