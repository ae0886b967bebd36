import { rejectHold, releaseHold } from '../../shared/app/operator/holds.ts';
import type { Command, Request } from '../command.ts';
import { decidePayment } from '../operator-decision.ts';
import { OPERATOR_NOTE_OPTIONS } from '../operator-note.ts';
import type { Report } from '../output.ts';

const CHANGED =
  'Use REASON and DIGEST from `holds list`. If one of them has changed, the command is refused.';

export const holdsRelease: Command = {
  options: OPERATOR_NOTE_OPTIONS,
  details: [CHANGED, 'It releases this reason with this evidence only; other holds of the payment stay.'],
  run: (request) => decideHold(request, 'released', releaseHold),
};

export const holdsReject: Command = {
  options: OPERATOR_NOTE_OPTIONS,
  details: [CHANGED, 'Goods that were granted are revoked.'],
  run: (request) => decideHold(request, 'rejected', rejectHold),
};

function decideHold(request: Request, verb: string, call: typeof releaseHold): Promise<Report> {
  const [, reason = '', digest = ''] = request.args;
  return decidePayment(request, {
    verb,
    given: { reason, digest },
    describe: (key) => `${reason} of ${key}`,
    carryOut: (payment, note, deps) => call({ payment, reason, digest, ...note }, deps),
    describeOpen: ({ holds }) => {
      const open = holds.map((hold) => `${hold.reason} ${hold.digest}`).join('; ');
      return open === '' ? 'The payment is not held any more.' : `Open holds: ${open}.`;
    },
  });
}
