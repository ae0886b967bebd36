/**
 * In: an event of Trustly Americas, a form-encoded POST signed in its Authorization header.
 * 1. Finds the account in the path, and verifies the signature before it reads anything else.
 * 2. Seals the message (and the splitToken apart) and puts it on the notifications queue. Out: 200 once the queue has
 *   accepted it; 4xx for a request that cannot be verified, 503 for a failure of ours.
 */
import { createIntake } from '../../shared/app/http/intake.ts';
import { intakeRuntime } from '../../shared/aws/runtime/intake.ts';
import { trustlyAmericasIntake } from '../../shared/providers/trustly-americas/index.ts';

export const handler = createIntake(trustlyAmericasIntake, intakeRuntime());
