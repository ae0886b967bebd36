/**
 * The operations of DynamoDB that this project and its libraries call, with DynamoDB's own conditions, transactions,
 * page sizes and errors. Requests run one after another, each completely before the next starts.
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/Welcome.html
 */
import { defined } from '../../../../shared/payment/defined.ts';
import { AwsError } from '../../json-protocol.ts';
import { Expressions, type Path } from './expression.ts';
import type { Change, Journal } from './journal.ts';
import { type IndexSpec, type KeyNames, Table, type TableSpec } from './table.ts';
import { type AttributeValue, type Item, invalid, sizeOf } from './values.ts';

type Input = Readonly<Record<string, unknown>>;

/** Maximum size of a page of a query or scan. */
const PAGE_BYTES = 1_024 * 1_024;
const MAX_TRANSACTION_ITEMS = 100;
/** How long a repeated transaction with the same token does nothing. */
const TOKEN_MS = 10 * 60_000;

/** The transaction was cancelled; the answer contains the reasons beside the message, as DynamoDB's does. */
export class TransactionCanceled extends AwsError {
  readonly reasons: readonly Input[];

  constructor(reasons: readonly Input[]) {
    const codes = reasons.map(({ Code }) => Code).join(', ');
    super(
      'TransactionCanceledException',
      `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`,
    );
    this.reasons = reasons;
  }
}

/** A condition failed; holds the stored item if the caller asked for it. */
export class ConditionFailed extends AwsError {
  readonly item: Item | undefined;

  constructor(item: Item | undefined) {
    super('ConditionalCheckFailedException', 'The conditional request failed');
    this.item = item;
  }
}

/** One write, checked but not yet carried out. */
interface Planned {
  readonly table: Table;
  readonly key: Item;
  readonly passes: boolean;
  readonly existing: Item | undefined;
  /** Undefined for a condition check. */
  readonly change: Change | undefined;
  readonly wantsItem: boolean;
}

export class Database {
  readonly #tables = new Map<string, Table>();
  readonly #tokens = new Map<string, { readonly request: string; readonly at: number }>();
  readonly #clock: () => number;
  readonly #journal: Journal | undefined;

  constructor(clock: () => number, journal?: Journal) {
    this.#clock = clock;
    this.#journal = journal;
    if (journal === undefined) return;
    for (const change of journal.read()) this.#carryOut(change);
    journal.rewrite(this.#contents());
  }

  /** @throws AwsError */
  call(operation: string, input: Input): unknown {
    switch (operation) {
      case 'CreateTable':
        return this.#createTable(input);
      case 'DeleteTable':
        return this.#deleteTable(input);
      case 'DescribeTable':
        return { Table: this.#describe(this.#table(input)) };
      case 'UpdateTimeToLive':
        return this.#updateTimeToLive(input);
      case 'DescribeTimeToLive':
        return { TimeToLiveDescription: timeToLive(this.#table(input)) };
      case 'GetItem':
        return this.#getItem(input);
      case 'PutItem':
      case 'DeleteItem':
      case 'UpdateItem':
        return this.#writeOne(operation, input);
      case 'TransactWriteItems':
        return this.#writeTogether(input);
      case 'Query':
        return this.#query(input);
      case 'Scan':
        return this.#scan(input);
      default:
        throw new AwsError('UnknownOperationException', `the built-in engine does not know ${operation}`);
    }
  }

  /** Removes the items whose time to live has passed. */
  expire(): void {
    const now = this.#clock() / 1_000;
    for (const table of this.#tables.values()) {
      const expired = table.expire(now);
      this.#journal?.append(expired.map((remove) => ({ table: table.spec.name, remove })));
    }
  }

  #createTable(input: Input) {
    const name = text(input, 'TableName');
    if (this.#tables.has(name)) throw new AwsError('ResourceInUseException', `Table already exists: ${name}`);
    this.#commit([{ create: name, input }]);
    return { TableDescription: this.#describe(this.#table(input)) };
  }

  #deleteTable(input: Input) {
    const table = this.#table(input);
    const TableDescription = this.#describe(table);
    this.#commit([{ drop: table.spec.name }]);
    return { TableDescription };
  }

  #describe({ spec, size }: Table) {
    const schema = ({ hash, range }: KeyNames) => [
      { AttributeName: hash, KeyType: 'HASH' },
      ...(range === undefined ? [] : [{ AttributeName: range, KeyType: 'RANGE' }]),
    ];
    return { TableName: spec.name, TableStatus: 'ACTIVE', KeySchema: schema(spec.key), ItemCount: size };
  }

  #updateTimeToLive(input: Input) {
    const table = this.#table(input);
    const specification = record(input, 'TimeToLiveSpecification');
    const attribute = specification.Enabled === true ? text(specification, 'AttributeName') : undefined;
    this.#commit([{ ttl: table.spec.name, attribute }]);
    return { TimeToLiveSpecification: specification };
  }

  #getItem(input: Input) {
    const item = this.#table(input).get(record(input, 'Key') as Item);
    if (input.ProjectionExpression === undefined) return defined({ Item: item });
    const expressions = expressionsOf(input);
    const paths = expressions.paths(text(input, 'ProjectionExpression'));
    return item === undefined ? {} : { Item: projected(item, paths) };
  }

  #writeOne(operation: 'PutItem' | 'DeleteItem' | 'UpdateItem', input: Input) {
    const planned = this.#plan(operation, input);
    if (!planned.passes) throw new ConditionFailed(planned.wantsItem ? planned.existing : undefined);
    if (planned.change !== undefined) this.#commit([planned.change]);
    if (input.ReturnValues === 'ALL_OLD' && planned.existing !== undefined)
      return { Attributes: planned.existing };
    if (input.ReturnValues === 'ALL_NEW') return { Attributes: planned.table.get(planned.key) };
    return {};
  }

