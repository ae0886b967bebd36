/**
 * The resource schemas that AWS publishes, as CDK itself is generated from them: names, types, enumerations, what is
 * required, attributes. They hold few enumerations and no patterns or ranges; `documented.ts` adds those that we use.
 */
import { loadAwsServiceSpecSync } from '@aws-cdk/aws-service-spec';
import type { Property, PropertyType, Resource } from '@aws-cdk/service-spec-types';

export interface Schemas {
  /** Undefined: no such type is published. */
  resource(type: string): Resource | undefined;
  /** What a reference leads to. */
  definition(type: PropertyType): { readonly name: string; readonly properties: Properties } | undefined;
}

export type Properties = Readonly<Record<string, Property>>;

/** Takes two seconds of CPU: once for each file that asks. */
export function loadSchemas(): Schemas {
  const database = loadAwsServiceSpecSync();
  return {
    resource: (type) => database.lookup('resource', 'cloudFormationType', 'equals', type)[0],
    definition: (type) => (type.type === 'ref' ? database.get('typeDefinition', type.reference) : undefined),
  };
}
