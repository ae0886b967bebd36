/**
 * In: a pingback of Paymentwall, a GET whose query string is signed.
 * 1. Finds the account in the path, and verifies the signature before it reads anything else.
 * 2. Seals the message and puts it on the notifications queue. Out: OK once the queue has accepted it; 4xx for a
 *   request that cannot be verified, 503 for a failure of ours.
 */
import { createIntake } from '../../shared/app/http/intake.ts';
import { intakeRuntime } from '../../shared/aws/runtime/intake.ts';
import { paymentwall } from '../../shared/providers/paymentwall/index.ts';

export const handler = createIntake(paymentwall, intakeRuntime());
