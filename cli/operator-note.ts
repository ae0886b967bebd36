/** Who does it and why: kept in the ledger of the payment. */
import type { OperatorNote } from '../shared/app/operator/holds.ts';
import type { Option, World } from './command.ts';
import type { Flags } from './flags.ts';

export const OPERATOR_NOTE_OPTIONS: Readonly<Record<string, Option>> = {
  note: { type: 'string', value: 'TEXT', help: 'why; kept in the ledger and shown in the timeline' },
  by: { type: 'string', value: 'NAME', help: 'who; default: the user of this computer' },
};

/** @throws Problem without a note */
export const operatorNoteOf = (flags: Flags, world: World): OperatorNote => ({
  by: flags.text('by') ?? world.user,
  note: flags.needed('note', 'say why, for whoever looks at this later'),
});
