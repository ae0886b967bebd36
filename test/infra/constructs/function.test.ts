/** Every function: its bundle, its runtime and its log. */
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../../infra/config.ts';
import { functionsOf } from '../../../infra/functions.ts';
import { fields, idOf, ofType, type Resource, smallest, templateOf } from '../support.ts';

const template = templateOf();
const all = (type: string): readonly Resource[] => ofType(template, type).map(([, resource]) => resource);

describe('the Lambda functions', () => {
  it('every function runs on Node 24 and arm64', () => {
    for (const { Properties } of all('AWS::Lambda::Function')) {
      expect(Properties).toMatchObject({
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
        Handler: 'index.handler',
      });
    }
  });

  it('every intake has at least 1,024 MB of memory', () => {
    const intakes = all('AWS::Lambda::Function').filter(({ Properties }) =>
      String(Properties.FunctionName).includes('-intake-'),
    );
    expect(intakes).toHaveLength(3);
    for (const { Properties } of intakes) expect(Number(Properties.MemorySize)).toBeGreaterThanOrEqual(1_024);
  });

  it('every function logs into a log group of its own', () => {
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
