/** The counted calls are within the numbers of the design, and the bill is made of the counted calls. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import type { CfnWebACL } from 'aws-cdk-lib/aws-wafv2';
import { describe, expect, it } from 'vitest';
import { costCommand } from '../../cli/commands/cost.ts';
import { countCases, countOne } from '../../cli/cost/count.ts';
import { bill, edgeBill, readPrices, sourcesOf, WAF_RULES } from '../../cli/cost/price.ts';
import { Flags } from '../../cli/flags.ts';
import { render } from '../../cli/output.ts';
import { PayhooksWaf } from '../../infra/constructs/waf.ts';

const cases = await countCases('paymentwall');
const counts = cases.normal;

describe('one notification', () => {
  it('the intake of one notification is one SendMessage and no other call', () => {
    expect(counts.intake).toMatchObject({ sends: 1, reads: 0, transactions: 0, marks: 0, evidencePuts: 0 });
  });

  it('the transition of one notification is one evidence put and one transaction of two to five items', () => {
    const { evidencePuts, transactions, transactionItems } = counts.transition;
    expect({ evidencePuts, transactions }).toEqual({ evidencePuts: 1, transactions: 1 });
    expect(transactionItems[0]).toBeGreaterThanOrEqual(2);
    expect(transactionItems[0]).toBeLessThanOrEqual(5);
  });

  it('one notification publishes two effects in one message', () => {
    expect(counts.transition.sends).toBe(1);
    expect(counts.effects).toBe(2);
  });

  it('one notification needs at most 6 SQS requests', () => {
    expect(
      bill(counts, readPrices()).find(({ what }) => what === 'SQS requests')?.amount,
    ).toBeLessThanOrEqual(6);
  });

  it('one notification needs at most 22 write units', () => {
    expect(counts.transition.writeUnits + counts.fulfilment.writeUnits).toBeLessThanOrEqual(22);
  });

  it('the write units of one notification are the sum of the units of its rows', () => {
    for (const { writes, writeUnits, unitsBy } of [counts.transition, counts.fulfilment])
      expect(writes.reduce((sum, each) => sum + each.units + each.indexUnits, unitsBy.idempotency)).toBe(
        writeUnits,
      );
  });

  it('one notification has two marks for each effect: leased and delivered', () => {
    expect(counts.transition.marks + counts.fulfilment.marks).toBe(2 * counts.effects);
  });
});

describe('one notification of each provider', () => {
  it.each([
    ['paymentwall', 22],
    ['trustly-americas', 22],
    ['trustly-europe', 23],
  ] as const)(
    'a paid notification of %s is granted with 6 SQS requests and %i write units',
    async (name, units) => {
      const of = await countOne(name);
      expect(of.intake).toMatchObject({ sends: 1, reads: 0, transactions: 0, marks: 0, evidencePuts: 0 });
      expect(of.effects).toBe(2);
      expect(bill(of, readPrices()).find(({ what }) => what === 'SQS requests')?.amount).toBe(6);
      expect(of.transition.writeUnits + of.fulfilment.writeUnits).toBe(units);
    },
  );

  it('cost --provider counts the notification of the named provider, and refuses another name', async () => {
    const run = (provider: string) =>
      costCommand.run({ args: [], flags: new Flags({ provider }), world: {} as never });
    const report = await run('trustly-europe');
    expect(report.json).toMatchObject({ provider: 'trustly-europe', counts: { effects: 2 } });
    expect(render(report.lines, false)).toContain('One notification of Trustly Europe, counted');
    await expect(run('trustly')).rejects.toThrow('--provider "trustly": allowed are trustly-americas,');
  });
});

describe('duplicate, held and forged notifications', () => {
  it('a duplicate writes nothing, and ends at the transition worker', () => {
    const { intake, transition, fulfilment, effects } = cases.duplicate;
    expect([intake.sends, transition.reads, transition.sends, effects]).toEqual([1, 3, 0, 0]);
    expect(transition.writeUnits + fulfilment.writeUnits).toBe(0);
  });

  it('a held payment causes one effect, and has a mark under both names of its order', () => {
    const { transition, effects } = cases.held;
    expect(effects).toBe(1);
    expect(transition.writes.filter(({ row }) => row.startsWith('waiting#'))).toHaveLength(2);
  });

  it('a forged request causes log lines, but no read, no write and no message', () => {
    const { intake, transition, fulfilment, effects, logBytes } = cases.forged;
    expect([intake, transition, fulfilment].map(({ sends }) => sends)).toEqual([0, 0, 0]);
    expect([transition.reads, transition.writeUnits, effects]).toEqual([0, 0, 0]);
    expect(logBytes).toBeGreaterThan(0);
  });

  it('a duplicate, a held payment and a forged request each cost less than a normal notification', () => {
    const prices = readPrices();
    const [normal = 0, ...others] = Object.values(cases).map((each) =>
      bill(each, prices).reduce((sum, { cost }) => sum + cost, 0),
    );
    for (const other of others) expect(other).toBeLessThan(normal);
  });
});

describe('the bill', () => {
  const prices = readPrices();

  it('the price table has a date and a source, and says that the prices are not verified', () => {
    expect(prices.asOf).toMatch(/^20\d\d-\d\d$/);
    expect(prices.verified).toBe(false);
    expect(prices.source).toContain('https://aws.amazon.com/pricing/');
  });

  it('every price names its page of AWS, and its source names the site that confirmed the price, or none', () => {
    for (const [name, { page, seen }] of Object.entries(prices.prices)) {
      expect(page, name).toMatch(/^https:\/\/aws\.amazon\.com\/[a-z-]+\/pricing\//);
      if (seen !== undefined) expect(seen.on, name).toMatch(/^20\d\d-\d\d-\d\d$/);
    }
    expect(sourcesOf(prices).join()).not.toContain('/waf/');
    expect(sourcesOf(prices, true)).toContain(
      'https://aws.amazon.com/cloudfront/pricing/: not confirmed by another site',
    );
    expect(sourcesOf(prices)).toContain(
      'https://aws.amazon.com/eventbridge/pricing/: not confirmed by another site',
    );
    expect(sourcesOf(prices)).toContain(
      'https://aws.amazon.com/sqs/pricing/: 2026-03-14, cloudburn.io/blog/amazon-sqs-pricing',
    );
  });

  it('the bill multiplies counts by prices, and only the duration of Lambda is assumed', () => {
    const lines = bill(counts, prices);
    const line = (what: string) => lines.find((each) => each.what === what);
    expect(line('HTTP API')).toMatchObject({ amount: 1, assumed: false });
    expect(line('HTTP API')?.cost).toBeCloseTo(prices.prices.httpApiRequest.price, 10);
    expect(line('SQS requests')?.amount).toBe(3 * (1 + counts.transition.sends));
    const units = counts.transition.writeUnits + counts.fulfilment.writeUnits;
    expect(line('DynamoDB writes')?.cost).toBeCloseTo(units * prices.prices.dynamoWriteUnit.price, 10);
    expect(lines.filter(({ assumed }) => assumed).map(({ what }) => what)).toEqual(['Lambda duration']);
  });

  it('the printed bill has lines that add up to its total, and write units that add up to their sum', async () => {
    const report = await costCommand.run({ args: [], flags: new Flags({}), world: {} as never });
    const text = render(report.lines, false);
    const costs = [...text.matchAll(/ (\d+\.\d\d) {2}(?:counted|assumed)$/gm)].map(([, cost]) =>
      Number(cost),
    );
    expect(costs).toHaveLength(8);
    const total = Number(/^TOTAL (\d+\.\d\d)/m.exec(text)?.[1]);
    expect(costs.reduce((sum, cost) => sum + cost, 0)).toBeCloseTo(total, 6);
    for (const name of ['normal', 'duplicate', 'held', 'forged'])
      expect(text).toMatch(new RegExp(`^${name} +\\d+ +\\d+ +\\d+ +\\d+ +\\d+ +\\d+\\.\\d\\d  `, 'm'));
    expect(text).toMatch(new RegExp(`^normal .+ ${total.toFixed(2)}  `, 'm'));
    const [, units = '', parts = ''] = /^write units +(\d+): (.+)$/m.exec(text) ?? [];
    const each = parts.split(', ').map((part) => Number.parseInt(part, 10));
    expect(each.reduce((sum, part) => sum + part, 0)).toBe(Number(units));
  });

  it('cost --edge adds CloudFront and WAF, and the price of WAF each month', async () => {
    const flags = new Flags({ edge: true });
    const { json, lines } = await costCommand.run({ args: [], flags, world: {} as never });
    const bill = json as { lines: { what: string; cost: number }[]; monthly: number };
    expect(bill.lines.slice(-2)).toMatchObject([
      { what: 'CloudFront', cost: 1 },
      { what: 'WAF', cost: 0.6 },
    ]);
    const waf = new PayhooksWaf(new Stack(new App(), 'Waf', { env: { region: 'us-east-1' } }), 'Waf');
    const { rules } = waf.node.findChild('WebAcl') as CfnWebACL;
    expect(rules).toHaveLength(WAF_RULES);
    expect(bill.monthly).toBe(5 + WAF_RULES);
    expect(render(lines, false)).toContain('WAF, each month: 10.00 USD for the WebACL and its 5 rules.');
    const { edge: _, ...older } = prices;
    expect(() => edgeBill(older)).toThrow('lacks edge: cloudFrontRequest, wafRequest, wafAcl, wafRule');
  });

  it('readPrices reads a price table of the merchant, and refuses a table that lacks a price', () => {
    const folder = mkdtempSync(join(tmpdir(), 'payhooks-prices-'));
    try {
      const file = join(folder, 'prices.json');
      writeFileSync(file, JSON.stringify({ ...prices, region: 'eu-west-1' }));
      expect(readPrices(file).region).toBe('eu-west-1');
      const { logsGb: _, ...others } = prices.prices;
      writeFileSync(file, JSON.stringify({ ...prices, prices: others }));
      expect(() => readPrices(file)).toThrow('lacks logsGb');
      expect(() => readPrices(join(folder, 'absent.json'))).toThrow('there is no such file');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
