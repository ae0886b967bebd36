/**
 * Resolves CloudFormation's intrinsic functions to what things are called on this computer. Only what our own
 * templates use; anything else is an error that names it, never a guess.
 */

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

export interface Resource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, Json>>;
  readonly Condition?: string;
}

export interface RawTemplate {
  readonly Parameters?: Readonly<Record<string, { readonly Default?: Json }>>;
  readonly Mappings?: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, Json>>>>>>;
  readonly Conditions?: Readonly<Record<string, Json>>;
  readonly Resources: Readonly<Record<string, Resource>>;
}

/** Where things are: what `Ref` and `Fn::GetAtt` of a resource give here. Undefined: not known locally. */
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

/** Stands for AWS::NoValue: the property is left out. */
const NO_VALUE = Symbol('AWS::NoValue');
type Resolved = Json | typeof NO_VALUE;

/** The template holds something this runner does not know; the message names it. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError';
}

export type Resolver = (value: Json | undefined) => Json | undefined;

/** Returns a function that resolves any value of this template. Throws TemplateError on what it can't resolve. */
export function resolver(template: RawTemplate, names: Names): Resolver {
  const functions: Readonly<Record<string, (argument: Json) => Resolved>> = {
    Ref: (argument) => ref(text(argument)),
    Condition: (argument) => condition(text(argument)),
    'Fn::GetAtt': (argument) => getAtt(argument),
    'Fn::Sub': (argument) => sub(argument),
    'Fn::Join': (argument) => {
      const [separator, parts] = pair(argument);
      return list(parts).map(text).join(text(separator));
    },
    'Fn::Select': (argument) => {
      const [index, values] = pair(argument);
      const chosen = list(values)[Number(value(index))];
      if (chosen === undefined) throw new TemplateError(`Fn::Select: no element ${String(value(index))}`);
      return chosen;
    },
    'Fn::Split': (argument) => {
      const [separator, whole] = pair(argument);
      return text(whole).split(text(separator));
    },
    'Fn::If': (argument) => {
      const [name, yes, no] = raw(argument);
      return any((condition(text(name ?? '')) ? yes : no) ?? null);
    },
    'Fn::Equals': (argument) => {
      const [left, right] = pair(argument);
      return JSON.stringify(value(left)) === JSON.stringify(value(right));
    },
    'Fn::Not': (argument) => value(raw(argument)[0] ?? null) !== true,
    'Fn::And': (argument) => raw(argument).every((item) => value(item) === true),
    'Fn::Or': (argument) => raw(argument).some((item) => value(item) === true),
    'Fn::FindInMap': (argument) => {
      const [map, first, second] = raw(argument).map((item) => text(item));
      const found = template.Mappings?.[map ?? '']?.[first ?? '']?.[second ?? ''];
      if (found === undefined)
        throw new TemplateError(`Fn::FindInMap: ${map}.${first}.${second} is not there`);
      return found;
    },
    'Fn::GetAZs': () => ['a', 'b', 'c'].map((zone) => `${LOCAL_REGION}${zone}`),
    'Fn::Base64': (argument) => Buffer.from(text(argument)).toString('base64'),
  };

  function ref(name: string): Resolved {
    if (name === 'AWS::NoValue') return NO_VALUE;
    const pseudo = PSEUDO_PARAMETERS[name];
    if (pseudo !== undefined) return pseudo;
    const parameter = template.Parameters?.[name];
    if (parameter !== undefined) return parameter.Default ?? '';
    const resource = template.Resources[name];
    if (resource === undefined)
      throw new TemplateError(`Ref ${name}: there is no such resource or parameter`);
    return known(names.ref(name, resource), `Ref ${name}`, resource);
  }

  function getAtt(argument: Json): Json {
    const [name, ...rest] = typeof argument === 'string' ? argument.split('.') : raw(argument).map(text);
    const attribute = rest.join('.');
    const resource = template.Resources[name ?? ''];
    if (name === undefined || resource === undefined) {
      throw new TemplateError(`Fn::GetAtt ${name}.${attribute}: there is no such resource`);
    }
    return known(names.attribute(name, resource, attribute), `Fn::GetAtt ${name}.${attribute}`, resource);
  }

  function sub(argument: Json): string {
    const [pattern, variables] = typeof argument === 'string' ? [argument, {}] : pair(argument);
    const given = object(variables);
    return text(pattern).replaceAll(/\$\{(!?)([^}]+)\}/g, (_, literal: string, name: string) => {
      if (literal !== '') return `\${${name}}`;
      const variable = given[name];
      if (variable !== undefined) return text(variable);
      return text(name.includes('.') ? getAtt(name) : (ref(name) as Json));
    });
  }

  function condition(name: string): boolean {
    const definition = template.Conditions?.[name];
    if (definition === undefined) throw new TemplateError(`there is no condition ${name}`);
    return value(definition) === true;
  }

  function any(input: Json): Resolved {
    if (input === null || typeof input !== 'object') return input;
    if (Array.isArray(input)) return input.map(any).filter((item) => item !== NO_VALUE);
    const entries = Object.entries(input as Record<string, Json>);
    const [first] = entries;
    if (
      entries.length === 1 &&
      first !== undefined &&
      (first[0].startsWith('Fn::') || first[0] in functions)
    ) {
      const implementation = functions[first[0]];
      if (implementation === undefined)
        throw new TemplateError(`${first[0]} is not known to the local stack`);
      return implementation(first[1]);
    }
    return Object.fromEntries(
      entries.flatMap(([key, item]) => {
        const resolved = any(item);
        return resolved === NO_VALUE ? [] : [[key, resolved]];
      }),
    );
  }

  function value(input: Json): Json {
    const resolved = any(input);
    return resolved === NO_VALUE ? null : resolved;
  }

  function text(input: Json): string {
    const resolved = value(input);
    if (typeof resolved === 'object') {
      throw new TemplateError(`expected text, found ${JSON.stringify(resolved).slice(0, 200)}`);
    }
    return String(resolved);
  }

  function list(input: Json): readonly Json[] {
    const resolved = value(input);
    if (!Array.isArray(resolved))
      throw new TemplateError(`expected a list, found ${JSON.stringify(resolved)}`);
    return resolved;
  }

  return (input) => (input === undefined ? undefined : value(input));
}

function known(found: Json | undefined, what: string, resource: Resource): Json {
  if (found === undefined)
    throw new TemplateError(`${what} (${resource.Type}) has no value on this computer`);
  return found;
}

/** An argument that must itself be a list (its elements may still hold functions). */
function raw(argument: Json): readonly Json[] {
  if (!Array.isArray(argument)) throw new TemplateError(`expected a list, found ${JSON.stringify(argument)}`);
  return argument;
}

function pair(argument: Json): readonly [Json, Json] {
  const [first, second] = raw(argument);
  if (first === undefined || second === undefined) throw new TemplateError('expected two arguments');
  return [first, second];
}

/** The value as an object; anything else is an empty one. */
export function object(value: Json | undefined): Readonly<Record<string, Json>> {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
    ? (value as Readonly<Record<string, Json>>)
    : {};
}
