/** Every function: its bundle, its runtime and its log. */
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../../infra/config.ts';
import { functionsOf } from '../../../infra/functions.ts';
import { fields, idOf, ofType, type Resource, smallest, templateOf } from '../support.ts';

const template = templateOf();
const all = (type: string): readonly Resource[] => ofType(template, type).map(([, resource]) => resource);

describe('functions', () => {
  it('run on Node 24 and arm64', () => {
    for (const { Properties } of all('AWS::Lambda::Function')) {
      expect(Properties).toMatchObject({
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
        Handler: 'index.handler',
      });
    }
  });

  it('give intake the CPU it needs', () => {
    const intakes = all('AWS::Lambda::Function').filter(({ Properties }) =>
      String(Properties.FunctionName).includes('-intake-'),
    );
    expect(intakes).toHaveLength(3);
    for (const { Properties } of intakes) expect(Number(Properties.MemorySize)).toBeGreaterThanOrEqual(1_024);
  });

  it('log into a group of their own', () => {
    const groups = all('AWS::Lambda::Function').map(
      ({ Properties }) =>
        template.Resources[idOf(fields(Properties.LoggingConfig).LogGroup)]?.Properties.LogGroupName,
    );
    expect([...groups].sort()).toEqual(
      functionsOf(parseConfig(smallest))
        .map((name) => `/payhooks/sandbox/${name}`)
        .sort(),
    );
  });
});
