/**
 * docs/construct.md lists every default. Its renderer refuses to leave out a default, and the listed values are true.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../infra/config.ts';
import { FUNCTIONS } from '../../infra/functions.ts';
import { checkListed } from '../../tools/docs/resources.ts';
import { SMALLEST } from '../../tools/docs/templates.ts';

// rendered.test.ts compares the page with the template.
const text = readFileSync(new URL('../../docs/construct.md', import.meta.url), 'utf8');
const rowsOf = (name: string) =>
  text
    .split('\n')
    .filter((line) => line.startsWith(`| \`${name}\``))
    .map((row) =>
      row
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
const rowOf = (name: string) => {
  const [row] = rowsOf(name);
  if (row === undefined) throw new Error(`no row ${name}`);
  return row;
};

describe('the defaults of the configuration', () => {
  const { accounts, retention, onRemoval, tags } = parseConfig(SMALLEST);
  const cases: readonly (readonly [string, unknown])[] = [
    ['onRemoval', onRemoval],
    ['tags', tags],
    ...Object.entries(retention).map(([key, value]) => [`retention.${key}`, value] as const),
    ...Object.entries(accounts[0]?.policy ?? {})
      .filter(([key]) => !['provider', 'account', 'environment'].includes(key))
      .map(([key, value]) => [`policy.${key}`, value] as const),
    ...accounts.flatMap((account) =>
      Object.entries(account)
        .filter(([key]) => !['provider', 'account', 'policy', 'api', 'signatureVersion'].includes(key))
        .map(([key, value]) => [`accounts[].${key}`, value] as const),
    ),
  ];

  it('the configuration has more than 14 defaults', () => expect(cases.length).toBeGreaterThan(14));
  it.each(cases)('docs/construct.md says the default of %s', (key, value) => {
    expect(rowOf(key)[1]).toBe(`\`${JSON.stringify(value)}\``);
  });
});

describe('the resources', () => {
  it.each(Object.entries(FUNCTIONS))(
    'docs/construct.md says memory, timeout and description of the function %s',
    (name, { memoryMb, timeoutSeconds, description }) => {
      // A key of the configuration may have the name of a function: the key's row has other cells.
      const cells = [String(memoryMb), String(timeoutSeconds), description];
      expect(rowsOf(name).map((row) => row.slice(1, 4))).toContainEqual(cells);
    },
  );

  it('checkListed refuses a setting of a resource that no table lists', () => {
    const queue = { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'q', DelaySeconds: 5 } };
    expect(() => checkListed('AWS::SQS::Queue', 'Q', queue, ['QueueName'])).toThrow('DelaySeconds');
    expect(() => checkListed('AWS::SQS::Queue', 'Q', queue, ['QueueName', 'DelaySeconds'])).not.toThrow();
  });
});
