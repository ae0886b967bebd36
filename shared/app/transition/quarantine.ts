/**
 * Quarantines authentic messages that cannot be read safely: they are stored, limited in number, raise an alarm, and
 * move no money.
 */
import { defined } from '../../payment/defined.ts';
import type { NotificationEnvelope } from '../platform/message-schema.ts';
import type { MetricName, Metrics } from '../platform/metrics.ts';
import { CannotSucceedError } from '../platform/read-message.ts';
import { StoreBusyError, type Write } from '../ports.ts';
import { repeatUntilWritten } from '../table/attempts.ts';
import { quarantineCountKey, quarantineKey } from '../table/keys.ts';
import {
  type QuarantineRow,
  quarantineCountItem,
  quarantineFullItem,
  quarantineItem,
} from '../table/rows.ts';
import type { TransactDeps } from './transact.ts';

/**
 * The most messages per account and month. Beyond it intake answers 503, and messages that it accepted before are
 * parked.
 */
export const MAX_QUARANTINED_PER_MONTH = 10_000;
const MAX_ATTEMPTS = 12;

export interface QuarantineDeps extends TransactDeps {
  readonly metrics: Metrics;
  readonly evidenceDays: number;
}

/**
 * Quarantines a message. The row is keyed by the signature, so copies in any encoding are stored once and never occupy
 * an event id.
 */
export async function quarantine(
  envelope: NotificationEnvelope,
  reason: string,
  deps: QuarantineDeps,
): Promise<void> {
  const { provider, account } = envelope;
  const attempts = { most: MAX_ATTEMPTS, pause: deps.pause };
  const outcome = await repeatUntilWritten(() => attemptQuarantine(envelope, reason, deps), attempts);
  if (outcome === undefined) throw new StoreBusyError('quarantine counter is contended');
  if (outcome === 'overflow') {
    deps.metrics.emit(
      { QuarantineOverflow: 1 },
      { provider, account },
      { correlationId: envelope.correlationId },
    );
    throw new CannotSucceedError('quarantine_full');
  }
  deps.metrics.emit(
    { [COUNTED[outcome]]: 1, Settled: 1, ...(outcome === 'redelivered' ? { Redelivered: 1 } : {}) },
    { provider, account, reason },
    { correlationId: envelope.correlationId, at: envelope.receivedAt },
  );
}

type QuarantineOutcome = 'kept' | 'copy' | 'redelivered' | 'overflow';

const COUNTED = {
  kept: 'Quarantined',
  copy: 'Duplicates',
  // The same row: the worker that wrote it may have died before it counted the row.
  redelivered: 'Quarantined',
} as const satisfies Readonly<Record<Exclude<QuarantineOutcome, 'overflow'>, MetricName>>;

async function attemptQuarantine(
  envelope: NotificationEnvelope,
  reason: string,
  { store, clock, evidenceDays }: Pick<QuarantineDeps, 'store' | 'clock' | 'evidenceDays'>,
): Promise<QuarantineOutcome | 'changed_meanwhile'> {
  const { sealed, digest, keyId, keyFingerprint, variant, receivedAt, correlationId } = envelope;
  const id = envelope.signatureDigest ?? digest;
  const known = await store.get(quarantineKey(envelope, id));
  if (known !== undefined) {
    return (known.data as QuarantineRow).correlationId === correlationId ? 'redelivered' : 'copy';
  }
  const now = new Date(clock()).toISOString();
  const month = now.slice(0, 7);
  // The month of processing, not of the request: a parked message is quarantined when it is sent again in a later
  // month.
  const counter = quarantineCountKey(envelope, month);
  const count = (await store.get(counter))?.version ?? 0;
  const full: Write = { put: quarantineFullItem(envelope, month, now), when: 'always' };
  if (count >= MAX_QUARANTINED_PER_MONTH) {
    await store.write([full]);
    return 'overflow';
  }
  const row = {
    ...{ reason, sealed, digest, keyId, variant, receivedAt, correlationId },
    ...defined({ keyFingerprint }),
  };
  const result = await store.write([
    { put: quarantineItem(envelope, id, row, evidenceDays), when: 'absent' },
    {
      put: quarantineCountItem(counter, count + 1, now, evidenceDays),
      when: count === 0 ? 'absent' : { versionIs: count },
    },
    ...(count + 1 >= MAX_QUARANTINED_PER_MONTH ? [full] : []),
  ]);
  return result.ok ? 'kept' : 'changed_meanwhile';
}
