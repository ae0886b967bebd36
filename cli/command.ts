/** One command of `payhooks`: how it is listed and called, and what it does. */
import type { Connection } from './connect.ts';
import type { Flags } from './flags.ts';
import type { Report } from './output.ts';

export interface Option {
  readonly type: 'string' | 'boolean';
  /** Placeholder of the value in the help ("TEXT"). */
  readonly value?: string;
  readonly help: string;
}

/** What the overview needs of a command; it must load nothing else. */
export interface ListedCommand {
  /** "holds release" */
  readonly name: string;
  /** Placeholder of the arguments in the help ("PAYMENT [ID…]"). */
  readonly args?: string;
  readonly summary: string;
  /**
   * `read`: it changes nothing permanently, here or elsewhere. `write`: it changes a row, a secret, a message or a
   * setting, or it sends something to a service.
   */
  readonly access: 'read' | 'write';
  /** For a command that writes: when it only reads ("without --apply"). */
  readonly readsOnly?: string;
  /** Imports the module of the command. */
  load(): Promise<Command>;
}

export interface Command {
  /** Lines below the summary in `--help`. */
  readonly details?: readonly string[];
  /** Minimum and maximum number of arguments; default: as the placeholders say. */
  readonly arity?: readonly [min: number, max: number];
  readonly options?: Readonly<Record<string, Option>>;
  run(request: Request): Promise<Report>;
}

/** A command's arguments, and the means it may use. */
export interface Request {
  readonly args: readonly string[];
  readonly flags: Flags;
  readonly world: World;
}

export interface World {
  /** Connects to the stack that `--stack` names, or to the local one. @throws Problem */
  connect(): Promise<Connection>;
  now(): number;
  /** All of standard input, as text. */
  stdin(): Promise<string>;
  /** Standard input piece by piece, for long input. */
  input(): AsyncIterable<string>;
  /** The operator's name, for the ledger. */
  readonly user: string;
  /** HTTP for what no AWS client does. */
  readonly fetch: typeof fetch;
  /** Prints a line on stderr during a long command. */
  notice(line: string): void;
  /** Prints at once, for a command that runs until it is ended; with --json one line of JSON. */
  print(piece: Report): void;
  /** Aborts when the person ends the command (Ctrl-C); from the first call on, the command has to end by itself. */
  stopping(): AbortSignal;
}
