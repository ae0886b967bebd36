/**
 * Finds a person in the table: payments, orders, and rows of the checkout. Reads the whole table, because no index
 * contains it.
 */

import type { AttributeValue, ScanCommandInput } from '@aws-sdk/client-dynamodb';
import type { Key } from '../../shared/app/ports.ts';
import { ACCOUNT_PREFIX, orderKey } from '../../shared/app/table/keys.ts';
import type { PaymentKey } from '../../shared/payment/types.ts';
import type { Connection } from '../connect.ts';
import { scannedRows } from '../scan.ts';

export interface Person {
  readonly payments: readonly PaymentKey[];
  /** References of orders that name the end user, or that the operator named. */
  readonly orders: readonly string[];
  /** Sessions of the checkout, and bank accounts that only the shopper's redirect contained. */
  readonly checkout: readonly Key[];
}

/** What the operator knows about the person; at least one member. */
export interface PersonSearch {
  /** The end user's id at the provider. */
  readonly endUser?: string | undefined;
  readonly order?: string | undefined;
}

export async function findPerson(connection: Connection, { endUser, order }: PersonSearch): Promise<Person> {
  const named = endUser === undefined ? [] : await naming(connection, endUser);
  const payments = new Set(named.filter(isPayment).map(nameIn));
  const orders = new Set(named.filter((key) => !isPayment(key)).map(nameIn));
  if (order !== undefined && (await connection.store.get(orderKey(order))) !== undefined) orders.add(order);
  // Every payment of these orders is the person's, even if its notifications name nobody.
  const references = new Set([...orders, ...(order === undefined ? [] : [order])]);
  const belonging = await belongingTo(connection, [...references]);
  for (const key of belonging.filter(isPayment)) payments.add(nameIn(key));
  return {
    payments: [...payments],
    orders: [...orders],
    checkout: belonging.filter((key) => !isPayment(key)),
  };
}

const isPayment = ({ sk }: Key): boolean => sk === 'payment';
/** "payment#<key>", "order#<reference>" */
const nameIn = ({ pk }: Key): string => pk.slice(pk.indexOf('#') + 1);

const naming = (connection: Connection, endUser: string): Promise<readonly Key[]> =>
  scan(connection, {
    FilterExpression:
      '(#sk = :payment AND contains(#data.#users, :user)) OR (#sk = :order AND #data.#user = :user)',
    ExpressionAttributeNames: { '#data': 'data', '#users': 'endUsers', '#user': 'endUser' },
    ExpressionAttributeValues: {
      ':payment': { S: 'payment' },
      ':order': { S: 'order' },
      ':user': { S: endUser },
    },
  });

/** The maximum number of operands of IN. */
const MAX_OPERANDS = 100;

async function belongingTo(connection: Connection, references: readonly string[]): Promise<readonly Key[]> {
  const found: Key[] = [];
  for (let from = 0; from < references.length; from += MAX_OPERANDS) {
    const values = references
      .slice(from, from + MAX_OPERANDS)
      .map((reference, index): [string, AttributeValue] => [`:r${index}`, { S: reference }]);
    const names = values.map(([name]) => name).join(', ');
    found.push(
      ...(await scan(connection, {
        FilterExpression: `#data.#reference IN (${names}) AND (#sk IN (:payment, :session) OR begins_with(#sk, :account))`,
        ExpressionAttributeNames: { '#data': 'data', '#reference': 'orderReference' },
        ExpressionAttributeValues: {
          ...Object.fromEntries(values),
          ':payment': { S: 'payment' },
          ':session': { S: 'session' },
          ':account': { S: ACCOUNT_PREFIX },
        },
      })),
    );
  }
  return found;
}

/** Keys of the rows that match the filter. */
const scan = (
  connection: Connection,
  { ExpressionAttributeNames, ...filter }: Omit<ScanCommandInput, 'TableName'>,
): Promise<readonly Key[]> => {
  const rows = scannedRows(connection, {
    ...filter,
    ProjectionExpression: '#pk, #sk',
    ExpressionAttributeNames: { ...ExpressionAttributeNames, '#pk': 'pk', '#sk': 'sk' },
  });
  return Array.fromAsync(rows, ({ pk, sk }) => ({ pk: pk?.S ?? '', sk: sk?.S ?? '' }));
};
