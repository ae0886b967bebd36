/**
 * Messages from an attacker with an intake's role: it has the provider's shared key, the envelope key and the
 * notifications queue, so it can queue any notification (docs/tables/privileges.md). The tests show what is applied.
 */
import { describe, expect, it } from 'vitest';
import { notificationContext } from '../../shared/app/platform/message.ts';
import { CONFIRMATION } from '../../shared/app/platform/message-schema.ts';
import { seal } from '../../shared/app/platform/seal.ts';
import { hashText } from '../../shared/app/table/keys.ts';
import { pollAnswerItem } from '../../shared/app/table/rows.ts';
import { createApply } from '../../shared/app/transition/receive.ts';
import {
  capture,
  livePolicyOf,
  type PollingBench,
  pingback,
  pollingBench,
  START,
} from '../support/polling-bench.ts';
import { AccessDeniedError, guarded } from '../support/row-guard.ts';
import { envelopeKeys } from '../support/worker-bench.ts';

type Name = 'trustly-americas' | 'paymentwall';

/** A message in the form that intake or the confirmer queues. */
function queued(provider: Name, message: string, over: object): string {
  const digest = hashText(message);
  return JSON.stringify({
    ...{ version: 1, correlationId: 'forged', provider, account: 'shop', digest },
    ...{ receivedAt: new Date(START).toISOString(), keyId: 'current' },
    sealed: seal(message, notificationContext(provider, 'shop', digest), envelopeKeys),
    ...over,
  });
}

/** A bench with a forged completion of a payment that the provider's API does not know. */
async function forged(provider: Name, policy: object = {}): Promise<PollingBench> {
  const bench = pollingBench({
    americas: { policy: { ...pollingBench().americas.policy, ...policy } },
    paymentwall: { policy: { ...pollingBench().paymentwall.policy, ...policy } },
  });
  await bench.order('order-1', '10.00');
  await bench.arrive(
    provider,
    provider === 'paymentwall' ? pingback('1', '0') : capture('1', '11', 'Complete', '4'),
  );
  return bench;
}

const ANSWER = JSON.stringify({
  ...{ transactionId: '1', transactionType: '3', status: '4', merchantReference: 'order-1' },
  ...{ payment: { paymentType: '2' }, amount: '10.00', currency: 'USD' },
});

describe('a forged completion in an account whose amounts the provider must confirm', () => {
  it.each(['trustly-americas', 'paymentwall'] as const)(
    'a forged completion of %s causes no fulfil, and its payment stays awaiting_confirmation',
    async (provider) => {
      const bench = await forged(provider);
      await bench.confirm();
      expect(await bench.status(provider, '1')).toBe('awaiting_confirmation');
      expect(bench.types('1')).not.toContain('fulfil');
    },
  );

  it('a forged answer of the API fulfils nothing: no stored row proves the answer', async () => {
    const bench = await forged('trustly-americas');
    const apply = createApply(bench.deps);
    await apply(queued('trustly-americas', ANSWER, { kind: 'confirmation' }));
    await bench.settle();
    expect(await bench.status('trustly-americas', '1')).toBe('awaiting_confirmation');
    expect(bench.types('1')).not.toContain('fulfil');
    // The provider is polled and does not know the payment.
    expect(await bench.confirm()).toMatchObject({ polled: 1, answers: 0 });
  });

  it('a forged answer that is labelled as a notification is parked with unreadable_message', async () => {
    const bench = await forged('trustly-americas');
    const apply = createApply(bench.deps);
    const dressed = queued('trustly-americas', ANSWER, { kind: 'notification', variant: CONFIRMATION });
    await expect(apply(dressed)).rejects.toMatchObject({ reason: 'unreadable_message' });
    const quarantined = queued('trustly-americas', ANSWER, {
      ...{ kind: 'notification', variant: CONFIRMATION, quarantine: 'x', signatureDigest: hashText(ANSWER) },
    });
    await expect(apply(quarantined)).rejects.toMatchObject({ reason: 'unreadable_message' });
  });

  it('a forged answer about a payment that does not wait is parked with unproven_answer', async () => {
    const bench = pollingBench();
    const answer = queued('trustly-americas', ANSWER, { kind: 'confirmation' });
    await expect(createApply(bench.deps)(answer)).rejects.toMatchObject({ reason: 'unproven_answer' });
  });

  it('the roles of intake, redirect and checkout cannot write the row that proves an answer', async () => {
    const { store } = pollingBench();
    const row = pollAnswerItem(
      { provider: 'trustly-americas', account: 'shop' },
      hashText(ANSWER),
      '2026-03-01',
    );
    for (const name of ['intake-trustly-europe-decisions', 'redirect', 'checkout'] as const) {
      const write = guarded(store, name).write([{ put: row, when: 'always' }]);
      await expect(write).rejects.toThrow(AccessDeniedError);
    }
  });

  it('an answer that a row of the confirmer proves is applied and fulfils', async () => {
    const bench = await forged('trustly-americas');
    const row = pollAnswerItem(
      { provider: 'trustly-americas', account: 'shop' },
      hashText(ANSWER),
      new Date(START).toISOString(),
    );
    await guarded(bench.store, 'confirmer').write([{ put: row, when: 'always' }]);
    await createApply(bench.deps)(queued('trustly-americas', ANSWER, { kind: 'confirmation' }));
    await bench.settle();
    expect(bench.types('1')).toContain('fulfil');
  });
});

describe('forged notifications that are applied, as the documentation says (documented risks)', () => {
  it.each(['trustly-americas', 'paymentwall'] as const)(
    'a %s completion signed by a thief of intake’s role causes fulfil: amountCheck when-present (documented risk)',
    async (provider) => {
      const bench = await forged(provider, { amountCheck: 'when-present' });
      expect(bench.types('1')).toContain('fulfil');
    },
  );

  it.each(['trustly-americas', 'paymentwall'] as const)(
    'a %s completion signed by a thief of intake’s role causes fulfil: unknownOrder trust (documented risk)',
    async (provider) => {
      const policy = livePolicyOf(provider, { unknownOrder: 'trust' });
      const bench = pollingBench({ americas: { policy }, paymentwall: { policy } });
      await bench.arrive(
        provider,
        provider === 'paymentwall' ? pingback('1', '0') : capture('1', '11', 'Complete', '4'),
      );
      expect(bench.types('1')).toContain('fulfil');
    },
  );

  it('a goodwill pingback signed by a thief of intake’s role causes fulfil with goodwill true (documented risk)', async () => {
    const bench = pollingBench();
    await bench.order('order-1', '10.00');
    await bench.arrive('paymentwall', pingback('1', '1'));
    const fulfil = bench.events.find(({ type }) => type === 'fulfil');
    expect(fulfil).toMatchObject({ goodwill: true });
  });

  it.each(['trustly-americas', 'paymentwall'] as const)(
    'a reversal of %s signed by a thief of intake’s role revokes the granted goods (documented risk)',
    async (provider) => {
      const bench = await forged(provider, { amountCheck: 'when-present' });
      await bench.arrive(
        provider,
        provider === 'paymentwall'
          ? pingback('1', '2', { reason: '1' })
          : capture('1', '12', 'Reverse', '10'),
      );
      expect(bench.types('1')).toContain('revoke');
    },
  );
});
