/** One command of `payhooks`: how it is listed, how it is called, and what it does. */
import type { Connection } from './connect.ts';
import type { Flags } from './flags.ts';
import type { Report } from './output.ts';

export interface Option {
  readonly type: 'string' | 'boolean';
  /** What stands for the value in the help ("TEXT"). */
  readonly value?: string;
  readonly help: string;
}

/** What the overview says of a command: it must load nothing else. */
export interface ListedCommand {
  /** "holds release" */
  readonly name: string;
  /** What stands for the arguments in the help ("PAYMENT [ID…]"). */
  readonly args?: string;
  readonly summary: string;
  /**
   * `read`: it changes nothing that stays, neither here nor elsewhere. `write`: it changes a row, a secret, a message or
   * a setting, or it sends something to a service.
   */
  readonly access: 'read' | 'write';
  /** Of a command that writes: when it only reads all the same ("without --apply"). */
  readonly readsOnly?: string;
  /** Imports the module of the command. */
  load(): Promise<Command>;
}

export interface Command {
  /** Lines below the summary of `--help`. */
  readonly details?: readonly string[];
  /** How many arguments; default none. */
  readonly arity?: readonly [min: number, max: number];
  readonly options?: Readonly<Record<string, Option>>;
  run(request: Request): Promise<Report>;
}

/** A command's arguments, and the world it may use. */
export interface Request {
  readonly args: readonly string[];
  readonly flags: Flags;
  readonly world: World;
}

export interface World {
  /** The stack that `--stack` names, else the local one. @throws Problem */
  connect(): Promise<Connection>;
  now(): number;
  /** All of it, as text. */
  stdin(): Promise<string>;
  /** The same piece by piece, for what may be long. */
  input(): AsyncIterable<string>;
  /** Who sits here, for the ledger. */
  readonly user: string;
  /** HTTP, for what no AWS client does. */
  readonly fetch: typeof fetch;
  /** Said while a long command runs (stderr). */
  notice(line: string): void;
  /** Printed at once, by a command that runs until it is ended: with --json one line of JSON. */
  print(piece: Report): void;
  /** Ends when the person ends the command (Ctrl-C); from the first call on, the command has to end by itself. */
  stopping(): AbortSignal;
}
