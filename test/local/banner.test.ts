import { describe, expect, it } from 'vitest';
import { banner, readyLine } from '../../local/banner.ts';
import type { LocalStack } from '../../local/stack.ts';

const credentials = {
  'paymentwall/goods': { current: { secretKey: 'a-real-key' } },
  'trustly-americas/demo': { current: { accessId: 'demo', accessKey: 'generated' } },
};
const stack = {
  baseUrl: 'http://127.0.0.1:8787',
  environment: 'sandbox',
  engine: { name: 'dynoxide' },
  credentials,
  accounts: [
    { provider: 'paymentwall', account: 'goods', credentials: credentials['paymentwall/goods'] },
    { provider: 'trustly-americas', account: 'demo', credentials: credentials['trustly-americas/demo'] },
  ],
} as unknown as LocalStack;

describe('the line of npm start --json', () => {
  it('the line has generated keys, and keys of a credentials file only when credentials are asked for', () => {
    const line = readyLine(stack, ['paymentwall/goods']);
    expect(line).not.toContain('a-real-key');
    expect(line.match(/generated/g)).toHaveLength(2);
    expect(JSON.parse(line).withheld).toEqual(['paymentwall/goods']);
    expect(readyLine(stack).match(/a-real-key/g)).toHaveLength(2);
  });
});

describe('the first screen of npm start', () => {
  const at = (target: LocalStack['config']['target']) =>
    banner(
      {
        ...stack,
        accounts: [],
        config: { target },
        template: { buses: ['payhooks-sandbox'] },
      } as unknown as LocalStack,
      { seconds: 1, colour: false, dataDir: undefined },
    );
  it.each([
    [{ type: 'eventbridge', sign: true, log: true }, 'to the demo shop, by the bus payhooks-sandbox'],
    [{ type: 'https', url: 'http://localhost:3000/hooks' }, 'to http://localhost:3000/hooks, signed'],
    [
      { type: 'https', url: 'https://shop.example/hooks' },
      'to the demo shop, by HTTPS; https://shop.example/hooks is not called from this computer',
    ],
  ] as const)('the first screen names where the events of the target %j go', (target, sentence) => {
    expect(at(target)).toContain(`Events   ${sentence}`);
  });
});
