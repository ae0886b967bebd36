// biome-ignore-all lint/suspicious/noTemplateCurlyInString: CloudFormation's own syntax
/** The values of CloudFormation's intrinsic functions. */
import { describe, expect, it } from 'vitest';
import { localNames } from '../../../local/template/names.ts';
import { type Json, resolver, TemplateError } from '../../../local/template/resolve.ts';
import { places, template } from './raw-template.ts';

describe('the resolver of CloudFormation functions', () => {
  const resolve = (value: Json) => resolver(template, localNames(places, template.Resources))(value);

  it.each<[Json, Json]>([
    [{ Ref: 'Size' }, 7],
    [{ Ref: 'AWS::Region' }, 'us-east-1'],
    [
      { 'Fn::Sub': '${AWS::Partition}-${Queue.Arn}-${!kept}' },
      'aws-arn:aws:sqs:us-east-1:000000000000:Queue-${kept}',
    ],
    [{ 'Fn::Sub': ['${x}/${Size}', { x: { Ref: 'Bus' } }] }, 'shop-bus/7'],
    [{ 'Fn::Select': [1, { 'Fn::Split': [',', 'a,b'] }] }, 'b'],
    [{ 'Fn::If': ['Yes', 1, { Ref: 'Nowhere' }] }, 1],
    [{ a: { 'Fn::If': ['No', 1, { Ref: 'AWS::NoValue' }] }, b: 2 }, { b: 2 }],
    [{ 'Fn::FindInMap': ['Map', 'a', 'b'] }, 'mapped'],
    [{ Ref: 'Secret' }, 'arn:aws:secretsmanager:us-east-1:000000000000:secret:payhooks/sandbox/envelope-key'],
  ])('the template value %j resolves to %j', (value, expected) => {
    expect(resolve(value)).toEqual(expected);
  });

  it.each<[Json, string]>([
    [{ Ref: 'Nowhere' }, 'Nowhere'],
    [{ 'Fn::Cidr': ['10.0.0.0/16'] }, 'Fn::Cidr'],
    [{ 'Fn::GetAtt': ['Table', 'StreamArn'] }, 'StreamArn'],
  ])('%j is refused with a TemplateError that names the unknown part', (value, named) => {
    expect(() => resolve(value)).toThrow(TemplateError);
    expect(() => resolve(value)).toThrow(named);
  });
});