  #writeTogether(input: Input) {
    const token = input.ClientRequestToken;
    if (typeof token === 'string' && this.#isKnown(token, input)) return {};
    const entries = input.TransactItems as readonly Input[];
    if (!Array.isArray(entries) || entries.length === 0 || entries.length > MAX_TRANSACTION_ITEMS) {
      throw invalid(`Member must have length between 1 and ${MAX_TRANSACTION_ITEMS}`);
    }
    const planned = entries.map((entry) => {
      const [[kind, of] = ['', undefined]] = Object.entries(entry);
      const operation = TRANSACT_OPERATIONS[kind];
      if (operation === undefined)
        throw invalid(`the built-in engine does not know ${kind} in a transaction`);
      return this.#plan(operation, of as Input);
    });
    const items = new Set(planned.map(({ table, key }) => `${table.spec.name} ${table.idOf(key)}`));
    if (items.size < planned.length) {
      throw invalid('Transaction request cannot include multiple operations on one item');
    }
    if (planned.some(({ passes }) => !passes)) {
      throw new TransactionCanceled(
        planned.map(({ passes, existing, wantsItem }) => {
          if (passes) return { Code: 'None' };
          const Item = wantsItem && existing !== undefined ? { Item: existing } : {};
          return { Code: 'ConditionalCheckFailed', Message: 'The conditional request failed', ...Item };
        }),
      );
    }
    this.#commit(planned.flatMap(({ change }) => (change === undefined ? [] : [change])));
    if (typeof token === 'string')
      this.#tokens.set(token, { request: JSON.stringify(input), at: this.#clock() });
    return {};
  }

  #isKnown(token: string, input: Input): boolean {
    const now = this.#clock();
    for (const [each, { at }] of this.#tokens) if (now - at > TOKEN_MS) this.#tokens.delete(each);
    const known = this.#tokens.get(token);
    if (known === undefined) return false;
    if (known.request === JSON.stringify(input)) return true;
    throw new AwsError('IdempotentParameterMismatchException', 'another request had this ClientRequestToken');
  }

