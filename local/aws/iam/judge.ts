/** IAM's decision about one call, from the policies of the template, evaluated by @cloud-copilot/iam-simulate. */
import { defined } from '../../../shared/payment/defined.ts';
import type { NamedPolicy } from '../../template/access.ts';
import { LOCAL_ACCOUNT, object } from '../../template/resolve.ts';
import type { Requirement } from './requirement.ts';

/** The caller: an assumed role with its policies. */
export interface Principal {
  /** "arn:aws:iam::…:role/…" */
  readonly roleArn: string;
  readonly sessionName: string;
  readonly policies: readonly NamedPolicy[];
}

export interface Question extends Requirement {
  readonly principal: Principal;
  /** The resource policy. */
  readonly atResource: NamedPolicy | undefined;
}

export type Verdict =
  | { readonly allowed: true }
  /** `deniedBy`: names of the policies with an explicit Deny; empty when no policy allows the call. */
  | { readonly allowed: false; readonly deniedBy: readonly string[] };

/** The library's data takes a while to load, so it is loaded on the first use. */
const simulator = () => import('@cloud-copilot/iam-simulate');

export const sessionArn = ({ roleArn, sessionName }: Principal): string =>
  `arn:aws:sts::${LOCAL_ACCOUNT}:assumed-role/${roleArn.split('/').pop()}/${sessionName}`;

/** @throws when a policy is not valid, or names an action that does not exist */
export async function judge({
  principal,
  atResource,
  action,
  resource,
  context,
}: Question): Promise<Verdict> {
  const { runSimulation } = await simulator();
  const contextVariables: Record<string, string | string[]> = {
    'aws:PrincipalArn': principal.roleArn,
    'aws:PrincipalAccount': LOCAL_ACCOUNT,
    'aws:PrincipalType': 'AssumedRole',
    // On AWS every call uses TLS; calls between the processes of this computer do not.
    'aws:SecureTransport': 'true',
  };
  for (const [key, value] of Object.entries(context)) {
    contextVariables[key] = typeof value === 'string' ? value : [...value];
  }
  const answer = await runSimulation(
    {
      request: {
        principal: sessionArn(principal),
        action,
        resource: { resource, accountId: LOCAL_ACCOUNT },
        contextVariables,
      },
      identityPolicies: principal.policies.map(({ name, document }) => ({ name, policy: document })),
      serviceControlPolicies: [],
      resourceControlPolicies: [],
      ...defined({ resourcePolicy: atResource?.document }),
    },
    {},
  );
  if (answer.resultType === 'error') {
    throw new Error(`${action} on ${resource}: ${answer.errors.message} ${JSON.stringify(answer.errors)}`);
  }
  if (answer.resultType === 'single') {
    const policies = atResource === undefined ? principal.policies : [...principal.policies, atResource];
    checkRead(answer.result.ignoredContextKeys ?? [], policies);
  }
  if (answer.overallResult === 'Allowed') return { allowed: true };
  if (answer.resultType !== 'single') return { allowed: false, deniedBy: [] };
  const { identityAnalysis, resourceAnalysis } = answer.result.analysis;
  const deniedHere = (resourceAnalysis?.denyStatements ?? []).length > 0;
  const deniedThere = (identityAnalysis?.denyStatements ?? []).length > 0;
  return {
    allowed: false,
    deniedBy: [
      ...(deniedHere && atResource !== undefined ? [atResource.name] : []),
      ...(deniedThere ? principal.policies.map(({ name }) => name) : []),
    ],
  };
}

/** The library ignores condition keys that it does not know (kms:EncryptionContext:…): no policy may depend on one. */
function checkRead(ignored: readonly string[], policies: readonly NamedPolicy[]): void {
  for (const { name, document } of policies) {
    const named = document.Statement.flatMap(({ Condition }) =>
      Object.values(object(Condition)).flatMap((keys) => Object.keys(object(keys))),
    );
    for (const key of ignored) {
      if (named.some((each) => each.toLowerCase() === key.toLowerCase())) {
        throw new Error(`${name} names ${key}, which @cloud-copilot/iam-simulate does not read`);
      }
    }
  }
}
