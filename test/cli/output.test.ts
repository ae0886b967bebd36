import { describe, expect, it } from 'vitest';
import { age, count, fields, money, render, styled, table, time } from '../../cli/output.ts';
import { EXIT, Problem, problemOf } from '../../cli/problem.ts';
import { curlLines } from '../../local/demo/samples.ts';

const ESCAPE = '\u001b';

it('curlLines prints a curl command with the line breaks that a shell needs', () => {
  const request = { method: 'POST', url: 'http://localhost/x', headers: { A: 'b' }, body: '{}' } as const;
  const printed = render(curlLines(request), false);
  expect(printed).toBe("curl -sS 'http://localhost/x' \\\n  -H 'A: b' \\\n  --data-binary '{}'\n");
});

describe('a table', () => {
  const lines = table(
    ['NAME', 'STATE'],
    [
      ['a', styled('ok', 'green')],
      ['longer', ''],
    ],
  );

  it('a table has aligned columns and no blanks at the end of a line', () => {
    expect(render(lines, false)).toBe('NAME    STATE\na       ok\nlonger\n');
  });

  it('a table on a terminal has colour and the same widths', () => {
    const coloured = render(lines, true);
    expect(coloured).toContain(`${ESCAPE}[32mok`);
    expect(coloured.replaceAll(new RegExp(`${ESCAPE}\\[[0-9]+m`, 'g'), '')).toBe(render(lines, false));
  });

  it('a table prints no control character of its data', () => {
    const hostile = `x${ESCAPE}[2J\r\ny`;
    for (const colour of [false, true]) {
      const printed = render([...table(['NAME'], [[styled(hostile, 'red')]]), hostile], colour);
      expect(printed).not.toContain(`${ESCAPE}[2J`);
      expect(printed).not.toContain('\r');
    }
  });
});

describe('ages, counts, times and sums', () => {
  it.each([
    [999, '0 s'],
    [59_000, '59 s'],
    [60_000, '1 min'],
    [3_600_000, '1 h'],
    [14 * 86_400_000, '14 d'],
    [-5, '0 s'],
  ])('an age of %d ms is %s', (milliseconds, text) => expect(age(milliseconds)).toBe(text));

  it('count, time, money and fields print a number, a time, a sum and aligned rows', () => {
    expect(count(1, 'message')).toBe('1 message');
    expect(count(0, 'message')).toBe('0 messages');
    expect(time('2026-11-21T06:13:40.123Z')).toBe('2026-11-21 06:13:40');
    expect(money([{ amount: '9.90', currency: 'EUR' }])).toBe('9.90 EUR');
    expect(
      render(
        fields([
          ['a', 'b'],
          ['longer', 'c'],
          ['absent', undefined],
        ]),
        false,
      ),
    ).toBe('a       b\nlonger  c\n');
  });
});

describe('problemOf', () => {
  const named = (name: string, message = 'x', more: object = {}) =>
    Object.assign(new Error(message), { name, ...more });

  it.each([
    ['a refusal of the library', named('DecisionError', 'changed'), EXIT.refused],
    ['missing credentials', named('CredentialsProviderError'), EXIT.unreachable],
    ['an expired session', named('ExpiredTokenException'), EXIT.unreachable],
    ['a missing region', new Error('Region is missing'), EXIT.usage],
    [
      'a missing permission',
      named('AccessDeniedException', 'not authorized to perform: sqs:SendMessage'),
      EXIT.failed,
    ],
    ['a missing connection', named('Error', '', { code: 'ECONNREFUSED' }), EXIT.unreachable],
    ['a table that throttles', named('StoreBusyError', 'ThrottlingException'), EXIT.failed],
    ['another error of AWS', named('Throttled', 'slow down', { $metadata: {} }), EXIT.failed],
  ])('problemOf gives the exit code for %s', (_, error, code) => expect(problemOf(error)?.code).toBe(code));

  it('problemOf returns a Problem unchanged, and undefined for an error in Payhooks', () => {
    const problem = new Problem(EXIT.notFound, 'no');
    expect(problemOf(problem)).toBe(problem);
    expect(problemOf(new TypeError('ours'))).toBeUndefined();
    expect(problemOf('text')).toBeUndefined();
  });
});
