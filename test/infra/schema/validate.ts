/**
 * Compares a template with the published schemas: one sentence, with the place, for each fault that CloudFormation
 * would refuse.
 */
import type { PropertyType } from '@aws-cdk/service-spec-types';
import type { Json } from '../support.ts';
import { problemOf } from './documented.ts';
import { type RawResource, referenceProblems, type WholeTemplate } from './references.ts';
import type { Properties, Schemas } from './schemas.ts';

const MEMBERS = new Set([
  ...['Type', 'Properties', 'DependsOn', 'Metadata', 'Condition', 'DeletionPolicy'],
  ...['UpdateReplacePolicy', 'UpdatePolicy', 'CreationPolicy'],
]);
const POLICIES = ['Delete', 'Retain', 'RetainExceptOnCreate', 'Snapshot'];
const INTRINSIC = /^(?:Ref|Fn::[A-Za-z]+)$/;
const FUNCTIONS = new Set([
  ...['Ref', 'Fn::GetAtt', 'Fn::Join', 'Fn::Sub', 'Fn::Select', 'Fn::Split', 'Fn::If', 'Fn::Base64'],
  ...['Fn::FindInMap', 'Fn::GetAZs', 'Fn::ImportValue', 'Fn::Cidr'],
]);

const isObject = (value: unknown): value is Readonly<Record<string, Json>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

interface Looking extends Schemas {
  looked(place: string): void;
}

/** The place of a value in the template and in the schemas. */
interface Place {
  readonly path: string;
  readonly schema: string;
}

/** @param looked is called with the schema place of each plain value */
export function templateProblems(
  template: WholeTemplate,
  published: Schemas,
  looked: (place: string) => void = () => undefined,
): readonly string[] {
  const schemas: Looking = { ...published, looked };
  return [
    ...Object.entries(template.Resources).flatMap(([id, resource]) =>
      resourceProblems(id, resource, schemas),
    ),
    ...referenceProblems(template, schemas),
  ];
}

function resourceProblems(id: string, resource: RawResource, schemas: Looking): readonly string[] {
  const { Type: type, Properties: properties = {} } = resource;
  const schema = schemas.resource(type);
  if (schema === undefined) return [`${id}: no resource type ${type}`];
  const strange = Object.keys(resource).filter((name) => !MEMBERS.has(name));
  const policies = ['DeletionPolicy', 'UpdateReplacePolicy'].filter(
    (name) => resource[name] !== undefined && !POLICIES.includes(String(resource[name])),
  );
  return [
    ...strange.map((name) => `${id}: ${name} is no member of a resource`),
    ...policies.map((name) => `${id}: ${name} is none of ${POLICIES.join(', ')}`),
    ...memberProblems(properties as Json, schema.properties, { path: id, schema: type }, schemas),
  ];
}

/** Unknown and missing members. */
function memberProblems(value: Json, properties: Properties, at: Place, schemas: Looking): readonly string[] {
  if (!isObject(value)) return [`${at.path}: is no object`];
  const required = Object.entries(properties).filter(([name, { required: is }]) => is && !(name in value));
  return [
    ...required.map(([name]) => `${at.path}: ${name} is required`),
    ...Object.entries(value).flatMap(([name, inner]) => {
      const property = properties[name];
      if (property === undefined) return [`${at.path}: no property ${name}`];
      const place = { path: `${at.path}.${name}`, schema: `${at.schema}.${name}` };
      return valueProblems(inner, property.type, place, schemas);
    }),
  ];
}

function valueProblems(value: Json, type: PropertyType, at: Place, schemas: Looking): readonly string[] {
  const intrinsic = intrinsicProblems(value, at);
  if (intrinsic !== undefined) return intrinsic;
  schemas.looked(at.schema);
  const documented = problemOf(at.schema, value);
  const wrong = documented === undefined ? [] : [`${at.path}: ${JSON.stringify(value)} ${documented}`];
  return [...wrong, ...typeProblems(value, type, at, schemas)];
}

/**
 * Undefined: the value is not an intrinsic function. The result of an intrinsic function is known only at deployment.
 */
function intrinsicProblems(value: Json, at: Place): readonly string[] | undefined {
  if (!isObject(value)) return undefined;
  const [name = '', ...others] = Object.keys(value);
  if (others.length > 0 || !INTRINSIC.test(name)) return undefined;
  return FUNCTIONS.has(name) ? [] : [`${at.path}: no function ${name}`];
}

function typeProblems(value: Json, type: PropertyType, at: Place, schemas: Looking): readonly string[] {
  switch (type.type) {
    case 'ref': {
      const definition = schemas.definition(type);
      if (definition === undefined) return [`${at.path}: a definition that is not published`];
      return memberProblems(value, definition.properties, { ...at, schema: definition.name }, schemas);
    }
    case 'array':
      return Array.isArray(value)
        ? value.flatMap((each, index) => {
            const place = { path: `${at.path}[${index}]`, schema: `${at.schema}[]` };
            return valueProblems(each, type.element, place, schemas);
          })
        : [`${at.path}: is no list`];
    case 'map':
      return isObject(value)
        ? Object.entries(value).flatMap(([name, inner]) =>
            valueProblems(
              inner,
              type.element,
              { path: `${at.path}.${name}`, schema: `${at.schema}.*` },
              schemas,
            ),
          )
        : [`${at.path}: is no map`];
    case 'union': {
      const tries = type.types.map((each) => typeProblems(value, each, at, schemas));
      return tries.some((each) => each.length === 0) ? [] : (tries[0] ?? []);
    }
    default:
      return plainProblems(value, type, at);
  }
}

const PLAIN: Readonly<Record<string, (value: Json) => boolean>> = {
  string: (value) => typeof value === 'string',
  // CloudFormation also accepts a text that spells an integer; we do not use such texts.
  integer: Number.isInteger,
  number: (value) => typeof value === 'number',
  boolean: (value) => typeof value === 'boolean',
  json: isObject,
  'date-time': (value) => typeof value === 'string' && !Number.isNaN(Date.parse(value)),
  tag: (value) =>
    isObject(value) && Object.keys(value).sort().join() === 'Key,Value' && typeof value.Value === 'string',
};

function plainProblems(value: Json, type: PropertyType, at: Place): readonly string[] {
  const fits = PLAIN[type.type];
  if (fits === undefined) return [`${at.path}: type ${type.type} is unknown here`];
  if (!fits(value)) return [`${at.path}: ${JSON.stringify(value)} is no ${type.type}`];
  const allowed: readonly Json[] = 'allowedValues' in type ? (type.allowedValues ?? []) : [];
  if (allowed.length === 0 || allowed.includes(value)) return [];
  return [`${at.path}: ${JSON.stringify(value)} is none of ${allowed.join(', ')}`];
}
