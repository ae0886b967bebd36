import { isDenied } from '../../cli/problem.ts';

/** The answer of AWS; the other value when AWS does not allow the call, so that the rest is still shown. */
export const unlessDenied = <T, Other>(answer: Promise<T>, other: Other): Promise<T | Other> =>
  answer.catch((error: unknown) => {
    if (isDenied(error)) return other;
    throw error;
  });
