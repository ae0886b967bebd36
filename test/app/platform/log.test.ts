import { describe, expect, it } from 'vitest';
import { correlated } from '../../../shared/app/platform/correlation.ts';
import { createLog } from '../../../shared/app/platform/log.ts';

describe('the log', () => {
  it('a log line drops fields outside the allow-list and the messages of errors', () => {
    const lines: string[] = [];
    const log = createLog({
      service: 's',
      functionName: 'f',
      clock: () => 0,
      sink: (line) => lines.push(line),
    });
    const error = new Error('CANARY in the message', { cause: new Error('CANARY in the cause') });
    log.error('failed', { error, reason: 'x', body: 'CANARY', account: { name: 'CANARY' } } as never);
    expect(lines[0]).not.toContain('CANARY');
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      level: 'ERROR',
      reason: 'x',
      error: { name: 'Error', cause: 'Error' },
    });
  });

  it('a log line has level, message, timestamp, service, function and correlation id', () => {
    const lines: string[] = [];
    const sink = (line: string) => void lines.push(line);
    const log = createLog({ service: 's', functionName: 'f', clock: () => 0, sink });
    correlated('request-1', () => log.warn('payment held', { provider: 'paymentwall' }));
    expect(JSON.parse(lines[0] ?? '')).toEqual({
      ...{ level: 'WARN', message: 'payment held', timestamp: '1970-01-01T00:00:00.000Z' },
      ...{ service: 's', function: 'f', correlationId: 'request-1', provider: 'paymentwall' },
    });
  });
});
