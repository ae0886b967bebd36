/** Creates the template's tables in the local DynamoDB engine, and reads them for inspection. */

import { defined } from '../../shared/payment/defined.ts';
import { type Json, type JsonObject, list, object } from '../template/resolve.ts';
import type { TableSpec } from '../template/template.ts';
import { AwsError, callAws } from './json-protocol.ts';

const operation = (name: string): string => `DynamoDB_20120810.${name}`;

/** Creates the tables that do not exist yet; kept data has them. */
export async function createTables(endpoint: string, tables: readonly TableSpec[]): Promise<void> {
  await Promise.all(tables.map((table) => createTable(endpoint, table)));
}

async function createTable(endpoint: string, { name, create, ttlAttribute }: TableSpec): Promise<void> {
  try {
    await callAws(endpoint, operation('CreateTable'), create);
  } catch (error) {
    if (error instanceof AwsError && error.code === 'ResourceInUseException') return;
    throw error;
  }
  if (ttlAttribute === undefined) return;
  await callAws(endpoint, operation('UpdateTimeToLive'), {
    TableName: name,
    TimeToLiveSpecification: { AttributeName: ttlAttribute, Enabled: true },
  });
}

/** A row without DynamoDB's type letters. */
export type Row = JsonObject;

/** Maximum pages of one scan; a page is 1 MB. */
const MAX_PAGES = 200;

/** Every row whose sort key begins with one of the prefixes; strongly consistent. */
export const scanRows = (
  endpoint: string,
  table: string,
  sortKeyPrefixes: readonly string[],
): Promise<readonly Row[]> =>
  allPages(endpoint, 'Scan', {
    TableName: table,
    FilterExpression: sortKeyPrefixes.map((_, index) => `begins_with(sk, :p${index})`).join(' OR '),
    ExpressionAttributeValues: Object.fromEntries(
      sortKeyPrefixes.map((prefix, index) => [`:p${index}`, { S: prefix }]),
    ),
  });

/** Every row under one partition key, by sort key. */
export const queryRows = (endpoint: string, table: string, pk: string): Promise<readonly Row[]> =>
  allPages(endpoint, 'Query', {
    TableName: table,
    KeyConditionExpression: 'pk = :pk',
    ExpressionAttributeValues: { ':pk': { S: pk } },
  });

async function allPages(
  endpoint: string,
  name: 'Query' | 'Scan',
  request: JsonObject,
): Promise<readonly Row[]> {
  const rows: Row[] = [];
  let start: Json | undefined;
  for (let page = 0; page < MAX_PAGES; page++) {
    const input = { ...request, ConsistentRead: true, ...defined({ ExclusiveStartKey: start }) };
    const answer = object(await callAws(endpoint, operation(name), input));
    rows.push(...list(answer.Items).map(plainRow));
    start = answer.LastEvaluatedKey;
    if (start === undefined) break;
  }
  return rows;
}

const plainRow = (item: Json): Row =>
  Object.fromEntries(Object.entries(object(item)).map(([name, value]) => [name, plainValue(value)]));

/** Converts DynamoDB's JSON ({"S": "x"}) to plain JSON. */
export function plainValue(value: Json): Json {
  const [entry] = Object.entries(object(value));
  if (entry === undefined) return null;
  const [type, content] = entry;
  switch (type) {
    case 'N':
      return Number(content);
    case 'NULL':
      return null;
    case 'L':
      return list(content).map(plainValue);
    case 'M':
      return plainRow(content);
    case 'NS':
      return list(content).map(Number);
    default:
      return content;
  }
}
