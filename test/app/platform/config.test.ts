import { describe, expect, it } from 'vitest';
import { configFrom } from '../../../shared/app/platform/config.ts';

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
