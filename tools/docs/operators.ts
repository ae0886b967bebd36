/** docs/tables/operators.md: the commands of each operator's role, and what it leaves out. */
import { actionsOf, CALLS } from '../../cli/calls.ts';
import { actionsOfRole, COMMANDS_OF, PLACEHOLDERS, ROLES } from '../operators/roles.ts';
import { code, page, rendered, table } from './markdown.ts';

/** The actions of a command that a role lacks. */
function missing(role: (typeof ROLES)[number], name: string): readonly string[] {
  const own = actionsOfRole(role);
  return actionsOf(CALLS[name] ?? { actions: [] }).filter((action) => !own.includes(action));
}

export function operatorsPage(): string {
  const rows = Object.keys(CALLS)
    .filter((name) => (CALLS[name]?.actions.length ?? 0) > 0 || CALLS[name]?.sometimes !== undefined)
    .map((name) => [
      code(name),
      ...ROLES.map((role) => {
        if (!COMMANDS_OF[role].includes(name)) return '';
        const without = missing(role, name);
        return without.length === 0 ? 'yes' : `without ${without.map(code).join(', ')}`;
      }),
    ]);
  return page(
    '# Roles for operators',
    rendered('`cli/calls.ts` and `tools/operators/roles.ts`'),
    `Three policies for the people who run ${code('npx payhooks')}, made from the AWS actions of each [command](commands.md): [read-only](../operators/read-only.json), [responder](../operators/responder.json), [admin](../operators/admin.json). Replace ${PLACEHOLDERS.map(code).join(', ')}, and attach one to the role or permission set of a person. Each fits into one managed policy.`,
    '**read-only** changes no row and no setting, and reads no secret; of the queues it receives from dead-letter queues alone, and of the vault it looks at one row at a time. **responder** answers alarms: it decides payments, orders, dead letters and quarantine, and of the secrets it reads the envelope key alone. With it, sealed evidence is opened (personal data), and together with its right to send a message, a notification of Trustly Americas or Paymentwall can be forged that the worker takes for verified; Trustly Europe’s are verified once more ([decision 11](../decisions/011-the-worker-verifies-again.md)). **admin** has every command, and so every provider’s key (and `split-token-key`, unless `captureRoleArn` locks it), and it may change the settings of the stack’s functions (`secrets revoke`), which is to run code as them. None may deploy the stack or change a policy. A test judges each command’s calls by these documents, with the IAM simulator; AWS itself has not been asked.',
    table(['command', ...ROLES], rows),
  );
}