  #plan(operation: WriteOperation, input: Input): Planned {
    const table = this.#table(input);
    const expressions = expressionsOf(input);
    const condition =
      input.ConditionExpression === undefined
        ? () => true
        : expressions.condition(text(input, 'ConditionExpression'));
    const update = operation === 'UpdateItem' ? updateOf(expressions, input) : undefined;
    expressions.finish();
    const key = (operation === 'PutItem' ? record(input, 'Item') : record(input, 'Key')) as Item;
    const existing = table.get(key);
    const wantsItem = input.ReturnValuesOnConditionCheckFailure === 'ALL_OLD';
    const passes = condition(existing ?? {});
    const planned = { table, key, passes, existing, wantsItem };
    if (operation === 'ConditionCheck') return { ...planned, change: undefined };
    if (operation === 'DeleteItem') {
      const change =
        existing === undefined ? undefined : { table: table.spec.name, remove: keyOf(table, key) };
      return { ...planned, change };
    }
    const put = update === undefined ? key : { ...update(existing ?? key), ...keyOf(table, key) };
    table.check(put);
    return { ...planned, change: { table: table.spec.name, put } };
  }

  #query(input: Input) {
    const table = this.#table(input);
    const index = indexOf(table, input);
    if (index !== undefined && input.ConsistentRead === true) {
      throw invalid('Consistent reads are not supported on global secondary indexes');
    }
    const key = index?.key ?? table.spec.key;
    const expressions = expressionsOf(input);
    const matches = expressions.condition(text(input, 'KeyConditionExpression'));
    const select = selectorOf(expressions, input);
    expressions.finish();
    const items = table.partition(key, hashOf(key, input)).filter(matches);
    const ordered = input.ScanIndexForward === false ? [...items].reverse() : items;
    return page(ordered, { table, key, index, select, input, order: table.orderOf(key) });
  }

  #scan(input: Input) {
    const table = this.#table(input);
    const index = indexOf(table, input);
    const expressions = expressionsOf(input);
    const select = selectorOf(expressions, input);
    expressions.finish();
    const key = index?.key ?? table.spec.key;
    // Any order is correct as long as it is the same for every page.
    const order = (a: Item, b: Item) => compareIds(table.idOf(a), table.idOf(b));
    const items = [...table.all()].sort(order);
    return page(items, { table, key, index, select, input, order });
  }

  #table(input: Input): Table {
    const name = text(input, 'TableName').replace(/^arn:[^/]*\//, '');
    const table = this.#tables.get(name);
    if (table !== undefined) return table;
    throw new AwsError('ResourceNotFoundException', 'Requested resource not found');
  }

  /** Writes to disk first: after a crash, every acknowledged change must exist. */
  #commit(changes: readonly Change[]): void {
    this.#journal?.append(changes);
    for (const change of changes) this.#carryOut(change);
  }

  #carryOut(change: Change): void {
    if ('create' in change) this.#tables.set(change.create, new Created(change.input as Input));
    else if ('drop' in change) this.#tables.delete(change.drop);
    else if ('ttl' in change) {
      const table = this.#tables.get(change.ttl);
      if (table !== undefined) table.ttlAttribute = change.attribute;
    } else if ('put' in change) this.#tables.get(change.table)?.put(change.put);
    else this.#tables.get(change.table)?.remove(change.remove);
  }

  *#contents(): Generator<Change> {
    for (const table of this.#tables.values()) {
      const { name } = table.spec;
      if (table instanceof Created) yield { create: name, input: table.input };
      if (table.ttlAttribute !== undefined) yield { ttl: name, attribute: table.ttlAttribute };
      for (const put of table.all()) yield { table: name, put };
    }
  }
}

const timeToLive = ({ ttlAttribute }: Table) =>
  ttlAttribute === undefined
    ? { TimeToLiveStatus: 'DISABLED' }
    : { TimeToLiveStatus: 'ENABLED', AttributeName: ttlAttribute };

type WriteOperation = 'PutItem' | 'DeleteItem' | 'UpdateItem' | 'ConditionCheck';

const TRANSACT_OPERATIONS: Readonly<Record<string, WriteOperation>> = {
  Put: 'PutItem',
  Delete: 'DeleteItem',
  Update: 'UpdateItem',
  ConditionCheck: 'ConditionCheck',
};

/** A table that stores the request that created it. */
class Created extends Table {
  readonly input: Input;

  constructor(input: Input) {
    super(specOf(input));
    this.input = input;
  }
}

function specOf(input: Input): TableSpec {
  const keyNames = (of: Input): KeyNames => {
    const schema = (of.KeySchema ?? []) as readonly Input[];
    const named = (type: string) => schema.find(({ KeyType }) => KeyType === type)?.AttributeName;
    const [hash, range] = [named('HASH'), named('RANGE')];
    if (typeof hash !== 'string') throw invalid('No Hash Key specified in schema');
    return typeof range === 'string' ? { hash, range } : { hash };
  };
  const indexes = (input.GlobalSecondaryIndexes ?? []) as readonly Input[];
  return {
    name: text(input, 'TableName'),
    key: keyNames(input),
    indexes: indexes.map((index): IndexSpec => {
      const { ProjectionType } = record(index, 'Projection');
      return {
        name: text(index, 'IndexName'),
        key: keyNames(index),
        keysOnly: ProjectionType === 'KEYS_ONLY',
      };
    }),
  };
}

function indexOf(table: Table, { IndexName }: Input): IndexSpec | undefined {
  if (IndexName === undefined) return undefined;
  const index = table.spec.indexes.find(({ name }) => name === IndexName);
  if (index === undefined) throw invalid(`The table does not have the specified index: ${String(IndexName)}`);
  return index;
}

