/** DynamoDB attribute values in their JSON form ({"S": "x"}): type, order, equality, size. */
import { AwsError } from '../../json-protocol.ts';

export type AttributeValue = Readonly<Record<string, unknown>>;
export type Item = Readonly<Record<string, AttributeValue>>;

const TYPES = new Set(['S', 'N', 'B', 'BOOL', 'NULL', 'M', 'L', 'SS', 'NS', 'BS']);

/** DynamoDB's answer to an invalid request. */
export const invalid = (message: string): AwsError => new AwsError('ValidationException', message);

export function typeOf(value: AttributeValue): string {
  const [type, ...others] = Object.keys(value);
  if (type === undefined || others.length > 0 || !TYPES.has(type)) {
    throw invalid('Supplied AttributeValue is empty or has more than one type, must contain exactly one');
  }
  return type;
}

/** Negative, zero or positive; undefined if DynamoDB defines no order: two types, or maps, lists and flags. */
export function compareValues(a: AttributeValue, b: AttributeValue): number | undefined {
  const type = typeOf(a);
  if (type !== typeOf(b)) return undefined;
  if (type === 'S') return compareText(String(a.S), String(b.S));
  if (type === 'N') return Number(a.N) - Number(b.N);
  if (type === 'B')
    return Buffer.compare(Buffer.from(String(a.B), 'base64'), Buffer.from(String(b.B), 'base64'));
  return undefined;
}

/** DynamoDB sorts texts by their UTF-8 bytes; for characters above U+FFFF JavaScript sorts differently. */
function compareText(a: string, b: string): number {
  return a === b ? 0 : Buffer.compare(Buffer.from(a), Buffer.from(b));
}

export function equalValues(a: AttributeValue, b: AttributeValue): boolean {
  const order = compareValues(a, b);
  return order === undefined ? canonical(a) === canonical(b) : order === 0;
}

/** JSON without the order of map keys and set members. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (key, inner: unknown) => {
    if (Array.isArray(inner)) return ['SS', 'NS', 'BS'].includes(key) ? [...inner].sort() : inner;
    if (typeof inner !== 'object' || inner === null) return inner;
    return Object.fromEntries(Object.entries(inner).sort(([one], [other]) => (one < other ? -1 : 1)));
  });
}

export const MAX_ITEM_BYTES = 400 * 1_024;

/** Size as DynamoDB counts it, names and values; close enough to refuse what DynamoDB refuses. */
export function sizeOf(item: Item): number {
  return Object.entries(item).reduce(
    (sum, [name, value]) => sum + Buffer.byteLength(name) + sizeOfValue(value),
    0,
  );
}

function sizeOfValue(value: AttributeValue): number {
  const type = typeOf(value);
  const content = value[type];
  switch (type) {
    case 'S':
      return Buffer.byteLength(String(content));
    case 'N':
      return Math.ceil(String(content).length / 2) + 1;
    case 'B':
      return Buffer.byteLength(String(content), 'base64');
    case 'M':
      return 3 + sizeOf(content as Item);
    case 'L':
      return (content as readonly AttributeValue[]).reduce((sum, each) => sum + 1 + sizeOfValue(each), 3);
    case 'SS':
    case 'NS':
    case 'BS':
      return (content as readonly string[]).reduce((sum, each) => sum + Buffer.byteLength(each), 0);
    default:
      return 1;
  }
}
