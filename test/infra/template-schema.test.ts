/**
 * Templates are valid by the schemas that AWS publishes, and within AWS's limits. The answers of AWS itself are not
 * tested: nothing is deployed here.
 */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { CfnQueue } from 'aws-cdk-lib/aws-sqs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { parseConfig } from '../../infra/config.ts';
import { newApp } from '../../infra/synth.ts';
import { EVERYTHING } from '../../tools/docs/templates.ts';
import { everything } from './everything.ts';
import { KNOBS } from './knobs.ts';
import { usesOf } from './limits.ts';
import { MOST, mostOf } from './most.ts';
import { DOCUMENTED } from './schema/documented.ts';
import type { WholeTemplate } from './schema/references.ts';
import { loadSchemas } from './schema/schemas.ts';
import { templateProblems } from './schema/validate.ts';
import { smallest, synthesized, synthesizedStubs } from './support.ts';

const schemas = loadSchemas();
const cdkJson = readFileSync(resolve(import.meta.dirname, '../../cdk.json'), 'utf8');
const demo = (JSON.parse(cdkJson) as { context: { payhooks: object } }).context.payhooks;
const decision = { url: 'https://shop.example/decide' };
const certificateArn = 'arn:aws:acm:eu-west-1:123456789012:certificate/00000000-0000-4000-8000-000000000000';

const CONFIGURATIONS: Readonly<Record<string, object>> = {
  'the smallest': {},
  'everything, with the bus': everything,
  'everything, live': { ...everything, environment: 'live' },
  'everything, with a domain, alarms by mail and a capture role': EVERYTHING,
  'the demo': demo,
  'an HTTPS target': { target: { type: 'https', url: 'https://shop.example/hook' } },
  'a domain of its own alone': {
    customDomain: { name: 'pay.shop.example', certificateArn, keepOwnAddress: false },
  },
  'a stack with onRemoval destroy': { onRemoval: 'destroy' },
  'one account': { accounts: [{ provider: 'trustly-europe', account: 'shop' }] },
  'questions alone': {
    accounts: [{ provider: 'trustly-europe', account: 'shop', withdrawals: true, kyc: true, decision }],
  },
  'every setting away from its default': { ...everything, ...KNOBS },
  'eighty accounts, bit by bit': { ...mostOf(80), rollout: 'canary' },
  [`${MOST} accounts`]: mostOf(MOST),
};

const whole = (settings: object): WholeTemplate => synthesized(settings).template as unknown as WholeTemplate;
const pairs = Object.entries(CONFIGURATIONS);

describe('the published schemas', () => {
  it.each(pairs)('the published schemas find no problem in the template of %s', (_, settings) => {
    expect(templateProblems(whole(settings), schemas)).toEqual([]);
  });

  it('every documented value belongs to a property that some template has', () => {
    const seen = new Set<string>();
    for (const [, settings] of pairs) templateProblems(whole(settings), schemas, (place) => seen.add(place));
    expect(DOCUMENTED.filter((place) => !seen.has(place))).toEqual([]);
  });
});

describe('the CloudFormation rules of CDK, as `cdk synth` checks them', () => {
  // All other tests leave the rules out (vitest.config.ts).
  beforeEach(() => {
    vi.stubEnv('CDK_VALIDATION', undefined);
  });
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  it.each(['everything, live', 'everything, with a domain, alarms by mail and a capture role', 'the demo'])(
    'the CloudFormation rules of CDK find no problem in the template of %s',
    (name) => {
      const settings = parseConfig({ ...smallest, ...CONFIGURATIONS[name] });
      expect(() => synthesizedStubs(settings, false)).not.toThrow();
    },
  );

  it('the CloudFormation rules of CDK stop a template with a value that is not allowed', () => {
    const synth = (timeout: unknown) => {
      const stack = new Stack(newApp({ analyticsReporting: false }), 'Queues');
      new CfnQueue(stack, 'Queue').addPropertyOverride('VisibilityTimeout', timeout);
      return () => App.of(stack)?.synth();
    };
    expect(synth(30)).not.toThrow();
    expect(synth('soon')).toThrow();
  });
});

describe('the limits of AWS', () => {
  it.each(pairs)(
    'the template of %s keeps the limits of AWS, and the four most used limits are printed',
    (name, settings) => {
      const uses = usesOf(synthesized(settings));
      for (const { what, used, limit } of uses) expect(used, what).toBeLessThanOrEqual(limit);
      const nearest = uses.toSorted((a, b) => b.used / b.limit - a.used / a.limit).slice(0, 4);
      const texts = nearest.map(({ what, used, limit }) => `${what} ${used} of ${limit}`);
      console.log(`${name}: ${texts.join('; ')}`);
    },
  );

  it('the largest stack uses something of every counted limit', () => {
    for (const { what, used } of usesOf(synthesized(mostOf(MOST)))) expect(used, what).toBeGreaterThan(0);
  });
});

