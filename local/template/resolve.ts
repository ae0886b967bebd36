/**
 * Resolves CloudFormation's intrinsic functions to the names of this computer. Only those that our own templates use;
 * anything else is an error that names it, never a guess.
 */

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = Readonly<Record<string, Json>>;

export interface Resource {
  readonly Type: string;
  readonly Properties?: JsonObject;
  readonly Condition?: string;
}

/** One resource of the template, and its properties as they are on this computer. */
export interface Found {
  readonly logicalId: string;
  readonly resource: Resource;
  /** A property, resolved. */
  get(name: string): Json | undefined;
}

export interface RawTemplate {
  readonly Parameters?: Readonly<Record<string, { readonly Default?: Json }>>;
  readonly Mappings?: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, Json>>>>>>;
  readonly Conditions?: Readonly<Record<string, Json>>;
  readonly Resources: Readonly<Record<string, Resource>>;
}

/** The values of `Ref` and `Fn::GetAtt` for a resource here. Undefined when it is not known locally. */
export interface Names {
  ref(logicalId: string, resource: Resource): Json | undefined;
  attribute(logicalId: string, resource: Resource, attribute: string): Json | undefined;
}

export const LOCAL_ACCOUNT = '000000000000';
export const LOCAL_REGION = 'us-east-1';

const PSEUDO_PARAMETERS: Readonly<Record<string, Json>> = {
  'AWS::AccountId': LOCAL_ACCOUNT,
  'AWS::Region': LOCAL_REGION,
  'AWS::Partition': 'aws',
  'AWS::URLSuffix': 'amazonaws.com',
  'AWS::StackName': 'payhooks-local',
  'AWS::StackId': `arn:aws:cloudformation:${LOCAL_REGION}:${LOCAL_ACCOUNT}:stack/payhooks-local/0`,
  'AWS::NotificationARNs': [],
};

/** Represents AWS::NoValue: the property is left out. */
const NO_VALUE = Symbol('AWS::NoValue');
type Resolved = Json | typeof NO_VALUE;

/** The template contains something that the local stack does not support; the message names it. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError';
}

export type Resolver = (value: Json | undefined) => Json | undefined;

/** Returns a function that resolves any value of this template. @throws TemplateError for what it cannot resolve */
export function resolver(template: RawTemplate, names: Names): Resolver {
  const evaluation = new Evaluation(template, names);
  return (input) => (input === undefined ? undefined : evaluation.value(input));
}

type Intrinsic = (argument: Json) => Resolved;

class Evaluation {
  readonly #template: RawTemplate;
  readonly #names: Names;
  readonly #functions: Readonly<Record<string, Intrinsic>>;

  constructor(template: RawTemplate, names: Names) {
    this.#template = template;
    this.#names = names;
    this.#functions = intrinsics(this);
  }

  ref(name: string): Resolved {
    if (name === 'AWS::NoValue') return NO_VALUE;
    const pseudo = PSEUDO_PARAMETERS[name];
    if (pseudo !== undefined) return pseudo;
    const parameter = this.#template.Parameters?.[name];
    if (parameter !== undefined) return parameter.Default ?? '';
    const resource = this.#template.Resources[name];
    if (resource === undefined)
      throw new TemplateError(`Ref ${name}: there is no such resource or parameter`);
    return known(this.#names.ref(name, resource), `Ref ${name}`, resource);
  }

  getAtt(argument: Json): Json {
    const parts =
      typeof argument === 'string' ? argument.split('.') : raw(argument).map((part) => this.text(part));
    const [name = '', ...rest] = parts;
    const attribute = rest.join('.');
    const resource = this.#template.Resources[name];
    if (resource === undefined) throw new TemplateError(`Fn::GetAtt ${name}.${attribute}: no such resource`);
    return known(
      this.#names.attribute(name, resource, attribute),
      `Fn::GetAtt ${name}.${attribute}`,
      resource,
    );
  }

  sub(argument: Json): string {
    const [pattern, variables] = typeof argument === 'string' ? [argument, {}] : pair(argument);
    const given = object(variables);
    return this.text(pattern).replaceAll(/\$\{(!?)([^}]+)\}/g, (_, literal: string, name: string) => {
      if (literal !== '') return `\${${name}}`;
      const variable = given[name];
      if (variable !== undefined) return this.text(variable);
      return this.text(name.includes('.') ? this.getAtt(name) : (this.ref(name) as Json));
    });
  }

  condition(name: string): boolean {
    const definition = this.#template.Conditions?.[name];
    if (definition === undefined) throw new TemplateError(`there is no condition ${name}`);
    return this.value(definition) === true;
  }

