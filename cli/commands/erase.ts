import type { OperatorNote } from '../../shared/app/operator/holds.ts';
import { paymentKeyOf } from '../../shared/app/table/keys.ts';
import { paymentOf } from '../../shared/app/table/rows.ts';
import { defined } from '../../shared/payment/defined.ts';
import { parsePaymentKey } from '../../shared/payment/index.ts';
import type { Command } from '../command.ts';
import type { Connection } from '../connect.ts';
import { envelopeKeysOf } from '../deps.ts';
import { type Erasure, eraseOrder, erasePayment, wrote } from '../erase/erase.ts';
import { findPerson, type Person, type PersonSearch } from '../erase/find.ts';
import { vaultStoreOf } from '../erase/on-file.ts';
import { erasing, type Looked, type SealedMessage, sealedMessages, type Terms } from '../erase/sealed.ts';
import { OPERATOR_NOTE_OPTIONS, operatorNoteOf } from '../operator-note.ts';
import { switchOption, textOption } from '../options.ts';
import { type Cell, count, type Line, type Report, state, table, time } from '../output.ts';
import { assertPaymentName, unknownPayment } from '../payment-key.ts';
import { EXIT, errorText, Problem } from '../problem.ts';

export const eraseCommand: Command = {
  arity: [0, 100],
  details: [
    'Removes the stored notifications and shipping reports of the payments, and the end user’s id from payments, events',
    'and orders. Removes the bank account and the splitToken of a Trustly Americas authorization (name the authorization,',
    'not its captures). Also removes messages about no payment or in quarantine that name the payment, person or order;',
    'to find them, it opens them (reads the envelope key). With --end-user or --order: also sessions of the checkout.',
    'Kept: hashes of processed ids, facts, amounts, statuses, decisions, what was sent and when, and who erased it.',
    'Refused: held payments, payments with undelivered events or reports, and parked messages. Handle these first.',
    'Not erased: dead letters (SQS deletes them after 14 days), the archive of the event bus, backups, and what the',
    'merchant has received. More: docs/commands-erase.md.',
  ],
  options: {
    'end-user': textOption('ID', 'all payments and orders of this end user (reads the whole table)'),
    order: textOption('REFERENCE', 'all payments of this order (reads the whole table)'),
    apply: switchOption('do it (needs --note)'),
    ...OPERATOR_NOTE_OPTIONS,
  },
  run: async ({ args, flags, world }) => {
    const search: PersonSearch = { endUser: flags.text('end-user'), order: flags.text('order') };
    const isSearch = search.endUser !== undefined || search.order !== undefined;
    if (isSearch === args.length > 0) {
      throw Problem.usage('Name payments, or a person with --end-user ID or --order REFERENCE.');
    }
    const operatorNote = flags.is('apply') ? operatorNoteOf(flags, world) : undefined;
    const connection = await world.connect();
    const person = isSearch ? await findPerson(connection, search) : await personOf(connection, args);
    const looked = await sealedMessages(termsOf(person, search), connection.config.accounts, {
      store: connection.store,
      keys: await envelopeKeysOf(connection)(false),
    });
    return report(
      await carryOut(person, looked, operatorNote, { connection, now: world.now }),
      operatorNote !== undefined,
    );
  },
};

/** The named payments and the orders they were matched with. */
async function personOf({ store, label }: Connection, keys: readonly string[]): Promise<Person> {
  const orders = new Set<string>();
  for (const key of keys) {
    assertPaymentName(key, label);
    const row = await store.get(paymentKeyOf(key));
    if (row === undefined) throw unknownPayment(key, label);
    const { orderReference } = paymentOf(row);
    if (orderReference !== undefined) orders.add(orderReference);
  }
  return { payments: [...new Set(keys)], orders: [...orders], checkout: [] };
}

const termsOf = ({ payments }: Person, { endUser, order }: PersonSearch): Terms => ({
  anywhere: new Set([endUser, order].filter((term) => term !== undefined)),
  payments: new Set(
    payments.map(parsePaymentKey).map(({ provider, account, id }) => `${provider}/${account}/${id}`),
  ),
});

interface Erased {
  readonly erasures: readonly Erasure[];
  /** References of orders that named the end user. */
  readonly orders: readonly string[];
  /** Number of rows of the checkout. */
  readonly checkout: number;
  readonly messages: readonly SealedMessage[];
  /** Messages that an operator must handle first. */
  readonly parked: readonly SealedMessage[];
  readonly unreadable: number;
  /** Why the rest was not erased; exactly what is listed is erased. */
  readonly brokeOff?: string;
}

