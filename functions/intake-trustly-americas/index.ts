import { createIntake } from '../../shared/app/http/intake.ts';
import { intakeRuntime } from '../../shared/aws/runtime/intake.ts';
import { trustlyAmericasIntake } from '../../shared/providers/trustly-americas/index.ts';

export const handler = createIntake(trustlyAmericasIntake, intakeRuntime());
