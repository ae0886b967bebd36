import { scenarios } from '../../local/demo/scenarios/scenarios.ts';
import type { Command } from '../command.ts';
import { list, table } from '../output.ts';

export const storiesCommand: Command = {
  details: ['Reads local/demo/scenarios/, one file per provider. Needs no stack.'],
  run: async () => ({
    json: list(scenarios.map(({ name, says, send }) => ({ name, says, notifications: send.length }))),
    lines: table(
      ['STORY', 'SENDS', 'WHAT IT IS'],
      scenarios.map(({ name, says, send }) => [name, String(send.length), says]),
    ),
  }),
};
