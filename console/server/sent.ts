/** The result of a request that an operator sent again, unchanged or with one field changed, in one sentence. */
import type { SentAnswer, SentResult } from '../contract.ts';

type Came = Pick<SentResult, 'says'> & { readonly says: string; readonly isExpected: boolean };

/** @param field the changed field; undefined when the request was sent unchanged */
export function whatCame(answer: SentAnswer, field?: string): Came {
  const { status, reason } = answer;
  const because = reason === undefined ? '' : `, reason ${reason}`;
  if (status >= 500) {
    return {
      says: `Payhooks itself failed: ${status}${because}. Nothing is applied; a provider would send it again.`,
      isExpected: false,
    };
  }
  if (field !== undefined) return changedCame(answer, field, because);
  if (status >= 400) {
    return { says: `Refused again: ${status}${because}. Nothing was applied.`, isExpected: true };
  }
  return { says: `Accepted: ${status}. ${AGAIN[answer.settledAs ?? 'unknown']}`, isExpected: true };
}

const UNKNOWN = 'The worker is not done with it yet: the new request says what becomes of it.';

const AGAIN: Readonly<Record<NonNullable<SentAnswer['settledAs']> | 'unknown', string>> = {
  applied: 'It was applied, because no copy of it had been applied before.',
  duplicate: 'It was recognised as a duplicate, and nothing was applied again.',
  conflict:
    'Another content is known under its id: it was stored as a conflicting duplicate, and the payment is held.',
  quarantined: 'It was kept in quarantine, and nothing was applied.',
  unknown: UNKNOWN,
};

function changedCame({ status, settledAs }: SentAnswer, field: string, because: string): Came {
  if (status >= 400) return { says: `Refused, as it should be: ${status}${because}.`, isExpected: true };
  const open = `Accepted: ${status}. The signature does not cover ${field}, so whoever stands between could change it.`;
  switch (settledAs) {
    case 'duplicate':
      return {
        says: `${open} That is harmless: Payhooks decides nothing by ${field}. The copy was recognised as a duplicate, and nothing was applied again.`,
        isExpected: true,
      };
    case 'quarantined':
      return {
        says: `${open} That is harmless: the copy was kept in quarantine, and nothing was applied.`,
        isExpected: true,
      };
    case 'conflict':
      return {
        says: `${open} It is not harmless: Payhooks reads ${field}. The copy was stored as a conflicting duplicate, not applied, and the payment is held until somebody decides.`,
        isExpected: false,
      };
    case 'applied':
      return {
        says: `${open} The copy was applied, because none of it had been applied before. See whether the payment says what the provider says.`,
        isExpected: false,
      };
    default:
      return { says: `${open} ${UNKNOWN}`, isExpected: false };
  }
}
