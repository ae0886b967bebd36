import { afterEach, describe, expect, it, vi } from 'vitest';
import { envelopeKeysFrom, fulfilmentRuntime, publicKeysFrom } from '../../../shared/aws/runtime/workers.ts';
import type { Account } from '../../../shared/providers/index.ts';

describe('the runtime of the workers', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  it('fulfilmentRuntime takes idempotencyDays from PAYHOOKS_IDEMPOTENCY_DAYS', () => {
    const variables = {
      AWS_REGION: 'eu-west-1',
      PAYHOOKS_ENVIRONMENT: 'sandbox',
      PAYHOOKS_TABLE: 't',
      PAYHOOKS_IDEMPOTENCY_TABLE: 'i',
      PAYHOOKS_IDEMPOTENCY_DAYS: '123',
      PAYHOOKS_FULFILMENT_QUEUE_URL: 'https://sqs.eu-west-1.amazonaws.com/0/f',
      PAYHOOKS_TARGET: '{"type":"eventbridge","busName":"bus"}',
    };
    for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
    expect(fulfilmentRuntime().idempotencyDays).toBe(123);
  });

  it('fresh public keys are read from Secrets Manager itself, and its failure is thrown', async () => {
    vi.stubEnv('PAYHOOKS_ENVIRONMENT', 'sandbox');
    const account = { provider: 'trustly-europe', account: 'shop', policy: { environment: 'sandbox' } };
    const away = () => Promise.reject(new Error('the secret store is away'));
    const keys = publicKeysFrom({
      read: async ({ parse }) => parse({ current: {} }),
      reread: async () => undefined,
      readNewest: away,
      waitForRefreshes: async () => {},
    });
    expect(await keys(account as unknown as Account, false)).toMatchObject({ trustly: [{ id: 'current' }] });
    await expect(keys(account as unknown as Account, true)).rejects.toThrow('the secret store is away');
  });

  it('fresh envelope keys are read again, so that a rotated key is found', async () => {
    vi.stubEnv('PAYHOOKS_ENVIRONMENT', 'sandbox');
    const texts = { old: 'o'.repeat(64), rotated: 'r'.repeat(64) };
    const keys = envelopeKeysFrom({
      read: async ({ parse }) => parse({ current: texts.old }),
      reread: async ({ parse }) => parse({ current: texts.rotated }),
      readNewest: async ({ parse }) => parse({ current: texts.rotated }),
      waitForRefreshes: async () => {},
    });
    const [cached, fresh] = [await keys(false), await keys(true)];
    expect(fresh.sealing.id).not.toBe(cached.sealing.id);
  });
});
