/**
 * Validates values against the JSON Schemas of this repository (draft 2020-12, local references only). It supports
 * only the keywords that these schemas use, and throws for any other, so that no keyword is ignored.
 */
type Schema = { readonly [keyword: string]: unknown };
type Check = (value: unknown, argument: never, at: string, root: Schema, schema: Schema) => string[];

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
const unless = (holds: boolean, at: string, sentence: string): string[] =>
  holds ? [] : [`${at}: ${sentence}`];

const IS_TYPE: Readonly<Record<string, (value: unknown) => boolean>> = {
  string: (value) => typeof value === 'string',
  integer: (value) => Number.isInteger(value),
  boolean: (value) => typeof value === 'boolean',
  array: Array.isArray,
  object: isObject,
};

const CHECKS: Readonly<Record<string, Check>> = {
  type: (value, name: string, at) => unless(IS_TYPE[name]?.(value) === true, at, `is no ${name}`),
  const: (value, wanted: unknown, at) => unless(same(value, wanted), at, `is not ${JSON.stringify(wanted)}`),
  enum: (value, allowed: readonly unknown[], at) =>
    unless(
      allowed.some((each) => same(each, value)),
      at,
      `is none of ${allowed.join(', ')}`,
    ),
  pattern: (value, pattern: string, at) =>
    unless(
      typeof value !== 'string' || new RegExp(pattern, 'u').test(value),
      at,
      `does not match ${pattern}`,
    ),
  minLength: (value, min: number, at) =>
    unless(typeof value !== 'string' || [...value].length >= min, at, `is shorter than ${min}`),
  minimum: (value, min: number, at) =>
    unless(typeof value !== 'number' || value >= min, at, `is below ${min}`),
  minItems: (value, min: number, at) =>
    unless(!Array.isArray(value) || value.length >= min, at, `has fewer than ${min}`),
  maxItems: (value, max: number, at) =>
    unless(!Array.isArray(value) || value.length <= max, at, `has more than ${max}`),
  items: (value, schema: Schema, at, root) =>
    Array.isArray(value)
      ? value.flatMap((item, index) => validate(item, schema, root, `${at}[${index}]`))
      : [],
  contains: (value, schema: Schema, at, root) =>
    unless(
      !Array.isArray(value) || value.some((item) => validate(item, schema, root).length === 0),
      at,
      'contains no such item',
    ),
  required: (value, names: readonly string[], at) =>
    isObject(value)
      ? names.filter((name) => !Object.hasOwn(value, name)).map((name) => `${at}.${name}: is missing`)
      : [],
  properties: (value, schemas: Readonly<Record<string, Schema>>, at, root) =>
    isObject(value)
      ? Object.entries(schemas).flatMap(([name, schema]) =>
          Object.hasOwn(value, name) ? validate(value[name], schema, root, `${at}.${name}`) : [],
        )
      : [],
  $ref: (value, reference: string, at, root) => validate(value, resolve(reference, root), root, at),
  allOf: (value, schemas: readonly Schema[], at, root) =>
    schemas.flatMap((schema) => validate(value, schema, root, at)),
  oneOf: (value, schemas: readonly Schema[], at, root) => {
    const fitting = schemas.filter((schema) => validate(value, schema, root, at).length === 0);
    return unless(fitting.length === 1, at, `fits ${fitting.length} of the alternatives`);
  },
};

/** Keywords that do not restrict a value. */
const ANNOTATIONS = new Set(['$schema', 'title', 'description', '$defs']);

function resolve(reference: string, root: Schema): Schema {
  const found = /^#\/\$defs\/(.+)$/.exec(reference)?.[1];
  const schema = (root.$defs as Readonly<Record<string, Schema>> | undefined)?.[found ?? ''];
  if (schema === undefined) throw new Error(`no ${reference} in this schema`);
  return schema;
}

/** One sentence per violation; empty when the value is valid. @throws for an unsupported keyword */
export function validate(value: unknown, schema: Schema, root: Schema = schema, at = '$'): string[] {
  return Object.entries(schema).flatMap(([keyword, argument]) => {
    if (ANNOTATIONS.has(keyword)) return [];
    const check = CHECKS[keyword];
    if (check === undefined) throw new Error(`${at}: this validator does not know "${keyword}"`);
    return check(value, argument as never, at, root, schema);
  });
}
