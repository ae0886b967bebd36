/**
 * `payhooks --help --json`: the commands and their options as data, with what each changes and which AWS actions it
 * calls.
 */
import { defined } from '../shared/payment/defined.ts';
import { CALLS } from './calls.ts';
import type { ListedCommand, Option } from './command.ts';
import { arityOf } from './options.ts';
import { EXIT } from './problem.ts';
import { VERSION } from './version.ts';

type Options = Readonly<Record<string, Option>>;

export type DescribedCommand = Awaited<ReturnType<typeof describeCommand>>;

const optionsOf = (options: Options) =>
  Object.entries(options).map(([name, { type, value, help }]) => ({
    name,
    type,
    ...defined({ value }),
    help,
  }));

export async function describeCommand(listed: ListedCommand) {
  const { name, args, summary, access, readsOnly } = listed;
  const { details = [], options = {}, arity: [min, max] = arityOf(args) } = await listed.load();
  const usage = ['payhooks', name, ...(args === undefined ? [] : [args])].join(' ');
  const calls = CALLS[name];
  if (calls === undefined) throw new Error(`cli/calls.ts does not name ${name}`);
  return {
    ...{ name, usage, summary, details, access, ...defined({ readsOnly }) },
    ...{ arguments: { min, max }, options: optionsOf(options), calls },
  };
}

export async function helpInJson(commands: readonly ListedCommand[], globals: Options): Promise<string> {
  const described = await Promise.all(commands.map(describeCommand));
  const value = { version: VERSION, exitCodes: EXIT, options: optionsOf(globals), commands: described };
  return `${JSON.stringify(value, null, 2)}\n`;
}