  mapping(argument: Json): Json {
    const [map = '', first = '', second = ''] = raw(argument).map((item) => this.text(item));
    const found = this.#template.Mappings?.[map]?.[first]?.[second];
    if (found === undefined) throw new TemplateError(`Fn::FindInMap: ${map}.${first}.${second} is not there`);
    return found;
  }

  any(input: Json): Resolved {
    if (input === null || typeof input !== 'object') return input;
    if (Array.isArray(input)) return input.map((item) => this.any(item)).filter((item) => item !== NO_VALUE);
    const entries = Object.entries(input as Record<string, Json>);
    const [first] = entries;
    if (first !== undefined && entries.length === 1) {
      const implementation = this.#functions[first[0]];
      if (implementation !== undefined) return implementation(first[1]);
      if (first[0].startsWith('Fn::')) {
        throw new TemplateError(`${first[0]} is not known to the local stack`);
      }
    }
    return Object.fromEntries(
      entries.flatMap(([key, item]) => {
        const resolved = this.any(item);
        return resolved === NO_VALUE ? [] : [[key, resolved]];
      }),
    );
  }

  value(input: Json): Json {
    const resolved = this.any(input);
    return resolved === NO_VALUE ? null : resolved;
  }

  text(input: Json): string {
    const resolved = this.value(input);
    if (typeof resolved === 'object') {
      throw new TemplateError(`expected text, found ${JSON.stringify(resolved).slice(0, 200)}`);
    }
    return String(resolved);
  }

  list(input: Json): readonly Json[] {
    const resolved = this.value(input);
    if (!Array.isArray(resolved))
      throw new TemplateError(`expected a list, found ${JSON.stringify(resolved)}`);
    return resolved;
  }
}

const intrinsics = (on: Evaluation): Readonly<Record<string, Intrinsic>> => ({
  Ref: (argument) => on.ref(on.text(argument)),
  Condition: (argument) => on.condition(on.text(argument)),
  'Fn::GetAtt': (argument) => on.getAtt(argument),
  'Fn::Sub': (argument) => on.sub(argument),
  'Fn::FindInMap': (argument) => on.mapping(argument),
  'Fn::Join': (argument) => {
    const [separator, parts] = pair(argument);
    return on
      .list(parts)
      .map((part) => on.text(part))
      .join(on.text(separator));
  },
  'Fn::Select': (argument) => {
    const [index, values] = pair(argument);
    const chosen = on.list(values)[Number(on.value(index))];
    if (chosen === undefined) throw new TemplateError(`Fn::Select: no element ${on.text(index)}`);
    return chosen;
  },
  'Fn::Split': (argument) => {
    const [separator, whole] = pair(argument);
    return on.text(whole).split(on.text(separator));
  },
  'Fn::If': (argument) => {
    const [name = '', yes = null, no = null] = raw(argument);
    return on.any(on.condition(on.text(name)) ? yes : no);
  },
  'Fn::Equals': (argument) => {
    const [left, right] = pair(argument);
    return JSON.stringify(on.value(left)) === JSON.stringify(on.value(right));
  },
  'Fn::Not': (argument) => on.value(raw(argument)[0] ?? null) !== true,
  'Fn::And': (argument) => raw(argument).every((item) => on.value(item) === true),
  'Fn::Or': (argument) => raw(argument).some((item) => on.value(item) === true),
  'Fn::GetAZs': () => ['a', 'b', 'c'].map((zone) => `${LOCAL_REGION}${zone}`),
  'Fn::Base64': (argument) => Buffer.from(on.text(argument)).toString('base64'),
});

function known(found: Json | undefined, what: string, resource: Resource): Json {
  if (found === undefined)
    throw new TemplateError(`${what} (${resource.Type}) has no value on this computer`);
  return found;
}

/** An argument that must itself be a list (its elements may still contain functions). */
function raw(argument: Json): readonly Json[] {
  if (!Array.isArray(argument)) throw new TemplateError(`expected a list, found ${JSON.stringify(argument)}`);
  return argument;
}

function pair(argument: Json): readonly [Json, Json] {
  const [first, second] = raw(argument);
  if (first === undefined || second === undefined) throw new TemplateError('expected two arguments');
  return [first, second];
}

/** The value as an object; an empty one for anything else. */
export const object = (value: Json | undefined): JsonObject =>
  value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as JsonObject) : {};

/** The value as a list; an empty one for anything else. */
export const list = (value: Json | undefined): readonly Json[] =>
  Array.isArray(value) ? (value as readonly Json[]) : [];
