/** The operator note, kept in the ledger of the payment. */

import type { OperatorNote } from '../shared/app/operator/holds.ts';
import type { Option, World } from './command.ts';
import type { Flags } from './flags.ts';
import { textOption } from './options.ts';

export const OPERATOR_NOTE_OPTIONS: Readonly<Record<string, Option>> = {
  note: textOption('TEXT', 'reason; stored in the ledger and shown in the timeline'),
  by: textOption('NAME', 'who did it; default: the user of this computer'),
};

/** For commands that scripts may run without a note, such as sending everything back. */
export const OPTIONAL_NOTE_OPTIONS: Readonly<Record<string, Option>> = {
  note: textOption('TEXT', 'reason; stored together with who did it'),
  by: textOption('NAME', 'who did it; default: the user of this computer'),
};

/** Undefined when no note was given. */
export const optionalNoteOf = (flags: Flags, world: World): OperatorNote | undefined =>
  flags.text('note') === undefined ? undefined : operatorNoteOf(flags, world);

/** @throws Problem without a note */
export const operatorNoteOf = (flags: Flags, world: World): OperatorNote => ({
  by: flags.text('by') ?? world.user,
  note: flags.needed('note', 'write the reason, for whoever reads this later'),
});
