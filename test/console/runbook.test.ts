import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { aboutIn, filledIn, hrefOfDocument } from '../../console/page/runbook.ts';

const KEY = 'paymentwall:goods:b1';
const LIVE = { local: false, backend: 'PayhooksLive2' };
const HERE = { local: true, backend: 'local' };

it('the address of a runbook keeps the payment and the reason of the hold', () => {
  const about = { payment: 'trustly-europe:shop:a b#&', reason: 'regrant' };
  const [path, query] = hrefOfDocument('runbooks/held-payments.md', about).split('?');
  expect([path, aboutIn(new URLSearchParams(query))]).toEqual(['#/docs/runbooks%2Fheld-payments.md', about]);
  expect(hrefOfDocument('orders.md')).toBe('#/docs/orders.md');
  expect(aboutIn(new URLSearchParams('payment=&other=1'))).toEqual({});
});

describe('a command of a runbook', () => {
  it.each([
    [
      'npx payhooks holds release <payment> <reason> <digest> --note "…" --stack PayhooksLive',
      { payment: KEY, reason: 'regrant', digest: 'd1' },
      LIVE,
      `npx payhooks holds release ${KEY} regrant d1 --note "…" --stack PayhooksLive2`,
    ],
    [
      'npx payhooks payments show <payment> --stack PayhooksLive',
      {},
      HERE,
      'npx payhooks payments show <payment>',
    ],
    [
      'npx payhooks redeliver "<payment>#<name>" --note "…" --stack PayhooksLive',
      { payment: KEY, event: `${KEY}#1#fulfil` },
      HERE,
      `npx payhooks redeliver '${KEY}#1#fulfil' --note "…"`,
    ],
    ['dlq show <id>', { message: 'b6d5' }, HERE, 'dlq show b6d5'],
    [
      'secrets rotate <provider>/<account>',
      { account: 'paymentwall/goods' },
      HERE,
      'secrets rotate paymentwall/goods',
    ],
  ])('filledIn fills the command %s with %j', (command, about, stack, filled) => {
    expect(filledIn(command, about, stack)).toBe(filled);
  });

  it.each(['a; rm -rf ~', '$(id)', "it's", '`id`', '$&'])(
    'filledIn quotes an id such as %s, so that a shell runs nothing of the id',
    (id) => {
      const filled = filledIn('show <payment>', { payment: id }, HERE);
      expect(filled).toBe(`show '${id.replaceAll("'", "'\\''")}'`);
    },
  );
});

describe('the runbooks that the console fills in', () => {
  const folder = 'docs/runbooks';
  const pages = readdirSync(folder).map((name) => [name, readFileSync(`${folder}/${name}`, 'utf8')] as const);
  const every = {
    ...{ payment: 'P', reason: 'R', digest: 'D', event: 'E', message: 'M', account: 'A/B' },
  };

  it.each([
    ['held-payments.md', ['holds release P R D']],
    ['conflicting-duplicates.md', ['holds release P conflicting_duplicate D']],
    ['stuck-payments.md', ['payments confirm P D', 'payments reject P D']],
    ['fulfilment-failures.md', ['redeliver E']],
    ['parked.md', ['dlq show M', 'dlq discard M']],
    ['dlq-not-empty.md', ['dlq redrive M']],
    ['quarantine.md', ['quarantine discard M']],
  ])('filledIn fills the ids and the stack into the commands of the runbook %s', (name, commands) => {
    const filled = filledIn(pages.find(([each]) => each === name)?.[1] ?? '', every, LIVE);
    for (const command of commands) expect(filled).toContain(command);
    expect(filled).not.toMatch(/--stack PayhooksLive\b/);
  });
});
