/**
 * `acceptedUnder` lists the messages that a stolen key signed: by the fingerprint of the key, or by the place of the
 * key where an older version stored no fingerprint.
 */
import { marshall } from '@aws-sdk/util-dynamodb';
import { describe, expect, it } from 'vitest';
import { acceptedUnder } from '../../cli/accepted-under.ts';
import type { Connection } from '../../cli/connect.ts';
import type { Item } from '../../shared/app/ports.ts';
import { START, workerBench } from '../support/worker-bench.ts';

const SCOPE = { provider: 'paymentwall', account: 'toy' } as const;
const at = (seconds: number) => new Date(START + seconds * 1_000).toISOString();

/**
 * Calls `acceptedUnder` for rows of two payments and one quarantined message, one row per page of the scan. `change`
 * replaces fields of each row.
 */
async function listAccepted(
  key: { role?: string; fingerprint?: string },
  change: object = {},
  since = at(0),
) {
  const bench = workerBench();
  await bench.apply(bench.envelope({ payment: 'p1', key: 'k1' }, { receivedAt: at(20) }));
  await bench.apply(bench.envelope({ payment: 'p2', key: 'k2' }, { receivedAt: at(10) }));
  await bench.apply(bench.envelope({ key: 'k3' }, { receivedAt: at(30), quarantine: 'ambiguous' }));
  const isKept = ({ pk, sk, data }: Item) =>
    sk.startsWith('evidence#') || (pk.startsWith('quarantine#') && 'sealed' in (data as object));
  const rows = bench.memory
    .all()
    .filter(isKept)
    .map((row) => ({ ...row, data: { ...(row.data as object), ...change } }));
  const send = async ({ input }: { input: { ExclusiveStartKey?: { at: { N: string } } } }) => {
    const page = Number(input.ExclusiveStartKey?.at.N ?? 0);
    const Items = rows.slice(page, page + 1).map((row) => marshall(row, { removeUndefinedValues: true }));
    return { Items, LastEvaluatedKey: page + 1 < rows.length ? { at: { N: String(page + 1) } } : undefined };
  };
  const connection = {
    clients: { dynamo: { send } },
    table: 't',
    store: bench.store,
  } as unknown as Connection;
  return acceptedUnder(connection, SCOPE, { role: 'current', fingerprint: 'f1', ...key }, since);
}

describe('acceptedUnder', () => {
  it('acceptedUnder lists the oldest notification first, with its place and the status of its payment', async () => {
    const accepted = await listAccepted({}, { keyFingerprint: 'f1' });
    expect(accepted).toMatchObject([
      { receivedAt: at(10), kept: 'with its payment', payment: 'paymentwall:toy:p2', status: 'paid' },
      { receivedAt: at(20), payment: 'paymentwall:toy:p1', granted: true, certain: true },
      { receivedAt: at(30), kept: 'in quarantine' },
    ]);
  });

  it('acceptedUnder identifies a key by its fingerprint, whatever place the row names', async () => {
    expect(await listAccepted({}, { keyFingerprint: 'f1', keyId: 'next' })).toHaveLength(3);
    expect(await listAccepted({}, { keyFingerprint: 'f2', keyId: 'current' })).toEqual([]);
  });

  it('acceptedUnder matches a row without a fingerprint by its place, and says that the key is not certain', async () => {
    const older = { keyFingerprint: undefined, keyId: 'next' };
    expect(await listAccepted({ role: 'trustly.next' }, older)).toMatchObject([
      { certain: false },
      { certain: false },
      { certain: false },
    ]);
    expect(await listAccepted({ role: 'current' }, older)).toEqual([]);
  });

  it('acceptedUnder leaves out notifications before the given time, and answers of a poll', async () => {
    expect(await listAccepted({}, { keyFingerprint: 'f1' }, at(15))).toHaveLength(2);
    expect(await listAccepted({}, { keyFingerprint: 'f1', variant: 'confirmation' })).toEqual([]);
  });
});
