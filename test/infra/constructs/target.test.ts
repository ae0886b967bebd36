/** The target of events. */
import { describe, expect, it } from 'vitest';
import { fields, idOf, list, ofType, type Resource, templateOf } from '../support.ts';

const template = templateOf();
const all = (type: string): readonly Resource[] => ofType(template, type).map(([, resource]) => resource);

describe('the target', () => {
  it('the target eventbridge is a bus with an archive and with a rule that logs type and id only', () => {
    const [[bus]] = ofType(template, 'AWS::Events::EventBus') as [[string, Resource]];
    const [archive] = all('AWS::Events::Archive') as [Resource];
    expect(idOf(archive.Properties.SourceArn)).toBe(bus);
    expect(archive.Properties.RetentionDays).toBe(400);
    const [rule] = all('AWS::Events::Rule').filter(
      ({ Properties }) => idOf(Properties.EventBusName) === bus,
    ) as [Resource];
    expect(rule.Properties.EventPattern).toEqual({ source: ['payhooks'] });
    const transformer = fields(list(rule.Properties.Targets)[0]?.InputTransformer);
    expect(transformer.InputPathsMap).toEqual({
      time: '$.time',
      'detail-type': '$.detail-type',
      'detail-id': '$.detail.id',
    });
  });

  it('the target https makes no bus, and PAYHOOKS_TARGET names the endpoint', () => {
    const https = templateOf({ target: { type: 'https', url: 'https://shop.example/hook' } });
    expect(ofType(https, 'AWS::Events::EventBus')).toEqual([]);
    const variables = ofType(https, 'AWS::Lambda::Function').map(([, { Properties }]) =>
      fields(fields(Properties.Environment).Variables),
    );
    expect(variables.flatMap(({ PAYHOOKS_TARGET }) => PAYHOOKS_TARGET ?? [])).toEqual([
      '{"type":"https","url":"https://shop.example/hook"}',
    ]);
    expect(https.Outputs.Bus).toBeUndefined();
  });
});
