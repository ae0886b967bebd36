/** The AWS calls that cli/calls.ts lists for each command. */
import { expect, it } from 'vitest';
import { CALLS } from '../../cli/calls.ts';
import { commands } from '../../cli/commands/index.ts';

it('cli/calls.ts names every command and nothing else', () => {
  expect(Object.keys(CALLS).sort()).toEqual(commands.map(({ name }) => name).sort());
});
