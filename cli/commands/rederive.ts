import { listedPayments } from '../../shared/app/operator/payment-pages.ts';
import { type Rederived, type RederivedPayment, rederive } from '../../shared/app/operator/rederive.ts';
import { type Assigned, rederiveUnassigned } from '../../shared/app/operator/rederive-unassigned.ts';
import { paymentKeyOf } from '../../shared/app/table/keys.ts';
import { scannedPayments } from '../../shared/aws/payment-scan.ts';
import { defined } from '../../shared/payment/defined.ts';
import type { Command, Request } from '../command.ts';
import type { Connection } from '../connect.ts';
import { rederiveDeps } from '../deps.ts';
import { OPERATOR_NOTE_OPTIONS } from '../operator-note.ts';
import { switchOption } from '../options.ts';
import { block, count, type Line, type Report } from '../output.ts';
import { assertPaymentName, unknownPayment } from '../payment-key.ts';
import { EXIT } from '../problem.ts';

const PAGE = 500;

export const rederiveCommand: Command = {
  details: [
    'Derives payments from stored facts and evidence with the present rules, after an update or a change of policy.',
    'Without PAYMENT it reads the whole table. Sends only events that differ from those that were sent before.',
  ],
  options: {
    apply: switchOption('do it (needs --note)'),
    ...OPERATOR_NOTE_OPTIONS,
  },
  run: async (request) => {
    const { args, flags, world } = request;
    const dryRun = !flags.is('apply');
    const note = dryRun
      ? (flags.text('note') ?? 'dry run')
      : flags.needed('note', 'write the reason, which is stored in the ledger');
    const operatorNote = { by: flags.text('by') ?? world.user, note };
    const connection = await world.connect();
    for (const key of args) {
      assertPaymentName(key, connection.label);
      if ((await connection.store.get(paymentKeyOf(key))) === undefined)
        throw unknownPayment(key, connection.label);
    }
    const deps = await rederiveDeps(connection);
    const whole = args.length === 0;
    const pages = whole
      ? scannedPayments({ client: connection.clients.dynamo, table: connection.table })
      : listedPayments(args);
    const found = await allPages((after) =>
      rederive(pages, { ...operatorNote, dryRun, limit: PAGE, ...after }, deps),
    );
    const assigned = whole ? await unassigned(connection, request, { ...operatorNote, dryRun }, deps) : [];
    return report(found, assigned, dryRun);
  },
};

type After = { readonly after?: string };

async function allPages(page: (after: After) => Promise<Rederived>): Promise<Omit<Rederived, 'next'>> {
  let examined = 0;
  const changed: RederivedPayment[] = [];
  const notable: Rederived['notable'][number][] = [];
  const skipped: Rederived['skipped'][number][] = [];
  let next: string | undefined;
  do {
    const found = await page(defined({ after: next }));
    examined += found.examined;
    changed.push(...found.changed);
    notable.push(...found.notable);
    skipped.push(...found.skipped);
    next = found.next;
  } while (next !== undefined);
  return { examined, changed, notable, skipped };
}

/** Notifications that were about no payment when they came, and are about one by the present tables. */
async function unassigned(
  { config }: Connection,
  { world }: Request,
  options: Parameters<typeof rederiveUnassigned>[1],
  deps: Parameters<typeof rederiveUnassigned>[2],
): Promise<Assigned['assigned']> {
  const assigned: Assigned['assigned'][number][] = [];
  for (const account of config.accounts) {
    let next: string | undefined;
    do {
      const found = await rederiveUnassigned(
        account,
        { ...options, limit: PAGE, ...defined({ after: next }) },
        deps,
      );
      assigned.push(...found.assigned);
      next = found.next;
    } while (next !== undefined);
  }
  if (assigned.length > 0) world.notice(`${count(assigned.length, 'notification')} assigned to a payment.`);
  return assigned;
}

function report(found: Omit<Rederived, 'next'>, assigned: Assigned['assigned'], dryRun: boolean): Report {
  const { examined, changed, notable, skipped } = found;
  const rows = changed.map((each) => [
    each.payment,
    fromTo(each.status) ?? (each.polled === true ? 'polled from now on' : 'same status'),
    each.grant === undefined ? '-' : (fromTo(each.grant) ?? '-'),
    each.holds === undefined
      ? '-'
      : `${each.holds.from.join(', ') || 'none'} → ${each.holds.to.join(', ') || 'none'}`,
    each.events.join(', ') || '-',
  ]);
  const verb = dryRun ? 'would change' : 'changed';
  const lines: Line[] = [
    ...block(['PAYMENT', 'STATUS', 'GOODS', 'HOLDS', 'EVENTS'], rows),
    `${count(examined, 'payment')} examined, ${changed.length} ${verb}.`,
    ...assigned.map(
      ({ key, payment }) => `notification ${key} ${dryRun ? 'would go' : 'went'} to ${payment}`,
    ),
    ...notable.map(({ payment, unusable, noLongerSupported }) => {
      const kinds = Object.entries(unusable).map(([why, number]) => `${number} ${why}`);
      const unsupported =
        noLongerSupported.length === 0 ? [] : [`no longer supported: ${noLongerSupported.join(', ')}`];
      return `note: ${payment}: ${[...kinds, ...unsupported].join('; ')}`;
    }),
    ...skipped.map(({ payment, why }) => `skipped: ${payment}: ${why}`),
    ...(dryRun && changed.length + assigned.length > 0
      ? ['', 'Nothing was written. Next: the same command with --apply --note "why"']
      : []),
  ];
  const code = skipped.length > 0 ? EXIT.failed : EXIT.done;
  return { json: { ...found, assigned, dryRun }, lines, code };
}

const fromTo = (change: { readonly from: string; readonly to: string } | undefined): string | undefined =>
  change === undefined ? undefined : `${change.from} → ${change.to}`;
