/** Which calls of AWS a command makes. */
import { expect, it } from 'vitest';
import { CALLS } from '../../cli/calls.ts';
import { commands } from '../../cli/commands/index.ts';

it('cli/calls.ts names no command that there is not', () => {
  expect(Object.keys(CALLS).sort()).toEqual(commands.map(({ name }) => name).sort());
});
