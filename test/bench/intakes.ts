import type { FunctionName } from '../../infra/functions.ts';

/** Those that a provider waits for, without questions to the merchant. */
export const INTAKES = [
  'intake-trustly-americas',
  'intake-trustly-europe',
  'intake-paymentwall',
] as const satisfies readonly FunctionName[];
