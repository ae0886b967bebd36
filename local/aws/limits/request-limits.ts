/**
 * What DynamoDB refuses in a request, whatever the tables contain. No local engine refuses all of it, so the endpoint
 * checks first. The engine checks what depends on the rows (a page of 1 MB, an update that makes an item too large).
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
 */
import {
  type AttributeValue,
  type Item,
  invalid,
  MAX_ITEM_BYTES,
  sizeOf,
} from '../engines/built-in/values.ts';

type Input = Readonly<Record<string, unknown>>;

interface KeyPart {
  readonly name: string;
  /** "S", "N" or "B". */
  readonly type: string;
  readonly role: 'partition' | 'sort';
}

/** Key schema of a table; `indexes` apply to items that have these attributes. */
export interface TableKeys {
  readonly own: readonly KeyPart[];
  readonly indexes: readonly KeyPart[];
}

const MAX_KEY_BYTES = { partition: 2_048, sort: 1_024 } as const;
const MAX_TRANSACTION_ITEMS = 100;
const MAX_TRANSACTION_BYTES = 4 * 1_024 * 1_024;
const MAX_TOKEN_CHARACTERS = 36;
const MAX_EXPRESSION_BYTES = 4 * 1_024;
const MAX_OPERANDS_OF_IN = 100;
const MAX_DIGITS = 38;
const MAX_EXPONENT = 125;
const MIN_EXPONENT = -130;
const MAX_DEPTH = 32;
const MAX_NAME_BYTES = 65_535;

/** The keys in the body of a CreateTable request. */
export function keysOfTable(create: unknown): TableKeys {
  const {
    AttributeDefinitions,
    KeySchema,
    GlobalSecondaryIndexes = [],
  } = create as {
    readonly AttributeDefinitions: readonly {
      readonly AttributeName: string;
      readonly AttributeType: string;
    }[];
    readonly KeySchema: KeySchema;
    readonly GlobalSecondaryIndexes?: readonly { readonly KeySchema: KeySchema }[];
  };
  const types = new Map(AttributeDefinitions.map((each) => [each.AttributeName, each.AttributeType]));
  const parts = (schema: KeySchema): readonly KeyPart[] =>
    schema.map(({ AttributeName, KeyType }) => ({
      name: AttributeName,
      type: types.get(AttributeName) ?? 'S',
      role: KeyType === 'HASH' ? 'partition' : 'sort',
    }));
  return {
    own: parts(KeySchema),
    indexes: GlobalSecondaryIndexes.flatMap((index) => parts(index.KeySchema)),
  };
}

type KeySchema = readonly { readonly AttributeName: string; readonly KeyType: string }[];

/**
 * @param tables by name; for other tables only the engine checks the keys
 * @throws AwsError as DynamoDB answers
 */
export function checkDynamoDb(
  operation: string,
  input: Input,
  tables: ReadonlyMap<string, TableKeys> = new Map(),
): void {
  if (operation === 'TransactWriteItems') {
    checkTransaction(input, tables);
    return;
  }
  checkExpressions(input);
  checkReturnValues(operation, input);
  checkItem(input, tables);
  if (operation === 'Query' || operation === 'Scan') checkRead(operation, input, tables);
}

function checkTransaction(input: Input, tables: ReadonlyMap<string, TableKeys>): void {
  const { TransactItems, ClientRequestToken } = input;
  if (
    !Array.isArray(TransactItems) ||
    TransactItems.length < 1 ||
    TransactItems.length > MAX_TRANSACTION_ITEMS
  ) {
    throw invalid(`Member must have length between 1 and ${MAX_TRANSACTION_ITEMS}`);
  }
  if (typeof ClientRequestToken === 'string' && !/^.{1,36}$/s.test(ClientRequestToken)) {
    throw invalid(`Value at 'clientRequestToken' must have at most ${MAX_TOKEN_CHARACTERS} characters`);
  }
  const writes = (TransactItems as readonly Input[]).flatMap((entry) => Object.values(entry) as Input[]);
  for (const write of writes) {
    checkExpressions(write);
    checkItem(write, tables);
  }
  const bytes = writes.reduce((sum, { Item, Key }) => sum + sizeOf((Item ?? Key ?? {}) as Item), 0);
  if (bytes > MAX_TRANSACTION_BYTES) throw invalid('Transaction payload size exceeded the limit of 4 MB');
}

