/** Finds every message that was accepted under one key since a time: messages that a thief of the key may have sent. */

import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { CONFIRMATION } from '../shared/app/platform/message-schema.ts';
import type { Item } from '../shared/app/ports.ts';
import {
  EVIDENCE_PREFIX,
  evidencePartition,
  paymentIn,
  paymentKeyOf,
  quarantineKey,
  type Scope,
} from '../shared/app/table/keys.ts';
import { evidenceOf, paymentOf } from '../shared/app/table/rows.ts';
import { paymentKey } from '../shared/payment/index.ts';
import type { Connection } from './connect.ts';
import { scannedRows } from './scan.ts';

export interface RevokedKey {
  /** Place of the key in the secret: rows of older versions name nothing else. */
  readonly role: string;
  readonly fingerprint: string;
}

export interface Accepted {
  readonly receivedAt: string;
  /** Absent when the message is about no payment, or is in quarantine. */
  readonly payment?: string;
  readonly kept: 'with its payment' | 'about no payment' | 'in quarantine';
  /** The provider's id of the notification; absent in quarantine. */
  readonly notification?: string;
  readonly status?: string;
  readonly granted?: boolean;
  /** False when an older version stored the key's place in the secret and not the key itself. */
  readonly certain: boolean;
  readonly correlationId: string;
}

/** Reads the whole table once. Returns the oldest first. */
export async function acceptedUnder(
  connection: Connection,
  scope: Scope,
  key: RevokedKey,
  since: string,
): Promise<readonly Accepted[]> {
  const rows = await keptSince(connection, scope, since);
  const found: Accepted[] = [];
  const payments = new Map<string, Pick<Accepted, 'status' | 'granted'>>();
  for (const row of rows) {
    const { receivedAt, correlationId, keyFingerprint, keyId, variant, normalizedKey } = evidenceOf(row);
    if (variant === CONFIRMATION || receivedAt < since) continue;
    if (keyFingerprint === undefined ? keyId !== placeOf(key.role) : keyFingerprint !== key.fingerprint)
      continue;
    const base = { receivedAt, certain: keyFingerprint !== undefined, correlationId };
    if (row.pk === quarantineKey(scope, '').pk) {
      found.push({ ...base, kept: 'in quarantine' });
    } else if (row.pk === evidencePartition(scope, undefined)) {
      found.push({ ...base, kept: 'about no payment', notification: normalizedKey });
    } else {
      const payment = paymentIn(row);
      const state = payments.get(payment) ?? (await stateOf(connection, payment));
      payments.set(payment, state);
      found.push({ ...base, kept: 'with its payment', payment, notification: normalizedKey, ...state });
    }
  }
  return found.sort((a, b) => (a.receivedAt < b.receivedAt ? -1 : 1));
}

/** "trustly.next" is stored as "next": `keyId` is the place among the keys that verify. */
const placeOf = (role: string): string => {
  const place = role.replace(/^trustly\./, '');
  return place === 'next' ? 'next' : 'current';
};

async function stateOf({ store }: Connection, key: string): Promise<Pick<Accepted, 'status' | 'granted'>> {
  const row = await store.get(paymentKeyOf(key));
  if (row === undefined) return {};
  const { status, grant } = paymentOf(row);
  return { status, granted: grant.state === 'granted' };
}

function keptSince(connection: Connection, scope: Scope, since: string): Promise<readonly Item[]> {
  const text = (value: string): AttributeValue => ({ S: value });
  const rows = scannedRows(connection, {
    FilterExpression:
      '(begins_with(#sk, :evidence) AND #sk >= :since AND (begins_with(#pk, :payments) OR #pk = :unassigned)) OR (#pk = :quarantine AND attribute_exists(#data.#sealed))',
    ExpressionAttributeNames: { '#pk': 'pk', '#sk': 'sk', '#data': 'data', '#sealed': 'sealed' },
    ExpressionAttributeValues: {
      ':evidence': text(EVIDENCE_PREFIX),
      ':since': text(EVIDENCE_PREFIX + since),
      ':payments': text(paymentKeyOf(paymentKey({ ...scope, id: '' })).pk),
      ':unassigned': text(evidencePartition(scope, undefined)),
      ':quarantine': text(quarantineKey(scope, '').pk),
    },
  });
  return Array.fromAsync(rows, (row) => unmarshall(row) as Item);
}
