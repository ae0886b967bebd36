/** Today's workers read the messages and the rows of a released version. */
import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { notificationContext } from '../../shared/app/platform/message.ts';
import type { NotificationEnvelope } from '../../shared/app/platform/message-schema.ts';
import { open, parseEnvelopeKeys, seal } from '../../shared/app/platform/seal.ts';
import { EFFECT_SCHEMA } from '../../shared/app/table/effect-form.ts';
import { hashText } from '../../shared/app/table/keys.ts';
import { SCHEMA } from '../../shared/app/table/rows.ts';
import type { Effect, Payment } from '../../shared/payment/types.ts';
import { signedByTrustly, TRUSTLY } from '../support/trustly-signature.ts';
import { type Recording, workers } from './worker.ts';

const recordings = readdirSync(import.meta.dirname)
  .filter((name) => /^v[0-9]+\.json$/.test(name))
  .map((name): readonly [string, Recording] => [
    name,
    signedAnew(JSON.parse(readFileSync(resolve(import.meta.dirname, name), 'utf8')) as Recording),
  ]);

/**
 * A recording that is older than the worker's second verification has no public key, and its signing key is lost. Its
 * messages of Trustly Europe are signed anew. Their envelopes keep the form of the recorded version.
 */
function signedAnew(recording: Recording): Recording {
  if (recording.trustlyKey !== undefined) return recording;
  const keys = parseEnvelopeKeys(recording.envelopeKey);
  const notifications = recording.notifications.map((body) => {
    const envelope = JSON.parse(body) as NotificationEnvelope;
    const { provider, account, digest, sealed } = envelope;
    if (provider !== 'trustly-europe') return body;
    const message = signedByTrustly(open(sealed, notificationContext(provider, account, digest), keys));
    const newDigest = hashText(message);
    const context = notificationContext(provider, account, newDigest);
    return JSON.stringify({ ...envelope, digest: newDigest, sealed: seal(message, context, keys) });
  });
  return { ...recording, notifications, trustlyKey: TRUSTLY.publicKey };
}

const statusesOf = (bench: ReturnType<typeof workers>) =>
  Object.fromEntries(bench.store.data<Payment>('payment').map(({ key, status }) => [key, status]));
const PAID = {
  'trustly-americas:shop:1000000001': 'paid',
  'trustly-europe:shop:2000000001': 'paid',
  'paymentwall:shop:b1': 'paid',
};

/** Today's workers over the recorded table. */
function upgraded(recording: Recording): ReturnType<typeof workers> {
  const bench = workers(recording);
  for (const row of recording.rows) bench.store.rows.set(`${row.pk}\u0000${row.sk}`, row);
  return bench;
}

it('a recording of message version 1 exists', () => {
  const versions = recordings.map(([, { version }]) => version);
  expect(versions).toContain(1);
});

