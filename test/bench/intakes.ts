import type { FunctionName } from '../../infra/functions.ts';

/** The intakes without questions to the merchant. */
export const INTAKES = [
  'intake-trustly-americas',
  'intake-trustly-europe',
  'intake-paymentwall',
] as const satisfies readonly FunctionName[];
