/**
 * Refuses what AWS would refuse: checks every call of a function, and what Lambda does in its name, against the
 * policies of the synthesized template before a service gets it.
 */
import type { Access, NamedPolicy } from '../../template/access.ts';
import { localArn } from '../../template/names.ts';
import { LOCAL_ACCOUNT } from '../../template/resolve.ts';
import { AwsError } from '../json-protocol.ts';
import { type Principal, type Question, sessionArn, type Verdict } from './judge.ts';
import { DYNAMODB, requirementsOf, type ServiceCall } from './required.ts';
import type { Requirement } from './requirement.ts';
import { type Evaluation, Verdicts } from './verdicts.ts';

/** The caller name of the command line: the account's administrator, who is still bound by resource policies. */
export const ADMINISTRATOR = 'administrator';

const everything: NamedPolicy = {
  name: 'AdministratorAccess',
  document: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] },
};

export interface AuthorizerOptions {
  /** Gets a sentence about each refusal, for the developer. */
  onRefused?(sentence: string): void;
}

export class Authorizer {
  readonly #access: Access;
  readonly #principals: ReadonlyMap<string, Principal>;
  readonly #verdicts = new Verdicts();
  readonly #logging = new Set<string>();
  readonly #options: AuthorizerOptions;

  constructor(access: Access, options: AuthorizerOptions = {}) {
    this.#access = access;
    this.#options = options;
    this.#principals = new Map<string, Principal>([
      ...[...access.roles].map(([name, { arn, policies }]): [string, Principal] => [
        name,
        { roleArn: arn, sessionName: name, policies },
      ]),
      [
        ADMINISTRATOR,
        {
          roleArn: `arn:aws:iam::${LOCAL_ACCOUNT}:role/${ADMINISTRATOR}`,
          sessionName: 'payhooks',
          policies: [everything],
        },
      ],
    ]);
  }

  get counts(): Verdicts['counts'] {
    return this.#verdicts.counts;
  }

  /** The checks that were made, each kind once. */
  get evaluations(): readonly Evaluation[] {
    return this.#verdicts.evaluations;
  }

  /** @throws AwsError AccessDenied, naming the caller, the action, and the policy to change */
  async check(caller: string, call: ServiceCall): Promise<void> {
    for (const requirement of requirementsOf(call, (arn) => this.#access.keys.get(arn))) {
      await this.require(caller, requirement, call.service === DYNAMODB ? 400 : 403);
    }
  }

  /** @throws AwsError */
  async require(caller: string, requirement: Requirement, status = 403): Promise<void> {
    const question = this.#questionOf(caller, requirement);
    // A caller that may do everything is only limited by resource policies.
    if (caller === ADMINISTRATOR && question.atResource === undefined) return;
    const verdict = await this.#verdicts.of(question);
    if (verdict.allowed) return;
    const sentence = refusal(caller, question, verdict, this.#access);
    this.#options.onRefused?.(sentence);
    throw new AwsError('AccessDeniedException', sentence, status);
  }

  /**
   * Lambda writes a function's log with the function's role. Without the permission the lines are lost on AWS; the
   * local stack shows them, together with the refusal.
   */
  wroteLog(functionName: string): void {
    const logGroup = this.#access.logGroups.get(functionName);
    if (logGroup === undefined || this.#logging.has(functionName)) return;
    this.#logging.add(functionName);
    for (const action of ['logs:CreateLogStream', 'logs:PutLogEvents']) {
      const resource = localArn('logs', `log-group:${logGroup}:log-stream:local`);
      this.require(functionName, { action, resource, context: {} }).catch((error: unknown) => {
        if (!(error instanceof AwsError)) this.#options.onRefused?.(String(error));
      });
    }
  }

  #questionOf(caller: string, requirement: Requirement): Question {
    const principal = this.#principals.get(caller);
    if (principal === undefined)
      throw new AwsError('AccessDeniedException', `${caller} is nobody here.`, 403);
    return { ...requirement, principal, atResource: this.#access.resources.get(requirement.resource) };
  }
}

/** AWS's own sentence, and the policy to look at. */
function refusal(
  caller: string,
  { principal, action, resource, context }: Question,
  verdict: Exclude<Verdict, { readonly allowed: true }>,
  access: Access,
): string {
  const role = access.roles.get(caller);
  const [denied] = verdict.deniedBy;
  const why =
    denied === undefined
      ? `because no identity-based policy allows the ${action} action`
      : `with an explicit deny in ${denied}`;
  const where =
    denied !== undefined
      ? `Change ${denied}`
      : `Change policy "${principal.policies[0]?.name ?? 'access'}" of ${role?.logicalId ?? principal.roleArn}`;
  const keys = context['dynamodb:LeadingKeys'];
  const rows = keys === undefined ? '' : ` (partition key ${String(keys).replace(/#.*/, '#…')})`;
  return `User: ${sessionArn(principal)} is not authorized to perform: ${action} on resource: ${resource}${rows} ${why}. ${where}: infra/functions.ts, infra/constructs/access.ts.`;
}
