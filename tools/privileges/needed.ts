/**
 * Which grants of the functions' roles the recorded calls need: each grant is removed in turn, and the calls are
 * evaluated again.
 */
import { judge, type Question } from '../../local/aws/iam/judge.ts';
import type { Evaluation } from '../../local/aws/iam/verdicts.ts';
import type { Access, NamedPolicy, Statement } from '../../local/template/access.ts';
import type { Json } from '../../local/template/resolve.ts';

/** One action on one resource, of one statement. */
export interface RoleGrant {
  readonly functionName: string;
  readonly action: string;
  readonly resource: string;
  /** Index of the policy in the role, and of the statement in the policy. */
  readonly policy: number;
  readonly statement: number;
}

const listOf = (value: Json | undefined): readonly string[] =>
  (Array.isArray(value) ? (value as readonly Json[]) : [value ?? '']).map(String);

export const grantsOfRoles = ({ roles }: Access): readonly RoleGrant[] =>
  [...roles].flatMap(([functionName, { policies }]) =>
    policies.flatMap(({ document }, policy) =>
      document.Statement.flatMap(({ Action, Resource }, statement) =>
        listOf(Action).flatMap((action) =>
          listOf(Resource).map((resource) => ({ functionName, action, resource, policy, statement })),
        ),
      ),
    ),
  );

/** The policies of a role without one of its grants. */
export function without(policies: readonly NamedPolicy[], grant: RoleGrant): readonly NamedPolicy[] {
  return policies.map((named, at) => {
    if (at !== grant.policy) return named;
    const Statement = named.document.Statement.flatMap((statement, index) =>
      index === grant.statement ? split(statement, grant) : [statement],
    );
    return { ...named, document: { ...named.document, Statement } };
  });
}

/**
 * The same statement without this grant: the other actions on all resources, and this action on the other resources.
 */
function split(statement: Statement, { action, resource }: RoleGrant): readonly Statement[] {
  const actions = listOf(statement.Action).filter((each) => each !== action);
  const resources = listOf(statement.Resource).filter((each) => each !== resource);
  return [
    ...(actions.length > 0 ? [{ ...statement, Action: actions }] : []),
    ...(resources.length > 0 ? [{ ...statement, Action: [action], Resource: resources }] : []),
  ];
}

/** The first call that would be refused without the grant; undefined when no call needs it. */
export async function neededBy(
  grant: RoleGrant,
  evaluations: readonly Evaluation[],
): Promise<Question | undefined> {
  const calls = evaluations.filter(
    ({ question }) =>
      question.principal.sessionName === grant.functionName && question.action === grant.action,
  );
  for (const { question, verdict } of calls) {
    if (!(await verdict).allowed) continue;
    const principal = { ...question.principal, policies: without(question.principal.policies, grant) };
    if (!(await judge({ ...question, principal })).allowed) return question;
  }
  return undefined;
}
