/** A proposed command works when it is typed as it is printed. */
import { expect, it } from 'vitest';
import { typeable } from '../../cli/main.ts';

const live = { stack: 'PayhooksLive', config: 'live.json' };
const local = { stack: undefined, config: undefined };

it('typeable adds npx and the stack to a proposed command', () => {
  expect(typeable(['Next: payhooks dlq redrive 1'], local)).toEqual(['Next: npx payhooks dlq redrive 1']);
  expect(typeable(['payhooks dlq show ID, then payhooks dlq redrive ID'], live)).toEqual([
    'npx payhooks --stack PayhooksLive --config live.json dlq show ID, then npx payhooks --stack PayhooksLive --config live.json dlq redrive ID',
  ]);
});

it('typeable adds the stack once, and changes neither data nor other words', () => {
  const lines = [
    'payhooks resume --stack PayhooksLive  (PayhooksLive (live))',
    'payhooks-live has payhooks 0.1.0',
    ['by on-call: ', 'payhooks dlq list'],
  ];
  expect(typeable(lines, live)).toEqual([
    'npx payhooks resume --stack PayhooksLive  (PayhooksLive (live))',
    ...lines.slice(1),
  ]);
});
