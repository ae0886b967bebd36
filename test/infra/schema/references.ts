/** Ref, GetAtt, Sub and DependsOn of a template lead to existing resources, and no resource depends on itself. */
import type { Json } from '../support.ts';
import type { Schemas } from './schemas.ts';

export interface WholeTemplate {
  readonly Resources: Readonly<Record<string, RawResource>>;
  readonly Parameters?: Readonly<Record<string, unknown>>;
  readonly Conditions?: Readonly<Record<string, Json>>;
  readonly Outputs?: Readonly<Record<string, Json>>;
}
export type RawResource = {
  readonly Type: string;
  readonly DependsOn?: string | readonly string[];
} & Readonly<Record<string, unknown>>;

interface Reference {
  readonly from: string;
  readonly to: string;
  /** The attribute in GetAtt, or in "Id.Attribute" of a Sub. */
  readonly attribute?: string;
}

const PSEUDO = /^AWS::(?:AccountId|NotificationARNs|NoValue|Partition|Region|StackId|StackName|URLSuffix)$/;
const IN_SUB = /\$\{(?!!)([^}]+)\}/g;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const named = (from: string, text: string): Reference => {
  const [to = '', ...attribute] = text.split('.');
  return attribute.length === 0 ? { from, to } : { from, to, attribute: attribute.join('.') };
};

function inSub(from: string, value: unknown): readonly Reference[] {
  const [text, own] = Array.isArray(value) ? value : [value, {}];
  return [...String(text).matchAll(IN_SUB)]
    .map(([, name = '']) => name)
    .filter((name) => !Object.hasOwn(own as object, name))
    .map((name) => named(from, name));
}

/** Every reference inside a value. */
function referencesIn(from: string, value: unknown): readonly Reference[] {
  if (Array.isArray(value)) return value.flatMap((each) => referencesIn(from, each));
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([name, inner]): readonly Reference[] => {
    if (name === 'Ref' && typeof inner === 'string') return [{ from, to: inner }];
    if (name === 'Fn::GetAtt') {
      return [named(from, Array.isArray(inner) ? inner.map(String).join('.') : String(inner))];
    }
    const more = name === 'Fn::Sub' ? inSub(from, inner) : [];
    return [...more, ...referencesIn(from, inner)];
  });
}

const dependsOn = ({ DependsOn = [] }: RawResource): readonly string[] =>
  typeof DependsOn === 'string' ? [DependsOn] : DependsOn;

export function referenceProblems(template: WholeTemplate, schemas: Schemas): readonly string[] {
  const { Resources, Outputs = {}, Parameters = {} } = template;
  const from = (id: string): readonly Reference[] => {
    const resource = Resources[id];
    const explicit = resource === undefined ? [] : dependsOn(resource).map((to) => ({ from: id, to }));
    return [...explicit, ...referencesIn(id, resource?.Properties)];
  };
  const ids = Object.keys(Resources);
  const all = [
    ...ids.flatMap(from),
    ...Object.entries(Outputs).flatMap(([name, output]) => referencesIn(`output ${name}`, output)),
  ];
  const missing = all.flatMap((reference) => problemOf(reference, Resources, Parameters, schemas));
  return [...missing, ...circles(ids, (id) => from(id).map(({ to }) => to))];
}

function problemOf(
  { from, to, attribute }: Reference,
  resources: WholeTemplate['Resources'],
  parameters: Readonly<Record<string, unknown>>,
  schemas: Schemas,
): readonly string[] {
  const resource = resources[to];
  if (attribute === undefined) {
    const isThere = resource !== undefined || Object.hasOwn(parameters, to) || PSEUDO.test(to);
    return isThere ? [] : [`${from}: refers to ${to}, which is not there`];
  }
  if (resource === undefined) return [`${from}: takes ${attribute} of ${to}, which is not there`];
  // The schemas list an attribute of a nested part by its path, and no member of a map.
  const known = Object.keys(schemas.resource(resource.Type)?.attributes ?? {});
  return known.includes(attribute) ? [] : [`${from}: ${resource.Type} has no attribute ${attribute}`];
}

/** One sentence for each circle of resources that depend on each other. */
function circles(ids: readonly string[], next: (id: string) => readonly string[]): readonly string[] {
  const done = new Set<string>();
  const found: string[] = [];
  const visit = (id: string, path: readonly string[]): void => {
    if (path.includes(id)) found.push(`a circle: ${[...path.slice(path.indexOf(id)), id].join(' → ')}`);
    if (done.has(id) || path.includes(id)) return;
    for (const to of next(id)) visit(to, [...path, id]);
    done.add(id);
  };
  for (const id of ids) visit(id, []);
  return found;
}
