/** The operator note, kept in the ledger of the payment. */
import type { OperatorNote } from '../shared/app/operator/holds.ts';
import type { Option, World } from './command.ts';
import type { Flags } from './flags.ts';

export const OPERATOR_NOTE_OPTIONS: Readonly<Record<string, Option>> = {
  note: { type: 'string', value: 'TEXT', help: 'why; kept in the ledger and shown in the timeline' },
  by: { type: 'string', value: 'NAME', help: 'who; default: the user of this computer' },
};

/** For commands that scripts may run without a note, such as sending everything back. */
export const OPTIONAL_NOTE_OPTIONS: Readonly<Record<string, Option>> = {
  note: { type: 'string', value: 'TEXT', help: 'reason; if given, it is stored together with who did it' },
  by: { type: 'string', value: 'NAME', help: 'who; default: the user of this computer' },
};

/** Undefined when no note was given. */
export const optionalNoteOf = (flags: Flags, world: World): OperatorNote | undefined =>
  flags.text('note') === undefined ? undefined : operatorNoteOf(flags, world);

/** @throws Problem without a note */
export const operatorNoteOf = (flags: Flags, world: World): OperatorNote => ({
  by: flags.text('by') ?? world.user,
  note: flags.needed('note', 'say why, for whoever looks at this later'),
});