/** Checks the item of a put, or the key of any other operation. */
function checkItem({ TableName, Item, Key }: Input, tables: ReadonlyMap<string, TableKeys>): void {
  const keys = tables.get(String(TableName).replace(/^arn:[^/]*\//, ''));
  if (isRecord(Item)) {
    checkValues(Item as Item, 0);
    if (keys !== undefined) checkKeys(Item as Item, keys);
    if (sizeOf(Item as Item) > MAX_ITEM_BYTES)
      throw invalid('Item size has exceeded the maximum allowed size');
  }
  if (!isRecord(Key) || keys === undefined) return;
  if (Object.keys(Key).length !== keys.own.length) {
    throw invalid('The provided key element does not match the schema');
  }
  checkKeys(Key as Item, keys);
}

function checkKeys(item: Item, { own, indexes }: TableKeys): void {
  for (const part of own) {
    if (item[part.name] === undefined) {
      throw invalid(`One or more parameter values were invalid: Missing the key ${part.name} in the item`);
    }
  }
  for (const part of [...own, ...indexes]) {
    const value = item[part.name];
    if (value !== undefined) checkKey(value, part);
  }
}

function checkKey(value: AttributeValue, { name, type, role }: KeyPart): void {
  const content = value[type];
  if (content === undefined) {
    throw invalid(
      `One or more parameter values were invalid: Type mismatch for key ${name}, expected: ${type}`,
    );
  }
  if (type === 'N') return;
  const bytes = Buffer.byteLength(String(content), type === 'B' ? 'base64' : 'utf8');
  if (bytes === 0) {
    throw invalid(
      `One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: ${name}`,
    );
  }
  const limit = MAX_KEY_BYTES[role];
  if (bytes > limit) {
    throw invalid(
      `One or more parameter values were invalid: Size of the ${role} key ${name} has exceeded the limit of ${limit} bytes`,
    );
  }
}

/** Checks names, numbers, sets and depth in every value of the item. */
function checkValues(item: Item, depth: number): void {
  for (const [name, value] of Object.entries(item)) {
    if (Buffer.byteLength(name) > MAX_NAME_BYTES) throw invalid('Attribute name is too large');
    checkValue(value, depth);
  }
}

function checkValue(value: AttributeValue, depth: number): void {
  if (depth > MAX_DEPTH) throw invalid('Nesting Levels have exceeded supported limits');
  const [[type, content] = ['', undefined]] = Object.entries(value);
  if (type === 'N') checkNumber(String(content));
  if (type === 'M' && isRecord(content)) checkValues(content as Item, depth + 1);
  if (type === 'L' && Array.isArray(content)) {
    for (const each of content) checkValue(each as AttributeValue, depth + 1);
  }
  if (['SS', 'NS', 'BS'].includes(type) && Array.isArray(content)) {
    if (content.length === 0)
      throw invalid('One or more parameter values were invalid: An set may not be empty');
    if (new Set(content).size < content.length) {
      throw invalid('One or more parameter values were invalid: Input collection contains duplicates');
    }
    if (type === 'NS') for (const each of content) checkNumber(String(each));
  }
}

function checkNumber(text: string): void {
  const match = /^\s*[+-]?(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,6}))?\s*$/.exec(text);
  const [, whole = '', fraction = '', power = '0'] = match ?? [];
  if (match === null || `${whole}${fraction}` === '') {
    throw invalid('The parameter cannot be converted to a numeric value');
  }
  const digits = `${whole}${fraction}`.replace(/^0+/, '').replace(/0+$/, '');
  if (digits === '') return;
  if (digits.length > MAX_DIGITS) {
    throw invalid('Attempting to store more than 38 significant digits in a Number');
  }
  const leadingZeros = `${whole}${fraction}`.length - `${whole}${fraction}`.replace(/^0+/, '').length;
  const exponent = whole.length - leadingZeros - 1 + Number(power);
  if (exponent > MAX_EXPONENT) throw invalid('Number overflow');
  if (exponent < MIN_EXPONENT) throw invalid('Number underflow');
}

const EXPRESSIONS = [
  'ConditionExpression',
  'FilterExpression',
  'KeyConditionExpression',
  'ProjectionExpression',
  'UpdateExpression',
] as const;

