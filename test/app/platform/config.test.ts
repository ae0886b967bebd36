import { describe, expect, it } from 'vitest';
import { configFrom } from '../../../shared/app/platform/config.ts';
import { createLog } from '../../../shared/app/platform/log.ts';
import { createMetrics } from '../../../shared/app/platform/metrics.ts';

describe('configuration', () => {
  it('fails with the name of what is missing or wrong, and only when asked', () => {
    const config = configFrom(
      { PAYHOOKS_ENVIRONMENT: 'prod', PAYHOOKS_TARGET: '{', PAYHOOKS_EVIDENCE_DAYS: '0' },
      [],
    );
    expect(() => config.table).toThrow('PAYHOOKS_TABLE is not set');
    expect(() => config.environment).toThrow('PAYHOOKS_ENVIRONMENT is "prod"; allowed: sandbox, live');
    expect(() => config.target).toThrow('PAYHOOKS_TARGET is not JSON');
    expect(() => config.evidenceDays).toThrow('PAYHOOKS_EVIDENCE_DAYS');
  });

  it('reads both kinds of target', () => {
    const target = (text: string) => configFrom({ PAYHOOKS_TARGET: text }, []).target;
    expect(target('{"type":"eventbridge","busName":"b"}')).toEqual({
      type: 'eventbridge',
      busName: 'b',
      sign: false,
    });
    expect(target('{"type":"https","url":"https://shop.example/hooks"}').type).toBe('https');
    for (const wrong of ['1', 'null', '{}', '{"type":"https"}', '{"type":"eventbridge"}']) {
      expect(() => target(wrong)).toThrow('PAYHOOKS_TARGET is n');
    }
  });
});

describe('where the merchant is asked', () => {
  const urls = (text: string) => configFrom({ PAYHOOKS_DECISION_URLS: text }, []).decisionUrls;

  it('is an address per account, and anything else is named', () => {
    expect(urls('{"shop":"https://shop.example/"}')).toEqual({ shop: 'https://shop.example/' });
    for (const wrong of ['{', '[]', 'null', '{"shop":1}']) {
      expect(() => urls(wrong)).toThrow('PAYHOOKS_DECISION_URLS is not {"<account>": "<url>"}');
    }
  });
});

describe('logs are an allow-list', () => {
  it('drop fields that are not on it, and messages of errors', () => {
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
});

describe('metrics', () => {
  it('are one line of embedded metric format each', () => {
    const lines: string[] = [];
    const metrics = createMetrics({
      namespace: 'N',
      service: 's',
      clock: () => 5,
      sink: (line) => lines.push(line),
    });
    metrics.emit(
      { Notifications: 1 },
      { provider: 'paymentwall', account: 'shop', outcome: 'refused', reason: 'a b\nCANARY' },
      { correlationId: 'c' },
    );
    expect(JSON.parse(lines[0] ?? '')).toEqual({
      _aws: {
        Timestamp: 5,
        CloudWatchMetrics: [
          {
            Namespace: 'N',
            Dimensions: [['service'], ['service', 'provider', 'account', 'outcome']],
            Metrics: [{ Name: 'Notifications', Unit: 'Count' }],
          },
        ],
      },
      service: 's',
      provider: 'paymentwall',
      account: 'shop',
      outcome: 'refused',
      // Searchable only, and not a value of any closed set.
      reason: 'other',
      correlationId: 'c',
      Notifications: 1,
    });
  });
});
