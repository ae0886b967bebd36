/** The saved queries of CloudWatch Logs Insights. */
import { describe, expect, it } from 'vitest';
import type { Fields } from '../../../shared/app/platform/log.ts';
import { METRICS } from '../../../shared/app/platform/metrics.ts';
import { type Json, ofType, smallest, templateOf } from '../support.ts';

const accounts = smallest.accounts.map((account, index) =>
  index === 0 ? { ...account, expectedEveryHours: 6 } : account,
);
const template = templateOf({ accounts, tags: { team: 'payments' } });

/** Words of Logs Insights, and the fields that CloudWatch adds to each line. */
const SYNTAX: ReadonlySet<string> = new Set([
  ...['fields', 'filter', 'sort', 'stats', 'limit', 'by', 'as', 'and', 'or', 'like', 'asc', 'desc'],
  ...['count', 'sum', 'min', 'latest', 'bin', 'h', '@timestamp', '@log'],
]);
const OF_LOG = [
  ...(['correlationId', 'provider', 'account', 'outcome', 'reason', 'payment', 'effect', 'status'] as const),
] as const satisfies readonly (keyof Fields)[];
const LOGGED: readonly string[] = [...OF_LOG, 'level', 'message', 'error.name'];

describe('the saved queries', () => {
  const [[, stage]] = ofType(template, 'AWS::ApiGatewayV2::Stage') as unknown as [
    [string, { Properties: { AccessLogSettings: { Format: string } } }],
  ];
  const accessLogged = Object.keys(JSON.parse(stage.Properties.AccessLogSettings.Format));
  const queries = ofType(template, 'AWS::Logs::QueryDefinition').map(([, { Properties }]) => Properties);
  it('the saved queries search the logs of every function', () => {
    const functions = ofType(template, 'AWS::Lambda::Function').length;
    expect(queries.map(({ Name }) => String(Name).split('/')[1]).sort()).toEqual([
      'accepted-and-not-settled',
      'answers-of-the-gateway',
      'errors-by-reason',
      'follow-a-correlation-id',
      'follow-a-payment',
      'refusals-by-reason',
      'slow-answers',
    ]);
    for (const { LogGroupNames } of queries)
      expect((LogGroupNames as Json[]).length).toBeGreaterThanOrEqual(functions);
  });

  it.each(queries.map(({ Name, QueryString }) => [String(Name).split('/')[1], String(QueryString)]))(
    'the query %s names only metrics, logged fields and fields of the access log',
    (_, text = '') => {
      const unquoted = text.replaceAll(/"[^"]*"/g, '');
      const made = [...unquoted.matchAll(/\bas (\w+)/g)].map(([, name]) => name);
      const names = unquoted
        .match(/@?[a-z][\w.]*/gi)
        ?.filter((name) => !SYNTAX.has(name) && !/^\d/.test(name));
      const known = [...Object.keys(METRICS), ...LOGGED, ...accessLogged, ...made];
      expect(names?.filter((name) => !known.includes(name))).toEqual([]);
    },
  );
});
