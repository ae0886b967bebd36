import { createIntake } from '../../shared/app/http/intake.ts';
import { intakeRuntime } from '../../shared/aws/runtime/intake.ts';
import { paymentwall } from '../../shared/providers/paymentwall/index.ts';

export const handler = createIntake(paymentwall, intakeRuntime());
