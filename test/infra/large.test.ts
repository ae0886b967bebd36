/** As many accounts as are allowed, with everything: the stack must still fit CloudFormation and CloudWatch. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parseConfig } from '../../infra/config.ts';
import { synthesize } from '../../infra/synth.ts';
import { alarmsOf, plain } from '../operations/watched.ts';
import { everything } from './everything.ts';
import { ofType, stubSources, type Template } from './support.ts';

const MOST = 150;

const many = Array.from({ length: MOST - everything.accounts.length }, (_, index) => {
  const account = { account: `shop-of-a-long-name-${index}`, expectedEveryHours: 24 };
  if (index % 3 === 0) return { ...account, provider: 'trustly-europe' };
  if (index % 3 === 1) return { ...account, provider: 'trustly-americas', confirm: true };
  const goods = { goods: 'physical', confirm: true, policy: { grantOn: 'authorized' } };
  return { ...account, provider: 'paymentwall', api: 'digital_goods', signatureVersion: 3, ...goods };
});
const config = parseConfig({
  ...everything,
  accounts: [...everything.accounts, ...many],
  alarmEmail: 'somebody@shop.example',
  tags: { team: 'payments', cost: 'shop' },
});
const { sources, out, remove } = stubSources();
const template = synthesize(config, out, sources).template as Template;
const [file = ''] = readdirSync(out).filter((name) => name.endsWith('.template.json'));
afterAll(remove);

describe(`${MOST} accounts`, () => {
  it('fit a template: 1,000,000 bytes, 500 resources, 200 outputs', () => {
    expect(config.accounts).toHaveLength(MOST);
    expect(() => parseConfig({ ...everything, accounts: [...config.accounts, {}] })).toThrow('at most 150');
    expect(statSync(join(out, file)).size).toBeLessThan(1_000_000);
    expect(Object.keys(template.Resources).length).toBeLessThanOrEqual(500);
    expect(Object.keys(template.Outputs).length).toBeLessThanOrEqual(200);
  });

  it('fit a dashboard: at most a hundred alarms a widget, all of them shown', () => {
    const [, { Properties }] =
      ofType(template, 'AWS::CloudWatch::Dashboard').find(([, { Properties: each }]) =>
        String(each.DashboardName).endsWith('engineering'),
      ) ?? expect.unreachable();
    const body = JSON.parse(String(plain(Properties.DashboardBody ?? null))) as {
      widgets: { type: string; properties: { alarms?: string[] } }[];
    };
    const shown = body.widgets.flatMap(({ type, properties }) => (type === 'alarm' ? [properties] : []));
    for (const { alarms = [] } of shown) expect(alarms.length).toBeLessThanOrEqual(100);
    expect(shown.flatMap(({ alarms = [] }) => alarms)).toHaveLength(alarmsOf(template).length);
  });
});
