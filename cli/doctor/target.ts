import {
  ListRulesCommand,
  ListTargetsByRuleCommand,
  type Rule,
  TestEventPatternCommand,
} from '@aws-sdk/client-eventbridge';
import { EVENT_SOURCE } from '../../infra/names.ts';
import { defined } from '../../shared/payment/defined.ts';
import type { Connection } from '../connect.ts';
import { listenPrefix } from '../listen/rule.ts';
import { busOf, commandFor } from '../names.ts';
import { count } from '../output.ts';
import { everyPage } from '../pages.ts';
import { type Area, finding } from './finding.ts';

const CHECK = 'a rule that matches';

/** The target's subscribers: without a matching rule, nobody gets an event. */
export const target: Area = {
  name: 'target',
  async *examine({ connection }) {
    const { config, kind } = connection;
    if (config.target.type === 'https') {
      const detail = `${new URL(config.target.url).host}: only a delivery can test it, and doctor sends no event`;
      const next = `Send an old event again: ${commandFor(connection, 'redeliver EFFECT')}`;
      return yield finding('endpoint', 'unknown', detail, next);
    }
    if (kind === 'local') {
      const detail = 'a local stack has no rules; its demo shop receives every event';
      return yield finding(CHECK, 'unknown', detail);
    }
    const bus = busOf(connection);
    const own = `${bus}-log`;
    const rules = await everyPage(async (NextToken) => {
      const command = new ListRulesCommand({ EventBusName: bus, ...defined({ NextToken }) });
      const { Rules = [], NextToken: next } = await connection.clients.events.send(command);
      return { rows: Rules, next };
    });
    const merchants = rules.filter(
      ({ Name = '', State }) =>
        // Rules of `listen` do not count: they end with it.
        Name !== own && !Name.startsWith(listenPrefix(bus)) && State === 'ENABLED',
    );
    const matching: string[] = [];
    for (const rule of merchants) if (await matches(connection, bus, rule)) matching.push(rule.Name ?? '');
    if (matching.length > 0)
      return yield finding(CHECK, 'ok', `a fulfil event matches ${matching.join(', ')}`);
    yield finding(
      CHECK,
      'fail',
      `${count(merchants.length, 'enabled rule')} on bus ${bus}; none matches a fulfil event and has a target`,
      `Add a rule to bus ${bus} with the pattern {"source":["${EVENT_SOURCE}"]} and your own target.`,
    );
  },
};

async function matches({ clients, environment }: Connection, bus: string, rule: Rule): Promise<boolean> {
  if (rule.EventPattern === undefined) return false;
  const detail = { schema: 1, type: 'fulfil', environment, test: false, status: 'paid' };
  const event = {
    id: '0',
    account: '000000000000',
    source: EVENT_SOURCE,
    time: '2026-01-01T00:00:00Z',
    region: 'us-east-1',
    resources: [],
    'detail-type': 'fulfil',
    detail,
  };
  const { Result = false } = await clients.events.send(
    new TestEventPatternCommand({ EventPattern: rule.EventPattern, Event: JSON.stringify(event) }),
  );
  if (!Result) return false;
  const { Targets = [] } = await clients.events.send(
    new ListTargetsByRuleCommand({ EventBusName: bus, Rule: rule.Name }),
  );
  return Targets.length > 0;
}
