/** TypeScript types of every event, from the JSON Schema, without what a type cannot express (a pattern). */
import type { Schema } from './event-schema.ts';

const PREFIX = '#/$defs/';
const BASE = 'event';

type Shapes = Readonly<Record<string, Schema>>;

/** "payment.refund_updated" → "PaymentRefundUpdatedEvent"; a definition that is not an event keeps its own name. */
export function typeName(definition: string): string {
  const words = definition.split(/[._]/).map((word) => word.charAt(0).toUpperCase() + word.slice(1));
  if (definition === BASE) return 'EventBase';
  return words.join('') + (SHARED.has(definition) ? '' : 'Event');
}

const SHARED = new Set(['money', 'alias', 'details']);

/** @throws Error when the schema uses something that is not supported */
export function eventTypes(schema: Schema): string {
  const definitions = schema.$defs as Shapes;
  const union = (schema.oneOf as readonly Schema[]).map(({ $ref }) => nameOf($ref));
  return [
    '/**',
    ' * What your event bus (as detail) or your endpoint (as body) receives. Rendered by `npm run docs` from',
    ' * event.schema.json; copy it. It holds types alone. More members may come: what you do not know, ignore.',
    ' */',
    '',
    ...Object.entries(definitions).flatMap(([name, shape]) => [...declared(name, shape, definitions), '']),
    '/** Tell them apart by `type`; one that you do not know yet asks for nothing. */',
    `export type PayhooksEvent =\n${union.map((name) => `  | ${name}`).join('\n')};`,
    '',
  ].join('\n');
}

function declared(name: string, shape: Schema, definitions: Shapes): string[] {
  const parents = ((shape.allOf ?? []) as readonly Schema[]).map(({ $ref }) => nameOf($ref));
  const inherited = parents.length === 0 ? [] : ((definitions[BASE]?.required ?? []) as readonly string[]);
  const required = new Set([...inherited, ...((shape.required ?? []) as readonly string[])]);
  const extended = parents.length === 0 ? '' : ` extends ${parents.join(', ')}`;
  return [
    ...comment(shape, ''),
    `export interface ${typeName(name)}${extended} {`,
    ...members(shape, required, '  '),
    '}',
  ];
}

const nameOf = (ref: unknown): string => typeName(String(ref).slice(PREFIX.length));

const comment = ({ description }: Schema, indent: string): string[] =>
  typeof description === 'string' ? [`${indent}/** ${description.replaceAll('*/', '* /')} */`] : [];

function members(shape: Schema, required: ReadonlySet<string>, indent: string): string[] {
  return Object.entries((shape.properties ?? {}) as Shapes).flatMap(([name, inner]) => {
    const key = /^[a-z]\w*$/i.test(name) ? name : `'${name}'`;
    // If a definition only narrows a list, its items are those of the base.
    const narrows = inner.type === 'array' && inner.items === undefined && inner.maxItems !== 0;
    const type = narrows ? `EventBase['${name}']` : typeOf(inner, indent);
    return [...comment(inner, indent), `${indent}readonly ${key}${required.has(name) ? '' : '?'}: ${type};`];
  });
}

const literal = (value: unknown): string =>
  typeof value === 'string' ? `'${value}'` : JSON.stringify(value);

function typeOf(shape: Schema, indent: string): string {
  if (typeof shape.$ref === 'string') return nameOf(shape.$ref);
  if ('const' in shape) return literal(shape.const);
  if (Array.isArray(shape.enum)) return shape.enum.map(literal).join(' | ');
  switch (shape.type) {
    case 'string':
    case 'boolean':
      return shape.type;
    case 'integer':
      return 'number';
    case 'array':
      return listType(shape, indent);
    case 'object': {
      const required = new Set((shape.required ?? []) as readonly string[]);
      return ['{', ...members(shape, required, `${indent}  `), `${indent}}`].join('\n');
    }
    default:
      throw new Error(`no type for ${JSON.stringify(shape)}`);
  }
}

function listType({ items, maxItems }: Schema, indent: string): string {
  if (maxItems === 0) return 'readonly []';
  if (items === undefined) throw new Error('a list without items');
  const item = typeOf(items as Schema, indent);
  return item.includes('|') || item.includes('{') ? `readonly (${item})[]` : `readonly ${item}[]`;
}
