/** The limits of AWS for parts of a stack, and the greatest use of each limit in a template. */
import { plain } from '../operations/watched.ts';
import { functionPolicyCharacters, roleCharacters, variablesBytes } from './sizes.ts';
import { type Json, ofType, type synthesized, type Template } from './support.ts';

export interface Use {
  readonly what: string;
  readonly used: number;
  readonly limit: number;
}

const greatest = (numbers: readonly number[]): number => Math.max(0, ...numbers);
const sizes = (pairs: Iterable<readonly [string, number]>): readonly number[] =>
  [...pairs].map(([, size]) => size);

interface Widget {
  readonly properties?: { readonly metrics?: readonly unknown[] };
}

const dashboards = (template: Template): readonly (readonly Widget[])[] =>
  ofType(template, 'AWS::CloudWatch::Dashboard').map(([, { Properties }]) => {
    const body: { readonly widgets: readonly Widget[] } = JSON.parse(
      String(plain(Properties.DashboardBody ?? null)),
    );
    return body.widgets;
  });

/** The metrics and expressions of each alarm with an expression. */
const expressions = (template: Template): readonly (readonly Json[])[] =>
  ofType(template, 'AWS::CloudWatch::Alarm').flatMap(([, { Properties }]) =>
    Array.isArray(Properties.Metrics) ? [Properties.Metrics as readonly Json[]] : [],
  );

const isMetric = (query: Json): boolean =>
  typeof query === 'object' && query !== null && 'MetricStat' in query;

export function usesOf({ template, bytes }: ReturnType<typeof synthesized>): readonly Use[] {
  const count = (type: string): number => ofType(template, type).length;
  const widgets = dashboards(template);
  const shown = widgets.map((all) => all.map(({ properties }) => properties?.metrics?.length ?? 0));
  return [
    { what: 'bytes of the template', used: bytes, limit: 1_000_000 },
    { what: 'resources', used: Object.keys(template.Resources).length, limit: 500 },
    { what: 'outputs', used: Object.keys(template.Outputs).length, limit: 200 },
    { what: 'routes of the API', used: count('AWS::ApiGatewayV2::Route'), limit: 300 },
    { what: 'integrations of the API', used: count('AWS::ApiGatewayV2::Integration'), limit: 300 },
    {
      what: 'characters of a role’s policies',
      used: greatest(sizes(roleCharacters(template))),
      limit: 10_240,
    },
    {
      what: 'characters of a function’s policy',
      used: greatest(sizes(functionPolicyCharacters(template))),
      limit: 20_480,
    },
    {
      what: 'bytes of a function’s variables',
      used: greatest(sizes(variablesBytes(template))),
      limit: 4_096,
    },
    {
      what: 'metrics in an alarm’s expression',
      used: greatest(expressions(template).map((queries) => queries.filter(isMetric).length)),
      limit: 10,
    },
    {
      what: 'entries in an alarm’s expression',
      used: greatest(expressions(template).map((queries) => queries.length)),
      limit: 20,
    },
    { what: 'widgets of a dashboard', used: greatest(widgets.map((all) => all.length)), limit: 500 },
    { what: 'metrics of a widget', used: greatest(shown.flat()), limit: 500 },
    {
      what: 'metrics of a dashboard',
      used: greatest(shown.map((counts) => counts.reduce((sum, each) => sum + each, 0))),
      limit: 2_500,
    },
  ];
}
