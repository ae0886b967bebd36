import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { seriesText, widgetText } from '../../console/server/widget-text.ts';

it.each([
  ['Fulfilment lag (ms)', 'Fulfilment lag', 'ms', /^From accepting/],
  ['Duration of workers (ms, p99)', 'Duration of workers', 'ms', /^99 of 100/],
  ['Events delivered within 30 s of the notification (%, hourly)', /notification$/, '%', /objective/],
  ['Cold starts (@initDuration in ms)', 'Cold starts', undefined, /^Functions/],
  ['Accepted and not settled, by hour (the last one is on its way)', /by hour$/, undefined, /^Good: 0/],
  ['A graph of your own (per hour)', 'A graph of your own (per hour)', undefined, undefined],
  ['A graph of your own (s)', 'A graph of your own', 's', undefined],
])(
  'widgetText splits the written title %s into title, unit and explanation',
  (written, title, unit, says) => {
    const shown = widgetText(written);
    expect(shown.title).toMatch(title);
    expect(shown.unit).toBe(unit);
    if (says === undefined) expect(shown.says).toBeUndefined();
    else expect(shown.says).toMatch(says);
  },
);

it.each([
  ['p50', { label: 'half within' }],
  ['held longest (s)', { label: 'held longest', unit: 's' }],
  ['payhooks-sandbox-notifications-dlq ApproximateNumberOfMessagesVisible', { label: 'notifications-dlq' }],
  ['payhooks-live-sweeper Errors', { label: 'sweeper' }],
  ['payhooks-live ConflictingDuplicates', { label: 'conflicting duplicates' }],
  ['fulfilment, not visible', { label: 'fulfilment, in work or waiting for a retry' }],
  ['paymentwall goods accepted', { label: 'paymentwall goods accepted' }],
  ['GetItem', { label: 'get item' }],
  ['order_already_paid', { label: 'order already paid' }],
  ['payment.refund_updated', { label: 'payment.refund_updated' }],
])('seriesText shows the line %s under a short label', (written, shown) => {
  expect(seriesText(written)).toEqual(shown);
});

describe('the widgets of the stack’s dashboards', () => {
  const titlesIn = (file: string) =>
    [...readFileSync(file, 'utf8').matchAll(/(?:graph\(\s*|title: )'([^']+)'/g)].map(
      ([, title = '']) => title,
    );
  const titles = [
    ...titlesIn('infra/constructs/dashboards.ts'),
    ...titlesIn('infra/constructs/alarms/objectives.ts').map((title) => `${title} (%, hourly)`),
  ];

  it('the stack’s dashboards have more than 25 widgets', () => expect(titles.length).toBeGreaterThan(25));

  it.each(titles)('the widget %s has an explanation that ends with a full stop', (title) => {
    expect(widgetText(title).says).toMatch(/\.$/);
  });
});
