/**
 * DynamoDB: each operation with the partition keys and attributes that it names. A transaction needs the actions of its
 * parts. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
 */
import { localArn } from '../../template/names.ts';
import { type Json, type JsonObject, list, object } from '../../template/resolve.ts';
import type { Requirement } from './requirement.ts';

/** The action for the only member of a transaction item. */
const ACTION_OF_PART: Readonly<Record<string, string>> = {
  Put: 'PutItem',
  Update: 'UpdateItem',
  Delete: 'DeleteItem',
  ConditionCheck: 'ConditionCheckItem',
  Get: 'GetItem',
};

export function tableRequirements(operation: string, input: JsonObject): readonly Requirement[] {
  switch (operation) {
    case 'TransactWriteItems':
    case 'TransactGetItems':
      return list(input.TransactItems).flatMap((item) =>
        Object.entries(object(item)).map(([part, request]) =>
          requirement(ACTION_OF_PART[part] ?? part, object(request), {
            'dynamodb:EnclosingOperation': operation,
          }),
        ),
      );
    case 'BatchGetItem':
    case 'BatchWriteItem':
      return Object.entries(object(input.RequestItems)).map(([table, requests]) =>
        batch(operation, table, requests),
      );
    case 'Query':
    case 'Scan':
      return [search(operation, input)];
    default:
      return [requirement(operation, input)];
  }
}

const arnOf = (name: Json | undefined, index?: Json): string => {
  const text = String(name ?? '*');
  const table = text.startsWith('arn:') ? text : localArn('dynamodb', `table/${text}`);
  return index === undefined ? table : `${table}/index/${String(index)}`;
};

/** Names of the partition keys of our tables (a template test checks that every key schema begins with one of them). */
export const PARTITION_KEYS = ['pk', 'id'] as const;

function leadingKey(item: JsonObject): readonly string[] {
  for (const name of PARTITION_KEYS) {
    const [value] = Object.values(object(item[name]));
    if (value !== undefined) return [String(value)];
  }
  return [];
}

/** Requirement of an operation on one item: its key is in the request's `Key` or `Item`. */
function requirement(action: string, input: JsonObject, more: Requirement['context'] = {}): Requirement {
  const item = object(input.Key ?? input.Item);
  const keys = leadingKey(item);
  return {
    action: `dynamodb:${action}`,
    resource: arnOf(input.TableName),
    context: {
      ...more,
      ...(keys.length === 0 ? {} : { 'dynamodb:LeadingKeys': keys }),
      ...attributes([...Object.keys(item), ...namedIn(input)]),
      ...(input.ReturnValues === undefined ? {} : { 'dynamodb:ReturnValues': String(input.ReturnValues) }),
    },
  };
}

const attributes = (names: readonly string[]): Requirement['context'] =>
  names.length === 0 ? {} : { 'dynamodb:Attributes': [...new Set(names)] };

/** Reads only the placeholders of expressions: our clients use one for every attribute name. */
const namedIn = ({ ExpressionAttributeNames }: JsonObject): readonly string[] =>
  Object.values(object(ExpressionAttributeNames)).map(String);

function batch(operation: string, table: string, requests: Json): Requirement {
  const items =
    operation === 'BatchGetItem'
      ? list(object(requests).Keys).map(object)
      : list(requests).map((request) => {
          const { PutRequest, DeleteRequest } = object(request);
          return object(object(PutRequest).Item ?? object(DeleteRequest).Key);
        });
  const keys = items.flatMap(leadingKey);
  return {
    action: `dynamodb:${operation}`,
    resource: arnOf(table),
    context: {
      ...(keys.length === 0 ? {} : { 'dynamodb:LeadingKeys': [...new Set(keys)] }),
      ...attributes(items.flatMap((item) => Object.keys(item))),
    },
  };
}

/** A query reads one partition: `#pk = :pk`, at the start of its condition or after an AND. */
function search(operation: string, input: JsonObject): Requirement {
  const names = object(input.ExpressionAttributeNames);
  const values = object(input.ExpressionAttributeValues);
  const [, , value] =
    /(?:^|\s|\()(#?[\w.-]+)\s*=\s*(:\w+)/.exec(String(input.KeyConditionExpression ?? '')) ?? [];
  const [key] = value === undefined ? [] : Object.values(object(values[value]));
  return {
    action: `dynamodb:${operation}`,
    resource: arnOf(input.TableName, input.IndexName),
    context: {
      ...(key === undefined ? {} : { 'dynamodb:LeadingKeys': [String(key)] }),
      ...attributes(Object.values(names).map(String)),
      ...(input.Select === undefined ? {} : { 'dynamodb:Select': String(input.Select) }),
      ...(operation === 'Scan' ? { 'dynamodb:FullTableScan': 'true' } : {}),
    },
  };
}
