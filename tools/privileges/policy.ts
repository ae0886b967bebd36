/**
 * What a function's role allows, evaluated from the synthesized template as IAM does: an explicit Deny, or else an
 * Allow whose action, resource and conditions match. It supports only what our policies use and throws for anything
 * else, so that no statement is misjudged. IAM's own evaluation cannot be tested here.
 */
import { ofType, type Resources } from '../docs/templates.ts';

export interface Request {
  readonly action: string;
  /** Logical id of a resource in the template, with "/index/<name>" appended for an index. */
  readonly resource: string;
  /** Condition keys of the request; a key that is absent here is absent in the request. */
  readonly context?: Readonly<Record<string, readonly string[]>>;
}

interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

const listOf = <T>(value: T | readonly T[]): readonly T[] =>
  (Array.isArray(value) ? value : [value]) as readonly T[];

/** "Id" or "Id/index/open" for a Ref, a GetAtt or a Join of one of them and text. */
function resourceName(value: unknown): string {
  if (typeof value === 'string') return value;
  const fields = value as Readonly<Record<string, unknown>>;
  if (typeof fields.Ref === 'string') return fields.Ref;
  const [first] = listOf(fields['Fn::GetAtt'] as string | readonly string[] | undefined);
  if (typeof first === 'string') return first;
  const join = fields['Fn::Join'] as readonly [string, readonly unknown[]] | undefined;
  if (join === undefined) throw new Error(`not one resource: ${JSON.stringify(value)}`);
  return join[1].map(resourceName).join(join[0]);
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : resourceName(value));

export const actionsOf = ({ Action }: Statement): readonly string[] => listOf(Action);
export const resourcesOf = ({ Resource }: Statement): readonly string[] =>
  listOf<unknown>(Resource).map(resourceName);

const escaped = (text: string): string => text.replace(/[.+^${}()|[\]\\]/g, '\\$&');
/** IAM's own wildcards. */
const isLike = (pattern: string, text: string): boolean =>
  new RegExp(`^${escaped(pattern).replaceAll('*', '.*').replaceAll('?', '.')}$`, 's').test(text);

function isMet(operator: string, key: string, expected: readonly string[], request: Request): boolean {
  const found = request.context?.[key];
  switch (operator) {
    case 'Null':
      return expected.includes(String(found === undefined));
    case 'ArnNotEquals':
      return found === undefined || found.every((text) => !expected.includes(text));
    case 'StringEquals':
      return found?.every((text) => expected.includes(text)) === true;
    // Also true for a request without the key, which is why the policies add `Null`.
    case 'ForAllValues:StringLike':
      return (found ?? []).every((text) => expected.some((pattern) => isLike(pattern, text)));
    case 'ForAllValues:StringEquals':
      return (found ?? []).every((text) => expected.includes(text));
    case 'ForAnyValue:StringEquals':
      return (found ?? []).some((text) => expected.includes(text));
    default:
      throw new Error(`condition operator ${operator}: unknown here`);
  }
}

function fits({ Action, Resource, Condition = {} }: Statement, request: Request): boolean {
  return (
    listOf(Action).some((pattern) => isLike(pattern, request.action)) &&
    listOf<unknown>(Resource).some((each) => isLike(resourceName(each), request.resource)) &&
    Object.entries(Condition).every(([operator, keys]) =>
      Object.entries(keys).every(([key, expected]) =>
        isMet(operator, key, listOf(expected).map(textOf), request),
      ),
    )
  );
}

/** Logical id of a function's role. */
export function roleOf(all: Resources, functionName: string): string {
  const [, lambda] =
    ofType(all, 'AWS::Lambda::Function').find(
      ([, { Properties }]) => Properties?.FunctionName === functionName,
    ) ?? [];
  if (lambda === undefined) throw new Error(`no function ${functionName}`);
  return resourceName(lambda.Properties?.Role);
}

/** Every statement of a function's role. @throws when another policy could allow more */
export function statementsOf(all: Resources, functionName: string): readonly Statement[] {
  const role = all[roleOf(all, functionName)];
  if (role?.Properties?.ManagedPolicyArns !== undefined) throw new Error(`${functionName}: a managed policy`);
  for (const type of ['AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy'])
    if (ofType(all, type).length > 0) throw new Error(`${type}: a policy beside the roles`);
  const policies: readonly { readonly PolicyDocument: { readonly Statement: readonly Statement[] } }[] =
    role?.Properties?.Policies ?? [];
  return policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
}

/** Whether this function's role allows the request. */
export function mayDo(all: Resources, functionName: string, request: Request): boolean {
  const fitting = statementsOf(all, functionName).filter((statement) => fits(statement, request));
  if (fitting.some(({ Effect }) => Effect === 'Deny')) return false;
  return fitting.some(({ Effect }) => Effect === 'Allow');
}

/** The statements of a bus's policy, which apply to every caller in addition to its own. */
const busStatements = (all: Resources): readonly Statement[] =>
  ofType(all, 'AWS::Events::EventBusPolicy').map(([, { Properties }]) => Properties?.Statement as Statement);

/**
 * Whether this role may put an event with this source on the bus. `own` is the function whose policies apply; `true`
 * stands for a role to which another policy of the account allows everything.
 */
export function mayPutEvent(
  all: Resources,
  of: { readonly bus: string; readonly role: string; readonly source: string },
  own: true | string,
): boolean {
  const request: Request = {
    action: 'events:PutEvents',
    resource: of.bus,
    context: { 'events:source': [of.source], 'aws:PrincipalArn': [of.role] },
  };
  const isDenied = busStatements(all).some(
    (statement) => statement.Effect === 'Deny' && fits(statement, request),
  );
  return !isDenied && (own === true || mayDo(all, own, request));
}
