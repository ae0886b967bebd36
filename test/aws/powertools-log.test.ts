import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Fields } from '../../shared/app/platform/log.ts';

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

describe('the log of the workers', () => {
  it('the workers’ log writes the allowed fields and neither a secret nor an error', async () => {
    // With POWERTOOLS_DEV Powertools writes to the global console, which the test can replace.
    vi.stubEnv('POWERTOOLS_DEV', 'true');
    const lines: string[] = [];
    vi.spyOn(console, 'warn').mockImplementation((line: string) => void lines.push(line));
    const { powertoolsLog } = await import('../../shared/aws/runtime/powertools-log.ts');

    const untyped = {
      correlationId: 'c-1',
      provider: 'paymentwall',
      secret: 'MARK',
      error: new Error('MARK'),
    };
    powertoolsLog('payhooks').warn('payment held', untyped as Fields);

    expect(lines).toHaveLength(1);
    const line = JSON.parse(lines[0] ?? '') as Record<string, unknown>;
    expect(line).toMatchObject({
      level: 'WARN',
      message: 'payment held',
      service: 'payhooks',
      correlationId: 'c-1',
    });
    expect(lines[0]).not.toContain('MARK');
  });
});
