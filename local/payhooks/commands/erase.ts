import { paymentKeyOf } from '../../../shared/aws/keys.ts';
import { paymentOf } from '../../../shared/aws/rows.ts';
import type { Command } from '../command.ts';
import type { Connection } from '../connect.ts';
import { type Erasure, eraseOrder, erasePayment, findPerson, type Person } from '../erase/erase.ts';
import { vaultStoreOf } from '../erase/on-file.ts';
import { count, type Report, state, table } from '../output.ts';
import { EXIT, Problem } from '../problem.ts';
import { WHO_OPTIONS, whoOf } from '../who.ts';
import { unknownPayment } from './payments-show.ts';

export const eraseCommand: Command = {
  name: 'erase',
  args: '[PAYMENT…]',
  arity: [0, 100],
  summary: "remove a person's evidence and keep the proof that something was processed; --apply does it",
  details: [
    'Removes the kept notifications of their payments and the end user’s id from payments, events and orders,',
    'and the bank account and splitToken on file of an authorization (Trustly Americas; name it, not its captures).',
    'Kept: hashes of processed ids, facts, amounts, statuses, what was sent and when, and who erased it.',
    'Not reached: quarantined messages and notifications about no payment (sealed; they expire with the evidence),',
    'parked ones (sealed; until dlq redrive or dlq discard), the archive of the event bus, backups, and what the merchant has received.',
  ],
  options: {
    'end-user': {
      type: 'string',
      value: 'ID',
      help: 'every payment and order of this end user (reads the whole table)',
    },
    apply: { type: 'boolean', help: 'carry it out (needs --note)' },
    ...WHO_OPTIONS,
  },
  run: async ({ args, flags, world }) => {
    const endUser = flags.text('end-user');
    if ((endUser === undefined) === (args.length === 0)) {
      throw new Problem(EXIT.usage, 'Name payments, or a person with --end-user ID.');
    }
    const who = flags.is('apply') ? whoOf(flags, world) : undefined;
    const connection = await world.connect();
    const person =
      endUser === undefined ? await personOf(connection, args) : await findPerson(connection, endUser);
    const { store } = connection;
    const vault = vaultStoreOf(connection);
    const erasures: Erasure[] = [];
    for (const key of person.payments) {
      const erasure = await erasePayment(key, who, { store, vault, now: world.now });
      if (erasure !== undefined) erasures.push(erasure);
    }
    const orders: string[] = [];
    const refused = erasures.some((erasure) => erasure.refused !== undefined);
    for (const reference of person.orders) {
      // An order that a refused payment is compared with must stay what it is.
      if (!refused && (await eraseOrder(store, reference, who !== undefined))) orders.push(reference);
    }
    return report(erasures, orders, who !== undefined);
  },
};

/** The named payments and the orders they were matched with. */
async function personOf({ store, label }: Connection, keys: readonly string[]): Promise<Person> {
  const orders = new Set<string>();
  for (const key of keys) {
    const row = await store.get(paymentKeyOf(key));
    if (row === undefined) throw unknownPayment(key, label);
    const { orderReference } = paymentOf(row);
    if (orderReference !== undefined) orders.add(orderReference);
  }
  return { payments: [...new Set(keys)], orders: [...orders] };
}

function report(erasures: readonly Erasure[], orders: readonly string[], applied: boolean): Report {
  const refused = erasures.filter((erasure) => erasure.refused !== undefined);
  const json = { applied, payments: erasures, orders };
  if (erasures.length + orders.length === 0) return { json, lines: ['Nobody of this name is known here.'] };
  const rows = erasures.map(({ payment, evidence, effects, refused: why }) => [
    payment,
    String(evidence),
    String(effects),
    why === undefined ? (applied ? 'erased' : 'would be erased') : state('fail'),
    why ?? '',
  ]);
  return {
    json,
    lines: [
      ...table(['PAYMENT', 'EVIDENCE', 'EVENTS', 'STATE', 'WHY NOT'], rows),
      ...erasures
        .filter(({ onFile, refused: why }) => onFile > 0 && why === undefined)
        .map(({ payment }) => `${payment}: what is on file ${applied ? 'is' : 'would be'} erased`),
      ...orders.map((reference) => `order ${reference}: its end user ${applied ? 'is' : 'would be'} erased`),
      '',
      `${count(erasures.length - refused.length, 'payment')} ${applied ? 'erased' : 'would be erased'}.`,
      ...(applied ? [] : ['Nothing was written. Next: the same command with --apply --note "why"']),
    ],
    code: refused.length > 0 ? EXIT.refused : EXIT.done,
  };
}
