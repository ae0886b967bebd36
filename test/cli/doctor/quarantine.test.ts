/** A quarantined notification was answered OK and not applied: `doctor` counts those that still wait, by account. */
import { describe, expect, it } from 'vitest';
import type { Connection } from '../../../cli/connect.ts';
import { examine } from '../../../cli/doctor/finding.ts';
import { quarantine } from '../../../cli/doctor/quarantine.ts';
import { parseConfig } from '../../../infra/config.ts';
import { notificationContext } from '../../../shared/app/platform/message.ts';
import { seal } from '../../../shared/app/platform/seal.ts';
import { hashText, quarantineCountKey, type Scope } from '../../../shared/app/table/keys.ts';
import { eventItem, quarantineCountItem, quarantineItem } from '../../../shared/app/table/rows.ts';
import { SAMPLES, UUID, body as written } from '../../providers/trustly-europe/support.ts';
import { MemoryStore } from '../../support/memory-store.ts';
import { envelopeKeys } from '../../support/worker-bench.ts';

const europe: Scope = { provider: 'trustly-europe', account: 'shop' };
const americas: Scope = { provider: 'trustly-americas', account: 'main' };
const config = parseConfig({
  environment: 'sandbox',
  target: { type: 'eventbridge' },
  accounts: [americas, europe],
});
const CREDIT = written({ method: 'credit', uuid: UUID, signature: 's', data: SAMPLES.credit });
const receivedAt = '2025-03-01T12:00:00.000Z';
const correlationId = 'c1';

function bench() {
  const store = new MemoryStore();
  const secretsRead: string[] = [];
  const secrets = {
    send: async ({ input }: { readonly input: { readonly SecretId: string } }) => {
      secretsRead.push(input.SecretId);
      return { SecretString: JSON.stringify({ current: 'c'.repeat(64) }) };
    },
  };
  return {
    store,
    secretsRead,
    keep: async (scope: Scope, message: string): Promise<void> => {
      const digest = hashText(message);
      const sealed = seal(message, notificationContext(scope.provider, scope.account, digest), envelopeKeys);
      const row = { reason: 'malformed_field', sealed, digest, keyId: 'current', variant: 'sha1' } as const;
      const put = quarantineItem(scope, digest, { ...row, receivedAt, correlationId }, 400);
      await store.write([{ put, when: 'absent' }]);
    },
    examined: async (selector = '') => {
      const connection = { config, store, selector, environment: 'sandbox', clients: { secrets } };
      const findings = await examine([quarantine], {
        connection: connection as unknown as Connection,
        world: { now: () => Date.parse('2026-11-21T00:00:00Z') } as never,
        quiet: true,
        url: undefined,
      });
      expect(findings).toHaveLength(1);
      return findings[0];
    },
  };
}

const WELL = { verdict: 'ok', detail: '0 notifications in quarantine and not applied' };

describe('quarantine', () => {
  it('doctor says ok for an empty quarantine, and does not read the envelope key', async () => {
    const { store, secretsRead, examined } = bench();
    expect(await examined()).toMatchObject(WELL);
    const counter = quarantineCountKey(europe, '2026-11');
    await store.write([
      { put: quarantineCountItem(counter, 9, '2026-11-02T00:00:00.000Z', 400), when: 'absent' },
    ]);
    const finding = await examined();
    expect(finding).toMatchObject(WELL);
    expect(finding).not.toHaveProperty('next');
    expect(secretsRead).toEqual([]);
  });

  it('doctor counts quarantined notifications by account, and names the command quarantine list', async () => {
    const { keep, examined } = bench();
    await keep(europe, 'neither JSON nor theirs');
    expect(await examined()).toMatchObject({
      ...{ check: 'quarantine', verdict: 'warn', next: 'payhooks quarantine list' },
      detail: '1 notification in quarantine and not applied: trustly-europe/shop 1',
    });
    await keep(europe, CREDIT);
    await keep(americas, 'eventId=7');
    expect(await examined('--stack PayhooksLive')).toMatchObject({
      ...{ verdict: 'warn', next: 'payhooks quarantine list --stack PayhooksLive' },
      detail: '3 notifications in quarantine and not applied: trustly-americas/main 1, trustly-europe/shop 2',
    });
  });

  it('doctor does not count a quarantined notification that was applied since', async () => {
    const { store, keep, secretsRead, examined } = bench();
    await keep(europe, CREDIT);
    expect(await examined()).toMatchObject({ verdict: 'warn' });
    expect(secretsRead).toEqual(['payhooks/sandbox/envelope-key']);
    const event = { materialHash: '', outcome: 'imported', effects: [], receivedAt, correlationId } as const;
    const put = eventItem(europe, SAMPLES.credit.notificationid, event);
    await store.write([{ put, when: 'absent' }]);
    expect(await examined()).toMatchObject(WELL);
  });

  it('doctor counts a quarantined notification that cannot be opened', async () => {
    const { store, keep, examined } = bench();
    await keep(europe, CREDIT);
    const [item] = store.all();
    if (item === undefined) throw new Error('not kept');
    const data = { ...(item.data as object), sealed: 'v1.00000000.a.b' };
    await store.write([{ put: { ...item, data }, when: 'present' }]);
    expect(await examined()).toMatchObject({ verdict: 'warn' });
  });
});
