/**
 * `payhooks --help --json`: the commands and their options as data, with what each changes and which AWS actions it
 * calls.
 */
import { defined } from '../shared/payment/defined.ts';
import { CALLS, type Calls } from './calls.ts';
import type { ListedCommand, Option } from './command.ts';
import { EXIT } from './problem.ts';
import { VERSION } from './version.ts';

type Options = Readonly<Record<string, Option>>;

export interface DescribedOption {
  /** Without the leading dashes. */
  readonly name: string;
  readonly type: Option['type'];
  readonly value?: string;
  readonly help: string;
}

export interface DescribedCommand {
  readonly name: string;
  readonly usage: string;
  readonly summary: string;
  readonly details: readonly string[];
  readonly access: 'read' | 'write';
  readonly readsOnly?: string;
  readonly arguments: { readonly min: number; readonly max: number };
  readonly options: readonly DescribedOption[];
  readonly calls: Calls;
}

const optionsOf = (options: Options): DescribedOption[] =>
  Object.entries(options).map(([name, { type, value, help }]) => ({
    name,
    type,
    ...defined({ value }),
    help,
  }));

export async function describeCommand(listed: ListedCommand): Promise<DescribedCommand> {
  const { name, args, summary, access, readsOnly } = listed;
  const { details = [], options = {}, arity: [min, max] = [0, 0] } = await listed.load();
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
