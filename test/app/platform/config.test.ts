import { describe, expect, it } from 'vitest';
import { configFrom } from '../../../shared/app/platform/config.ts';

describe('the configuration of a function', () => {
  it('a configuration variable that is missing or wrong fails with its name, and only when read', () => {
    const config = configFrom(
      { PAYHOOKS_ENVIRONMENT: 'prod', PAYHOOKS_TARGET: '{', PAYHOOKS_EVIDENCE_DAYS: '0' },
      [],
    );
    expect(() => config.table).toThrow('PAYHOOKS_TABLE is not set');
    expect(() => config.environment).toThrow('PAYHOOKS_ENVIRONMENT is "prod"; allowed: sandbox, live');
    expect(() => config.target).toThrow('PAYHOOKS_TARGET is not JSON');
    expect(() => config.evidenceDays).toThrow('PAYHOOKS_EVIDENCE_DAYS');
  });

  it('PAYHOOKS_TARGET is read as eventbridge or https, and every other value is refused', () => {
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

describe('PAYHOOKS_DECISION_URLS', () => {
  const urls = (text: string) => configFrom({ PAYHOOKS_DECISION_URLS: text }, []).decisionUrls;

  it('PAYHOOKS_DECISION_URLS has one URL per account, and every other value is refused', () => {
    expect(urls('{"shop":"https://shop.example/"}')).toEqual({ shop: 'https://shop.example/' });
    for (const wrong of ['{', '[]', 'null', '{"shop":1}']) {
      expect(() => urls(wrong)).toThrow('PAYHOOKS_DECISION_URLS is not {"<account>": "<url>"}');
    }
  });
});

describe('the endpoints of AWS services', () => {
  const endpoints = (variables: object) =>
    configFrom({ AWS_REGION: 'eu-west-1', ...variables }, []).endpoints;

  it('the endpoints are those of AWS_REGION without other variables, and fail without AWS_REGION', () => {
    expect(endpoints({})).toEqual({ region: 'eu-west-1', fips: false, dualStack: false, urls: {} });
    expect(() => configFrom({}, []).endpoints).toThrow('AWS_REGION is not set');
  });

  it('an endpoint is the AWS_ENDPOINT_URL_<service>, else AWS_ENDPOINT_URL, which SQS ignores', () => {
    const general = { AWS_ENDPOINT_URL: 'https://all.example' };
    expect(endpoints(general).urls).toEqual({
      secretsmanager: 'https://all.example',
      dynamodb: 'https://all.example',
    });
    const own = {
      AWS_ENDPOINT_URL_SQS: 'https://sqs.example',
      AWS_ENDPOINT_URL_DYNAMODB: 'https://db.example',
    };
    expect(endpoints({ ...general, ...own }).urls).toEqual({
      sqs: 'https://sqs.example',
      secretsmanager: 'https://all.example',
      dynamodb: 'https://db.example',
    });
    expect(endpoints({ ...general, ...own, AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true' }).urls).toEqual({});
  });

  it('an endpoint is FIPS or dual-stack when its variable is true, and values except true and false are refused', () => {
    expect(endpoints({ AWS_USE_FIPS_ENDPOINT: 'true', AWS_USE_DUALSTACK_ENDPOINT: 'false' })).toMatchObject({
      fips: true,
      dualStack: false,
    });
    expect(() => endpoints({ AWS_USE_FIPS_ENDPOINT: 'yes' })).toThrow(
      'AWS_USE_FIPS_ENDPOINT is "yes"; allowed: true, false',
    );
  });
});