async function carryOut(
  person: Person,
  { found, unreadable }: Looked,
  operatorNote: OperatorNote | undefined,
  { connection, now }: { readonly connection: Connection; readonly now: () => number },
): Promise<Erased> {
  const { store } = connection;
  const vault = await vaultStoreOf(connection);
  const erasures: Erasure[] = [];
  const orders: string[] = [];
  const messages: SealedMessage[] = [];
  let checkout = 0;
  const parked = found.filter(({ where }) => where === 'parked');
  const so = (why?: string): Erased => ({
    ...{ erasures, orders, checkout, messages, parked, unreadable },
    ...defined({ brokeOff: why }),
  });
  try {
    for (const key of person.payments) {
      const erasure = await erasePayment(key, operatorNote, { store, vault, now });
      if (erasure !== undefined) erasures.push(erasure);
    }
    // Matching a refused payment uses its order, so that order must stay as it is.
    const isRefused = erasures.some(({ refused }) => refused !== undefined);
    for (const reference of isRefused ? [] : person.orders) {
      if (await eraseOrder(store, reference, operatorNote !== undefined)) orders.push(reference);
    }
    for (const key of isRefused ? [] : person.checkout) {
      if (operatorNote !== undefined) await wrote(store, [{ remove: key, when: 'always' }]);
      checkout++;
    }
    const at = new Date(now()).toISOString();
    for (const message of found.filter(({ where }) => where !== 'parked')) {
      if (operatorNote !== undefined) await wrote(store, erasing(message, operatorNote, at));
      messages.push(message);
    }
    return so();
  } catch (error) {
    // A failed search has changed nothing; a partial erasure must be reported.
    if (operatorNote === undefined) throw error;
    return so(errorText(error));
  }
}

function report(erased: Erased, applied: boolean): Report {
  const { erasures, orders, checkout, messages, parked, unreadable, brokeOff } = erased;
  const refused = erasures.filter((erasure) => erasure.refused !== undefined).length + parked.length;
  const json = {
    applied,
    payments: erasures,
    orders,
    checkout,
    messages: messages.map(plain),
    parked: parked.map(plain),
    unreadable,
    ...defined({ brokeOff }),
  };
  const nothing = erasures.length + orders.length + checkout + messages.length + parked.length === 0;
  const done = applied ? 'erased' : 'would be erased';
  const lines: Line[] =
    nothing && brokeOff === undefined
      ? ['Nothing is stored under this name.']
      : [
          ...(erasures.length > 0 ? paymentLines(erasures, done) : []),
          ...orders.map(
            (reference) => `order ${reference}: its end user ${applied ? 'is' : 'would be'} erased`,
          ),
          ...(checkout > 0 ? [`${count(checkout, 'row')} of the checkout ${done}`] : []),
          ...messages.map((message) => `a message ${placeOf(message)}: ${done}`),
          ...parked.map(
            (message) =>
              `a message ${placeOf(message)} names the person. First run payhooks dlq redrive or payhooks dlq discard`,
          ),
          '',
          `${count(erasures.length - (refused - parked.length), 'payment')} ${done}.`,
          ...(applied ? [] : ['Nothing was written. Next: the same command with --apply --note "why"']),
        ];
  const unread = `${count(unreadable, 'message')} could not be opened, because its key is missing; nobody can read its content.`;
  const left = `Stopped by an error, the rest is not erased: ${brokeOff}. Next: repeat the command; what is erased stays erased.`;
  const isDone = applied && erasures.some((each) => each.refused === undefined);
  const some = isDone || (applied && orders.length + checkout + messages.length > 0);
  return {
    json,
    lines: [...lines, ...(unreadable > 0 ? [unread] : []), ...(brokeOff === undefined ? [] : [left])],
    // Exit code "refused" means that nothing was done.
    code:
      brokeOff !== undefined || (refused > 0 && some) ? EXIT.failed : refused > 0 ? EXIT.refused : EXIT.done,
  };
}

const plain = ({ where, receivedAt, digest }: SealedMessage) => ({ where, receivedAt, digest });

const placeOf = ({ where, receivedAt, digest }: SealedMessage): string =>
  `${where === 'of no payment' ? 'about no payment' : where === 'parked' ? 'that is parked' : 'in quarantine'}, ${time(receivedAt)}, ${digest.slice(0, 16)}`;

function paymentLines(erasures: readonly Erasure[], done: string): readonly Line[] {
  const rows = erasures.map(({ payment, evidence, effects, onFile, refused: why }): readonly Cell[] => [
    payment,
    String(evidence),
    String(effects),
    String(onFile),
    why === undefined ? done : state('fail'),
    why ?? '',
  ]);
  return table(['PAYMENT', 'EVIDENCE', 'EVENTS', 'ON FILE', 'STATE', 'WHY NOT'], rows);
}
