/** Synth warns of a configuration in which payments wait without end, and names the setting to change. */
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../infra/config.ts';
import { addPayhooks, newApp } from '../../infra/synth.ts';
import { addressWarnings, edgeWarnings, rolloutWarnings, waitingWarnings } from '../../infra/warnings.ts';
import { stubSources } from './support.ts';

const settings = (environment: string, account: object) => ({
  ...{ environment, target: { type: 'eventbridge' } },
  accounts: [{ account: 'shop', ...account }],
});
const warned = (environment: string, account: object) =>
  waitingWarnings(parseConfig(settings(environment, account)).accounts);

const AMERICAS = { provider: 'trustly-americas' };
const WALL = { provider: 'paymentwall', api: 'digital_goods', signatureVersion: 3 };
const EUROPE = { provider: 'trustly-europe' };

describe('the warning about keepOwnAddress', () => {
  const customDomain = {
    name: 'pay.shop.example',
    certificateArn: 'arn:aws:acm:eu-west-1:123456789012:certificate/00000000-0000-4000-8000-000000000000',
  };
  const warnedOf = (domain: object | undefined) =>
    addressWarnings(
      parseConfig({ ...settings('live', EUROPE), ...(domain === undefined ? {} : { customDomain: domain }) }),
    );

  it('synth warns of keepOwnAddress false', () => {
    const [warning, ...others] = warnedOf({ ...customDomain, keepOwnAddress: false });
    expect(others).toEqual([]);
    expect(warning?.text).toContain('keepOwnAddress: found false');
  });

  it('keepOwnAddress is true by default, without a warning', () => {
    expect(warnedOf(customDomain)).toEqual([]);
    expect(warnedOf(undefined)).toEqual([]);
  });
});

describe('the warning about a canary with provisionedConcurrency', () => {
  it('synth warns of a canary with provisionedConcurrency, and of neither alone', () => {
    const of = (more: object) => rolloutWarnings(parseConfig({ ...settings('live', EUROPE), ...more }));
    const warm = { functions: { intake: { provisionedConcurrency: 2 } } };
    expect([of({ rollout: 'canary' }), of(warm), of({})]).toEqual([[], [], []]);
    expect(of({ rollout: 'canary', ...warm }).map(({ id }) => id)).toEqual(['payhooks:warm-canary']);
  });
});

describe('the warning about edgeHeader', () => {
  it('synth warns of edgeHeader "require", and not of edgeHeader "count"', () => {
    const front = { publicUrl: 'https://pay.shop.example' };
    const of = (edgeHeader: string) =>
      edgeWarnings(parseConfig({ ...settings('live', EUROPE), ...front, edgeHeader }));
    expect(of('count')).toEqual([]);
    expect(of('require').map(({ id }) => id)).toEqual(['payhooks:edge-required']);
    expect(of('require')[0]?.text).toContain('does not come through https://pay.shop.example is refused');
  });
});

describe('a configuration in which payments can only wait', () => {
  it.each([
    ['sandbox', AMERICAS, 'every payment waits'],
    ['sandbox', { ...AMERICAS, policy: { amountCheck: 'when-present' } }, 'Completed with status 2'],
    ['live', { ...AMERICAS, policy: { amountCheck: 'when-present' } }, 'Completed with status 2'],
    ['sandbox', WALL, 'every payment waits'],
  ])('synth warns in %s of an account in which payments only wait: %j', (environment, account, what) => {
    const [warning, ...others] = warned(environment, account);
    expect(others).toEqual([]);
    expect(warning?.text).toContain(what);
    expect(warning?.text).toContain('"confirm": true');
  });

  it.each([
    ['live', AMERICAS],
    ['sandbox', { ...AMERICAS, confirm: true }],
    ['sandbox', { ...WALL, policy: { amountCheck: 'when-present' } }],
    ['sandbox', EUROPE],
  ])('synth does not warn in %s of an account: %j', (environment, account) => {
    expect(warned(environment, account)).toEqual([]);
  });

  it('the warning of waiting payments has an id that can be acknowledged', () => {
    const { sources, out, remove } = stubSources();
    try {
      const app = newApp({ outdir: out, analyticsReporting: false });
      const stack = addPayhooks(app, parseConfig(settings('sandbox', AMERICAS)), sources);
      const text = Match.stringLikeRegexp(
        'trustly-americas/shop: "confirm" is off.*waits:trustly-americas:shop',
      );
      expect(Annotations.fromStack(stack).findWarning('*', text)).toHaveLength(1);
    } finally {
      remove();
    }
  });
});