describe('a fault in a template', () => {
  type Loose = { [name: string]: Loose } & { [index: number]: Loose };
  /** The problems of a copy of the template with one fault. */
  const broken = (change: (resources: Loose, find: (type: string) => Loose) => void): readonly string[] => {
    const copy = structuredClone(whole(everything));
    const resources = copy.Resources as unknown as Loose;
    change(resources, (type) => {
      const found = Object.values(resources).find(({ Type }) => (Type as unknown) === type);
      return found ?? expect.unreachable();
    });
    return templateProblems(copy, schemas);
  };
  const put = (at: Loose | undefined, name: string, value: unknown): void => {
    (at as unknown as Record<string, unknown>)[name] = value;
  };

  const FAULTS: readonly (readonly [string, (all: Loose, find: (type: string) => Loose) => void, string])[] =
    [
      [
        'a misspelt property',
        (_, find) => put(find('AWS::SQS::Queue').Properties, 'VisibilityTimeOut', 30),
        'no property VisibilityTimeOut',
      ],
      [
        'a misspelt property inside another',
        (_, find) => put(find('AWS::Lambda::Function').Properties?.LoggingConfig, 'LogGroups', 'x'),
        'no property LogGroups',
      ],
      [
        'a value that is not in a published enumeration',
        (_, find) => put(find('AWS::Logs::LogGroup').Properties, 'RetentionInDays', 31),
        '31 is none of 1, 3, 5, 7',
      ],
      [
        'a value that is not in a documented enumeration',
        (_, find) => put(find('AWS::CloudWatch::Alarm').Properties, 'TreatMissingData', 'notbreaching'),
        '"notbreaching" is none of breaching, notBreaching',
      ],
      [
        'a number out of its range',
        (_, find) => put(find('AWS::SQS::Queue').Properties, 'MessageRetentionPeriod', 1_209_601),
        'is not between 60 and 1209600',
      ],
      [
        'a name that does not match its pattern',
        (_, find) => put(find('AWS::SQS::Queue').Properties, 'QueueName', 'payhooks/queue'),
        'does not match',
      ],
      [
        'a value of another type',
        (_, find) => put(find('AWS::SQS::Queue').Properties, 'DelaySeconds', 'soon'),
        'is no integer',
      ],
      [
        'one value for a list',
        (_, find) => put(find('AWS::Lambda::Function').Properties, 'Architectures', 'arm64'),
        'is no list',
      ],
      [
        'a required property left out',
        (_, find) => {
          delete find('AWS::ApiGatewayV2::Route').Properties?.RouteKey;
        },
        'RouteKey is required',
      ],
      [
        'an unknown resource type',
        (_, find) => put(find('AWS::SQS::Queue'), 'Type', 'AWS::SQS::Que'),
        'no resource type',
      ],
      [
        'an attribute that does not exist',
        (all, find) => {
          const [queue = ''] = Object.entries(all).find(([, each]) => each === find('AWS::SQS::Queue')) ?? [];
          put(find('AWS::Lambda::EventSourceMapping').Properties, 'EventSourceArn', {
            'Fn::GetAtt': [queue, 'ARN'],
          });
        },
        'AWS::SQS::Queue has no attribute ARN',
      ],
      [
        'an attribute of a missing resource',
        (_, find) =>
          put(find('AWS::SQS::Queue').Properties, 'QueueName', { 'Fn::GetAtt': ['Nobody', 'Arn'] }),
        'of Nobody, which is not there',
      ],
      [
        'a reference to a missing resource',
        (_, find) => put(find('AWS::SQS::Queue').Properties, 'QueueName', { Ref: 'Nobody' }),
        'refers to Nobody, which is not there',
      ],
      [
        'a reference to a missing resource inside a text',
        (_, find) =>
          put(find('AWS::SQS::Queue').Properties, 'QueueName', { 'Fn::Sub': `a-\${Nobody}-\${AWS::Region}` }),
        'refers to Nobody, which is not there',
      ],
      [
        'a function that CloudFormation does not have',
        (_, find) => put(find('AWS::SQS::Queue').Properties, 'QueueName', { 'Fn::Joined': ['', []] }),
        'no function Fn::Joined',
      ],
      [
        'a circular dependency',
        (all) => {
          const [[first, one], [second, other]] = Object.entries(all).filter(
            ([, { Type }]) => (Type as unknown) === 'AWS::KMS::Key',
          ) as [[string, Loose], [string, Loose]];
          put(one, 'DependsOn', [second]);
          put(other, 'DependsOn', [first]);
        },
        'a circle: ',
      ],
      [
        'a dependency on a missing resource',
        (_, find) => put(find('AWS::SQS::Queue'), 'DependsOn', 'Nobody'),
        'refers to Nobody, which is not there',
      ],
      [
        'a misspelt DeletionPolicy',
        (_, find) => put(find('AWS::SQS::Queue'), 'DeletionPolicy', 'Keep'),
        'DeletionPolicy is none of',
      ],
    ];

  it.each(FAULTS)('templateProblems finds %s', (_, change, sentence) => {
    const problems = broken(change);
    expect(problems.join('\n')).toContain(sentence);
  });

  it('templateProblems finds nothing in a template without a fault', () =>
    expect(broken(() => undefined)).toEqual([]));
});
