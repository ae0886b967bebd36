/** AWS's limits for rows, messages and events, applied to the ports in memory: a test that exceeds a limit fails. */
import type { Item, Key } from '../../shared/app/ports.ts';
import { messageText } from '../../shared/aws/message-text.ts';

/** The former limit of a message and of an event. AWS raised both to 1 MB; Payhooks stays below the former limit. */
const MAX_MESSAGE_BYTES = 262_144;
/** 400 KB, https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html */
export const MAX_ITEM_BYTES = 409_600;
const MAX_KEY_BYTES = { pk: 2_048, sk: 1_024, openShard: 2_048, openAt: 1_024 } as const;

/** @throws when DynamoDB would refuse the row */
export function checkRow(row: Item | Key): void {
  for (const [name, limit] of Object.entries(MAX_KEY_BYTES)) {
    const value = (row as unknown as Readonly<Record<string, unknown>>)[name];
    if (value === undefined) continue;
    const bytes = Buffer.byteLength(String(value));
    if (bytes < 1 || bytes > limit) throw new Error(`ValidationException: ${name} has ${bytes} bytes`);
  }
  const bytes = bytesOfRow(row);
  if (bytes > MAX_ITEM_BYTES) throw new Error(`ValidationException: ${row.pk} ${row.sk} has ${bytes} bytes`);
}

/** Size of the row's JSON, which is larger than the size that DynamoDB counts. */
export const bytesOfRow = (row: Item | Key): number => Buffer.byteLength(JSON.stringify(row));

/** @throws when SQS or EventBridge, with the former limit, would refuse the text */
export function checkMessage(body: string): void {
  const bytes = Buffer.byteLength(messageText(body));
  if (bytes > MAX_MESSAGE_BYTES) throw new Error(`InvalidParameterValue: a message of ${bytes} bytes`);
}
