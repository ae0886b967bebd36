/**
 * Structured logs with an allow-list: a line contains only the fields of `Fields`, so no request, secret, name or bank
 * data can reach it. Errors are logged by name and location without their message (a JSON parser's message quotes its
 * input).
 */

import type { Clock } from '../ports.ts';
import { correlationId as currentCorrelation } from './correlation.ts';

type Level = 'INFO' | 'WARN' | 'ERROR';

/** All fields that a log line may contain. Identifiers are Payhooks' or the provider's ids, never a person's. */
export interface Fields {
  readonly correlationId?: string;
  readonly provider?: string;
  readonly account?: string;
  readonly outcome?: string;
  readonly reason?: string;
  readonly payment?: string;
  readonly effect?: string;
  readonly order?: string;
  readonly digest?: string;
  readonly status?: string;
  readonly holds?: readonly string[];
  readonly attempts?: number;
  readonly count?: number;
  /** The pause that a target asked for (Retry-After). */
  readonly retryAfterSeconds?: number;
  /** The pause until the next attempt. */
  readonly waitSeconds?: number;
  /** A whole sentence for the operator, made by our own code without values from outside. */
  readonly sentence?: string;
  readonly error?: unknown;
}

export interface Log {
  info(message: string, fields?: Fields): void;
  warn(message: string, fields?: Fields): void;
  error(message: string, fields?: Fields): void;
}

/** Receives one line, without its line end. */
export type Sink = (line: string) => void;

/** Lambda ships every line of standard output as one log event. */
export const standardOutput: Sink = (line) => {
  process.stdout.write(`${line}\n`);
};

const MAX_FIELD_CHARS = 300;
const MAX_FRAMES = 6;

const TEXT_FIELDS = [
  'correlationId',
  'provider',
  'account',
  'outcome',
  'reason',
  'payment',
  'effect',
  'order',
  'digest',
  'status',
  'sentence',
] as const satisfies readonly (keyof Fields)[];

const NUMBER_FIELDS = [
  'attempts',
  'count',
  'retryAfterSeconds',
  'waitSeconds',
] as const satisfies readonly (keyof Fields)[];

export function createLog(options: {
  readonly service: string;
  readonly functionName: string;
  readonly clock: Clock;
  readonly sink?: Sink;
}): Log {
  const { service, functionName, clock, sink = standardOutput } = options;
  const line = (level: Level, message: string, fields: Fields = {}) =>
    sink(
      JSON.stringify({
        level,
        message,
        timestamp: new Date(clock()).toISOString(),
        service,
        function: functionName,
        ...allowedFields(fields),
      }),
    );
  return {
    info: (message, fields) => line('INFO', message, fields),
    warn: (message, fields) => line('WARN', message, fields),
    error: (message, fields) => line('ERROR', message, fields),
  };
}

/** The same allow-list at run time, which also drops untyped values. The correlation id is added. */
export function allowedFields(fields: Fields): Record<string, unknown> {
  const kept: Record<string, unknown> = {};
  const current = currentCorrelation();
  if (current !== undefined) kept.correlationId = current;
  for (const name of TEXT_FIELDS) {
    const value = fields[name];
    if (typeof value === 'string') kept[name] = value.slice(0, MAX_FIELD_CHARS);
  }
  for (const name of NUMBER_FIELDS) {
    const value = fields[name];
    if (typeof value === 'number') kept[name] = value;
  }
  if (fields.holds !== undefined) kept.holds = fields.holds.map((hold) => String(hold));
  if (fields.error !== undefined) kept.error = located(fields.error);
  return kept;
}

/**
 * Name and call frames of an error, and the name of its cause; no message. The stack begins with the message, whose
 * lines may look like frames, so the message is cut off first.
 */
function located(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { name: typeof error };
  const { message, stack = '' } = error;
  const at = stack.indexOf(message);
  const below = at === -1 ? '' : stack.slice(at + message.length);
  const frames = below.split('\n').filter((frame) => /^\s+at .+:\d+:\d+\)?$/.test(frame));
  return {
    name: error.name,
    frames: frames.slice(0, MAX_FRAMES).map((frame) => frame.trim()),
    ...(error.cause instanceof Error ? { cause: error.cause.name } : {}),
  };
}
