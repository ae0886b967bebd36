/** EventBridge's PutEvents, with the limits for entries, and the rules of its buses. */
import { randomUUID } from 'node:crypto';
import { type Json, type JsonObject, list, object } from '../template/resolve.ts';
import type { BusEvent, EventRules } from './event-rules.ts';
import { AwsError } from './json-protocol.ts';

export interface EventBusOptions {
  /** Buses of the stack, beside "default". */
  readonly buses: readonly string[];
  /** Called once per accepted entry. */
  deliver(event: BusEvent): void;
  /** The rules of the buses; absent: there are none. */
  readonly rules?: EventRules;
}

const MAX_ENTRIES = 10;
/** Limit for all entries of a request: 1 MB since January 2026, 256 KB before. Our events are far below both. */
const MAX_BYTES = 1_048_576;
const TIME_BYTES = 14;
/** EventBridge parses nested JSON up to this depth. */
const MAX_DEPTH = 1_100;

/** Size of an entry as AWS counts it: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevent-size.html */
function sizeOf({ Time, Source, DetailType, Detail, Resources }: JsonObject): number {
  return [Source, DetailType, Detail, ...list(Resources)].reduce(
    (sum: number, text) => sum + (typeof text === 'string' ? Buffer.byteLength(text) : 0),
    Time === undefined || Time === null ? 0 : TIME_BYTES,
  );
}

/** Returns a function that answers the operations. */
export function eventBus(options: EventBusOptions): (operation: string, input: Json) => Json {
  return (operation, input) => {
    if (operation !== 'PutEvents') {
      const answer = options.rules?.call(operation, object(input));
      if (answer !== undefined) return answer;
      throw new AwsError('UnknownOperationException', `${operation} is not known to the local event bus`);
    }
    const entries = list(object(input).Entries).map(object);
    if (entries.length === 0 || entries.length > MAX_ENTRIES) {
      throw new AwsError('ValidationException', `Entries must hold 1 to ${MAX_ENTRIES} events`);
    }
    if (entries.reduce((sum, entry) => sum + sizeOf(entry), 0) > MAX_BYTES) {
      const message = 'Total size of the entries in the request is over the limit.';
      throw new AwsError('ValidationException', message);
    }
    const results = entries.map((entry) => put(entry, options));
    return { FailedEntryCount: results.filter((result) => 'ErrorCode' in result).length, Entries: results };
  };
}

function put(entry: JsonObject, { buses, deliver, rules }: EventBusOptions): JsonObject {
  const refuse = (ErrorCode: string, ErrorMessage: string) => ({ ErrorCode, ErrorMessage });
  for (const name of ['Source', 'DetailType', 'Detail']) {
    if (typeof entry[name] !== 'string' || entry[name] === '') {
      return refuse(
        'InvalidArgument',
        `Parameter ${name} is not valid. Reason: ${name} is a required argument.`,
      );
    }
  }
  const busName = String(entry.EventBusName ?? 'default').replace(
    /^arn:aws:events:[^:]*:[^:]*:event-bus\//,
    '',
  );
  if (busName !== 'default' && !buses.includes(busName)) {
    // An error, so that a wrong bus name does not go unnoticed.
    return refuse('ResourceNotFoundException', `Event bus ${busName} does not exist.`);
  }
  const detail = parseObject(String(entry.Detail));
  if (detail === undefined) return refuse('MalformedDetail', 'Detail is malformed.');
  const id = randomUUID();
  const at = typeof entry.Time === 'number' ? entry.Time * 1_000 : Date.now();
  const event: BusEvent = {
    id,
    bus: busName,
    source: String(entry.Source),
    detailType: String(entry.DetailType),
    time: new Date(at).toISOString().replace(/\.\d+Z$/, 'Z'),
    detail,
  };
  deliver(event);
  void rules?.deliver(event);
  return { EventId: id };
}

function parseObject(text: string): Json | undefined {
  try {
    const value = JSON.parse(text) as Json;
    const isObject = value !== null && typeof value === 'object' && !Array.isArray(value);
    return isObject && depthOf(value) <= MAX_DEPTH ? value : undefined;
  } catch {
    return undefined;
  }
}

function depthOf(whole: Json): number {
  let depth = 0;
  let level: readonly Json[] = [whole];
  while (level.length > 0 && depth <= MAX_DEPTH) {
    depth += 1;
    level = level
      .flatMap((value) => (value !== null && typeof value === 'object' ? Object.values(value) : []))
      .filter((value) => value !== null && typeof value === 'object');
  }
  return depth;
}
