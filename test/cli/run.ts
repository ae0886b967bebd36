/** The output of a command over the test's own connection. */
import type { Command, World } from '../../cli/command.ts';
import { Flags, type Values } from '../../cli/flags.ts';
import { render } from '../../cli/output.ts';

export async function printed(
  command: Command,
  connection: object,
  { args = [], values = {}, now = 0 }: { args?: readonly string[]; values?: Values; now?: number } = {},
) {
  const world = { connect: async () => connection, now: () => now, notice: () => {} };
  const { lines, json } = await command.run({
    args,
    flags: new Flags(values),
    world: world as unknown as World,
  });
  return { text: render(lines, false), json: JSON.parse(JSON.stringify(json)) };
}