/** The partition key value that the key condition requires. */
function hashOf({ hash }: KeyNames, input: Input): AttributeValue {
  const condition = text(input, 'KeyConditionExpression');
  const names = (input.ExpressionAttributeNames ?? {}) as Readonly<Record<string, string>>;
  const values = (input.ExpressionAttributeValues ?? {}) as Readonly<Record<string, AttributeValue>>;
  for (const part of condition.split(/\bAND\b/i)) {
    const match = /^\s*\(?\s*([#\w-]+)\s*=\s*(:[\w-]+)\s*\)?\s*$/.exec(part);
    const name = match?.[1]?.startsWith('#') ? names[match[1]] : match?.[1];
    const value = match?.[2] === undefined ? undefined : values[match[2]];
    if (name === hash && value !== undefined) return value;
  }
  throw invalid(`Query condition missed key schema element: ${hash}`);
}

interface Selector {
  readonly filter: (item: Item) => boolean;
  readonly paths: readonly Path[] | undefined;
}

function selectorOf(expressions: Expressions, input: Input): Selector {
  const { FilterExpression, ProjectionExpression } = input;
  return {
    filter: FilterExpression === undefined ? () => true : expressions.condition(String(FilterExpression)),
    paths: ProjectionExpression === undefined ? undefined : expressions.paths(String(ProjectionExpression)),
  };
}

interface PageOptions {
  readonly table: Table;
  readonly key: KeyNames;
  readonly index: IndexSpec | undefined;
  readonly select: Selector;
  readonly input: Input;
  readonly order: (a: Item, b: Item) => number;
}

/** Reads at most `Limit` items or 1 MB, before the filter; sets `LastEvaluatedKey` when more items may follow. */
function page(items: readonly Item[], { table, key, index, select, input, order }: PageOptions) {
  const after = input.ExclusiveStartKey as Item | undefined;
  const backwards = input.ScanIndexForward === false;
  const start =
    after === undefined
      ? 0
      : items.findIndex((item) => (backwards ? order(item, after) < 0 : order(item, after) > 0));
  const limit = input.Limit === undefined ? Number.POSITIVE_INFINITY : Number(input.Limit);
  if (limit < 1) throw invalid('Limit must be greater than or equal to 1');
  const seen: Item[] = [];
  let bytes = 0;
  for (const item of start < 0 ? [] : items.slice(start)) {
    if (seen.length >= limit || bytes > PAGE_BYTES) break;
    seen.push(item);
    bytes += sizeOf(item);
  }
  const last = seen.at(-1);
  const isWhole = start < 0 || start + seen.length >= items.length;
  // DynamoDB returns a last key whenever the limit ended the page, even if nothing follows.
  const more = last !== undefined && (!isWhole || seen.length >= limit);
  const found = seen.filter(select.filter);
  const count = { Count: found.length, ScannedCount: seen.length };
  const lastKey = more && last !== undefined ? { LastEvaluatedKey: keysOf(last, [table.spec.key, key]) } : {};
  if (input.Select === 'COUNT') return { ...count, ...lastKey };
  const shown = found.map((item) => {
    const visible = index?.keysOnly ? keysOf(item, [table.spec.key, key]) : item;
    return select.paths === undefined ? visible : projected(visible, select.paths);
  });
  return { Items: shown, ...count, ...lastKey };
}

const keyOf = (table: Table, item: Item): Item => keysOf(item, [table.spec.key]);

function keysOf(item: Item, keys: readonly KeyNames[]): Item {
  const names = keys.flatMap(({ hash, range }) => (range === undefined ? [hash] : [hash, range]));
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = item[name];
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
}

/** Whole top-level attributes; a path into an attribute returns that part under the attribute's name. */
function projected(item: Item, paths: readonly Path[]): Item {
  const shown: Record<string, AttributeValue> = {};
  for (const [first, ...rest] of paths) {
    if (rest.length > 0) throw invalid('the built-in engine projects whole attributes only');
    const value = item[String(first)];
    if (value !== undefined) shown[String(first)] = value;
  }
  return shown;
}

const compareIds = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function updateOf(expressions: Expressions, input: Input): (item: Item) => Item {
  if (input.UpdateExpression === undefined) throw invalid('UpdateExpression must be given');
  return expressions.update(text(input, 'UpdateExpression'));
}

const expressionsOf = ({ ExpressionAttributeNames, ExpressionAttributeValues }: Input): Expressions =>
  new Expressions({
    names: (ExpressionAttributeNames ?? {}) as Readonly<Record<string, string>>,
    values: (ExpressionAttributeValues ?? {}) as Readonly<Record<string, AttributeValue>>,
  });

function text(input: Input, name: string): string {
  const value = input[name];
  if (typeof value !== 'string' || value === '') throw invalid(`${name} must be a text that is not empty`);
  return value;
}

function record(input: Input, name: string): Input {
  const value = input[name];
  if (typeof value !== 'object' || value === null) throw invalid(`${name} must be given`);
  return value as Input;
}