describe.each(recordings)('the recording %s', (_, recording) => {
  const { notifications, reevaluations, effects } = recording;

  it('every recorded message has the version of the recording', () => {
    for (const body of [...notifications, ...reevaluations, ...effects])
      expect(JSON.parse(body)).toMatchObject({ version: recording.version });
  });

  it('the recorded notifications of every provider are applied: each payment is paid', async () => {
    const bench = workers(recording);
    expect(await bench.apply(...notifications)).toEqual([]);
    expect(statusesOf(bench)).toEqual(PAID);
    expect(bench.store.all().filter(({ pk }) => /^(parked|quarantine)#/.test(pk))).toEqual([]);
  });

  it('the recorded effects are delivered once each after the update, also when received twice', async () => {
    const bench = upgraded(recording);
    for (let time = 0; time < 2; time++) expect(await bench.deliver(...effects)).toEqual([]);
    const delivered = bench.target.received.map(({ id }) => id).sort();
    expect(delivered).toEqual(
      effects
        .map((body) => JSON.parse(body) as { payment: string; effect: string })
        .map(({ payment, effect }) => `${payment}#${effect}`)
        .sort(),
    );
  });

  it('an order registered before the update gets its fulfil after the update', async () => {
    const bench = upgraded(recording);
    expect(await bench.apply(...reevaluations)).toEqual([]);
    const fulfil = bench.store
      .data<Effect>('effect#1#fulfil')
      .filter(({ payment }) => payment.startsWith('trustly-europe'));
    expect(fulfil).toHaveLength(1);
  });

  it('duplicates of recorded notifications are absorbed by the recorded rows and counted', async () => {
    const bench = upgraded(recording);
    const before = bench.store.data<Effect>('effect#').length;
    const again = notifications.map((body) =>
      JSON.stringify({ ...JSON.parse(body), correlationId: 'a copy' }),
    );
    expect(await bench.apply(...again)).toEqual([]);
    expect(bench.store.data<Effect>('effect#')).toHaveLength(before);
    expect(bench.lines.filter((line) => line.includes('"Duplicates":1'))).toHaveLength(notifications.length);
  });
});

describe('a newer version', () => {
  const [, recording] = recordings.at(-1) ?? [];
  if (recording === undefined) throw new Error('no recording');
  const newer = (body: string) => JSON.stringify({ ...JSON.parse(body), version: recording.version + 1 });

  it('a message of a newer version is neither parked nor applied: the worker returns the message to the queue', async () => {
    const bench = upgraded(recording);
    const before = bench.store.all();
    expect(await bench.apply(...recording.notifications.map(newer))).toHaveLength(
      recording.notifications.length,
    );
    expect(await bench.deliver(...recording.effects.map(newer))).toHaveLength(recording.effects.length);
    expect(bench.store.all()).toEqual(before);
    expect(bench.target.received).toEqual([]);
  });

  it('a row of a newer version is not overwritten by a worker that cannot read the row', async () => {
    const bench = upgraded(recording);
    for (const [key, row] of bench.store.rows)
      bench.store.rows.set(key, { ...row, schema: 1 + Math.max(SCHEMA, EFFECT_SCHEMA) });
    const before = bench.store.all();
    const copies = recording.notifications.map((body) =>
      JSON.stringify({ ...JSON.parse(body), correlationId: 'x' }),
    );
    expect(await bench.apply(...copies)).toHaveLength(copies.length);
    expect(await bench.deliver(...recording.effects)).toHaveLength(recording.effects.length);
    expect(bench.store.all()).toEqual(before);
  });
});

/**
 * Going back one version: this version reads the messages and rows that a later release wrote with the same version
 * numbers. Such a release may only add members (AGENTS.md, 8). The test adds unknown members to the messages, to the
 * rows and to the data of the rows.
 */
describe('going back from a release that added fields', () => {
  const [, recording] = recordings.at(-1) ?? [];
  if (recording === undefined) throw new Error('no recording');
  const LATER = { addedLater: { by: 'a release that is not written yet' } };
  const later = (body: string) => JSON.stringify({ ...JSON.parse(body), ...LATER });
  const rows = recording.rows.map((row) => ({
    ...row,
    ...LATER,
    ...(typeof row.data === 'object' && row.data !== null ? { data: { ...row.data, ...LATER } } : {}),
  })) as unknown as Recording['rows'];

  it('the messages of a later release with added fields are applied', async () => {
    const bench = workers(recording);
    expect(await bench.apply(...recording.notifications.map(later))).toEqual([]);
    expect(statusesOf(bench)).toEqual(PAID);
    expect(bench.store.all().filter(({ pk }) => /^(parked|quarantine)#/.test(pk))).toEqual([]);
  });

  it('the effects of a later release with added fields are delivered once each from the rows of that release', async () => {
    const bench = upgraded({ ...recording, rows });
    for (let time = 0; time < 2; time++) {
      expect(await bench.deliver(...recording.effects.map(later))).toEqual([]);
    }
    const ids = bench.target.received.map(({ id }) => id);
    expect(ids).toHaveLength(recording.effects.length);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('an order of a later release with added fields gets its fulfil, and the rows of that release absorb duplicates', async () => {
    const bench = upgraded({ ...recording, rows });
    expect(await bench.apply(...recording.reevaluations.map(later))).toEqual([]);
    expect(
      bench.store.data<Effect>('effect#1#fulfil').some(({ payment }) => payment.startsWith('trustly-europe')),
    ).toBe(true);
    const before = bench.store.data<Effect>('effect#').length;
    const again = recording.notifications.map((body) =>
      later(JSON.stringify({ ...JSON.parse(body), correlationId: 'a copy' })),
    );
    expect(await bench.apply(...again)).toEqual([]);
    expect(bench.store.data<Effect>('effect#')).toHaveLength(before);
  });
});