function checkExpressions(input: Input): void {
  for (const name of EXPRESSIONS) {
    const text = input[name];
    if (text === undefined || text === null) continue;
    if (text === '') throw invalid(`Invalid ${name}: The expression can not be empty;`);
    if (Buffer.byteLength(String(text)) > MAX_EXPRESSION_BYTES) {
      throw invalid(`Invalid ${name}: Expression size has exceeded the maximum allowed size`);
    }
    for (const [, operands = ''] of String(text).matchAll(/\bIN\s*\(([^)]*)\)/gi)) {
      if (operands.split(',').length > MAX_OPERANDS_OF_IN) {
        throw invalid(`Invalid ${name}: The IN operator has too many operands`);
      }
    }
  }
  const hasExpression = EXPRESSIONS.some((name) => input[name] !== undefined);
  const used = new Set(EXPRESSIONS.flatMap((name) => String(input[name] ?? '').match(/[#:][\w-]+/g) ?? []));
  for (const name of ['ExpressionAttributeNames', 'ExpressionAttributeValues']) {
    const given = input[name];
    if (!isRecord(given)) continue;
    if (!hasExpression) throw invalid(`${name} can only be specified when using expressions`);
    if (Object.keys(given).length === 0) throw invalid(`${name} must not be empty`);
    const unused = Object.keys(given).filter((placeholder) => !used.has(placeholder));
    if (unused.length > 0) {
      throw invalid(`Value provided in ${name} unused in expressions: keys: {${unused.join(', ')}}`);
    }
  }
  const values = input.ExpressionAttributeValues;
  if (isRecord(values)) checkValues(values as Item, 0);
}

const RETURN_VALUES: Readonly<Record<string, readonly string[]>> = {
  PutItem: ['NONE', 'ALL_OLD'],
  DeleteItem: ['NONE', 'ALL_OLD'],
  UpdateItem: ['NONE', 'ALL_OLD', 'UPDATED_OLD', 'ALL_NEW', 'UPDATED_NEW'],
};

function checkReturnValues(operation: string, { ReturnValues = 'NONE' }: Input): void {
  const allowed = RETURN_VALUES[operation];
  if (allowed !== undefined && !allowed.includes(String(ReturnValues))) {
    throw invalid('Return values set to invalid value');
  }
}

function checkRead(operation: string, input: Input, tables: ReadonlyMap<string, TableKeys>): void {
  const { TableName, IndexName, ConsistentRead, Limit, ExclusiveStartKey } = input;
  if (IndexName !== undefined && ConsistentRead === true) {
    throw invalid('Consistent reads are not supported on global secondary indexes');
  }
  if (Limit !== undefined && !(Number(Limit) >= 1)) throw invalid('Limit must be greater than or equal to 1');
  const keys = tables.get(String(TableName).replace(/^arn:[^/]*\//, ''));
  if (keys === undefined) return;
  if (isRecord(ExclusiveStartKey)) checkStart(ExclusiveStartKey as Item, IndexName !== undefined, keys);
  if (operation !== 'Query') return;
  const partition = partitionIn(input);
  if (partition?.S === '') {
    throw invalid(
      'One or more parameter values are not valid. A key attribute cannot contain an empty string value',
    );
  }
  const { name } = keys.own.find(({ role }) => role === 'partition') ?? { name: '' };
  const start = isRecord(ExclusiveStartKey) ? (ExclusiveStartKey as Item)[name] : undefined;
  if (
    IndexName === undefined &&
    partition !== undefined &&
    start !== undefined &&
    !isSame(partition, start)
  ) {
    throw invalid('The provided starting key is outside query boundaries based on provided conditions');
  }
}

function checkStart(start: Item, ofIndex: boolean, keys: TableKeys): void {
  const expected = keys.own.length;
  const given = Object.keys(start).length;
  if (ofIndex ? given <= expected : given !== expected) {
    throw invalid('The provided starting key is invalid');
  }
  checkKeys(start, keys);
}

/** The value of the condition's first equation: every query here begins with its partition key. */
function partitionIn(input: Input): AttributeValue | undefined {
  const placeholder = /=\s*(:[\w-]+)/.exec(String(input.KeyConditionExpression))?.[1];
  const values = input.ExpressionAttributeValues;
  return placeholder === undefined || !isRecord(values)
    ? undefined
    : (values[placeholder] as AttributeValue | undefined);
}

const isSame = (a: AttributeValue, b: AttributeValue): boolean => JSON.stringify(a) === JSON.stringify(b);

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
