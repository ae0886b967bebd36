/** The advised answer to a hold, as a sentence: for the command line and the console. */
import type { HoldAdvice } from '../shared/payment/index.ts';

export const adviceText = ({ advised, why }: Pick<HoldAdvice, 'advised' | 'why'>): string =>
  advised === 'none' ? `No answer is advised. ${why}` : `Advised: ${advised}. ${why}`;
