/** The permissions of a role except those for rows of the main table, from the template's statements. */
import { ofType, type Resources } from '../docs/templates.ts';
import { actionsOf, resourcesOf, statementsOf } from './policy.ts';

const NAMES = ['QueueName', 'TableName', 'Name', 'LogGroupName', 'Description'] as const;

/** "payhooks-sandbox-notifications"; "payhooks-sandbox/index/open" for an index. */
function nameOf(all: Resources, resource: string): string {
  const [id = '', ...rest] = resource.split('/');
  const properties = all[id]?.Properties;
  const name = NAMES.map((each) => properties?.[each]).find((each) => typeof each === 'string');
  if (name === undefined) throw new Error(`${resource}: a resource without a name`);
  return [name, ...rest].join('/');
}

export interface Grant {
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly conditions: readonly string[];
}

/** Every statement of the function's role, with names instead of logical ids. */
export const grantsOf = (all: Resources, functionName: string): readonly Grant[] =>
  statementsOf(all, functionName).map((statement) => ({
    actions: actionsOf(statement),
    resources: resourcesOf(statement).map((resource) => nameOf(all, resource)),
    conditions: Object.values(statement.Condition ?? {}).flatMap((keys) => Object.keys(keys)),
  }));

/** Without rows of the main table, its own log group and the keys that DynamoDB and Secrets Manager use for it. */
export function grantsOfOtherResources(all: Resources, functionName: string): readonly Grant[] {
  const [[, main] = []] = ofType(all, 'AWS::DynamoDB::GlobalTable').filter(([, { Properties }]) =>
    Boolean(Properties?.GlobalSecondaryIndexes),
  );
  const isOwn = ({ actions, resources }: Grant): boolean =>
    actions.every((action) => /^(logs|kms):/.test(action)) ||
    resources.every((name) => name === main?.Properties?.TableName);
  return grantsOf(all, functionName).filter((grant) => !isOwn(grant));
}
