/**
 * The resource schemas that AWS publishes and from which CDK is generated: names, types, enumerations, required
 * properties, attributes. The schemas have few enumerations and no patterns or ranges; `documented.ts` adds those that
 * we use.
 */
import { loadAwsServiceSpecSync } from '@aws-cdk/aws-service-spec';
import type { Property, PropertyType, Resource } from '@aws-cdk/service-spec-types';

export interface Schemas {
  /** The schema of a resource type; undefined: AWS publishes no such type. */
  resource(type: string): Resource | undefined;
  /** The definition that a reference names. */
  definition(type: PropertyType): { readonly name: string; readonly properties: Properties } | undefined;
}

export type Properties = Readonly<Record<string, Property>>;

/** Loads the schemas, which takes two seconds of CPU: call it once per test file. */
export function loadSchemas(): Schemas {
  const database = loadAwsServiceSpecSync();
  return {
    resource: (type) => database.lookup('resource', 'cloudFormationType', 'equals', type)[0],
    definition: (type) => (type.type === 'ref' ? database.get('typeDefinition', type.reference) : undefined),
  };
}
