/** The shape of the configuration. Rules that span several keys are in rules.ts. */
import * as v from 'valibot';
import { EDGE_MODES } from '../shared/app/platform/edge.ts';
import { endpoint, flag, oneOf, text, wholeNumber } from '../shared/providers/config-fields.ts';
import { keys, noList } from '../shared/providers/config-keys.ts';
import { providers } from '../shared/providers/index.ts';
import { functionsSchema } from './function-settings.ts';
import { throttlesSchema } from './throttles.ts';

/** The account name: a path segment, and a part of secret names and payment keys. */
const accountName = v.pipe(
  text(
    /^[a-z0-9]+(-[a-z0-9]+)*$/,
    'lower-case letters and digits in words joined by "-", at most 32 characters',
  ),
  v.maxLength(32, 'at most 32 characters'),
);

const DAY = 'a day, "2027-01-31"';

/** JavaScript's Date turns February 31st into March 3rd. */
function isDay(value: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(value)) return false;
  const time = Date.parse(`${value}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(value);
}

const testUser = keys({
  endUser: v.pipe(
    v.string('the end user as the provider knows it'),
    v.minLength(1, 'the end user, not empty'),
  ),
  until: v.pipe(v.string(DAY), v.check(isDay, DAY)),
});

/** See AccountPolicy; the strict values are the defaults. */
export const policySchema = keys({
  mode: v.optional(oneOf('act', 'observe'), 'act'),
  amountCheck: v.optional(oneOf('required', 'when-present'), 'required'),
  unknownOrder: v.optional(oneOf('hold', 'trust'), 'hold'),
  grantOn: v.optional(oneOf('authorized', 'processing', 'paid'), 'paid'),
  regrant: flag(false),
  paidAgain: v.optional(oneOf('hold', 'grant'), 'hold'),
  testUsers: v.optional(v.array(testUser, 'a list of {"endUser", "until"}'), []),
});

/** As policySchema, without defaults: accounts inherit first, defaults come last. */
export const partialPolicySchema = keys(withoutDefaults(policySchema.entries));
const ownPolicy = v.optional(partialPolicySchema, {});

function withoutDefaults(entries: typeof policySchema.entries) {
  return {
    mode: v.exactOptional(entries.mode.wrapped),
    amountCheck: v.exactOptional(entries.amountCheck.wrapped),
    unknownOrder: v.exactOptional(entries.unknownOrder.wrapped),
    grantOn: v.exactOptional(entries.grantOn.wrapped),
    regrant: v.exactOptional(entries.regrant.wrapped),
    paidAgain: v.exactOptional(entries.paidAgain.wrapped),
    testUsers: v.exactOptional(entries.testUsers.wrapped),
  };
}

/** CloudWatch looks back at most seven days. */
const expectedEveryHours = v.exactOptional(
  wholeNumber(1, 168, 'alarms when nothing was accepted for so long; leave it out for no alarm'),
);

/** For every provider: the keys that all providers share, then its own keys. */
const accountSchemas = Object.entries(providers).map(([name, { config }]) =>
  keys({
    provider: v.literal(name),
    account: accountName,
    policy: ownPolicy,
    expectedEveryHours,
    ...config.entries,
  }),
);

const PROVIDERS_ALLOWED = Object.keys(providers)
  .map((name) => JSON.stringify(name))
  .join(', ');

export const accountSchema = v.variant('provider', accountSchemas, (issue) =>
  issue.path === undefined ? 'an object' : PROVIDERS_ALLOWED,
);

/** The URL is in a function's environment, which holds 4 KB. */
const MAX_TARGET_URL = 1_000;
const HTTPS_URL = `an https:// URL as a browser writes it, without user, password, query and fragment, at most ${MAX_TARGET_URL} characters (whoever calls signs, see the target secret)`;

const target = v.variant(
  'type',
  [
    // `sign`: each event contains a signature by a key that the stack generates. `log`: type and id of each event are
    // logged.
    keys({ type: v.literal('eventbridge'), sign: flag(true), log: flag(true) }),
    keys({
      type: v.literal('https'),
      url: endpoint(MAX_TARGET_URL, HTTPS_URL),
    }),
  ],
  '{"type": "eventbridge"} or {"type": "https", "url": "https://…"}',
);

/** The retention periods that CloudWatch Logs knows. */
const LOG_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
] as const;

const retention = keys({
  // Longer than any provider retries (10 days), and longer than the usual time until a dispute.
  evidenceDays: v.optional(wholeNumber(30, 3653, 'default 400'), 400),
  idempotencyDays: v.optional(wholeNumber(90, 3653, 'a redriven message must find its record'), 90),
  logDays: v.optional(oneOf(...LOG_DAYS), 90),
  // Source addresses are personal data: kept long enough to examine an attack, and no longer.
  accessLogDays: v.optional(oneOf(1, 3, 5, 7, 14, 30), 14),
});

const customDomain = keys({
  name: text(
    /^(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/,
    'a host name, "payhooks.example.com"',
  ),
  certificateArn: text(
    /^arn:aws[a-z-]*:acm:[a-z0-9-]+:[0-9]{12}:certificate\/[0-9a-f-]{36}$/,
    'the ARN of an ACM certificate',
  ),
  // When set, the stack makes the alias record of the name.
  hostedZoneId: v.exactOptional(
    text(/^Z[A-Z0-9]{1,31}$/, 'the id of a public hosted zone of Route 53 that holds the name, "Z…"'),
  ),
  // Orders in flight contain the address they were registered with, and a provider calls only that address.
  keepOwnAddress: flag(true),
});

const ORIGIN = '"https://" and a host name, without path, port, user, password, query and fragment';
/** The address of what stands in front of the API (CloudFront with WAF); it is then registered with providers. */
const publicUrl = v.pipe(v.string(ORIGIN), v.check(isOrigin, ORIGIN));

function isOrigin(value: string): boolean {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  return url?.protocol === 'https:' && value === `https://${url.hostname}`;
}

/** The characters that AWS takes in a tag; names that begin with "aws:" are reserved. */
const TAG = /^(?!aws:)[A-Za-z0-9 +\-=._:/@]{1,128}$/i;
/** AWS takes 50; two are ours, and some services add others. */
const MAX_TAGS = 45;
const OWN_TAGS = ['application', 'environment'];
const TAGS = `at most ${MAX_TAGS} tags, whose names differ by more than upper and lower case, none of them ${OWN_TAGS.map((name) => `"${name}"`).join(' or ')}, which the stack sets itself`;
const tags = v.pipe(
  noList(
    v.record(
      text(TAG, 'a tag name: letters, digits, spaces and + - = . _ : / @, not beginning with "aws:"'),
      text(/^[A-Za-z0-9 +\-=._:/@]{0,256}$/, 'a tag value: letters, digits, spaces and + - = . _ : / @'),
    ),
  ),
  v.check((found) => {
    const names = Object.keys(found).map((name) => name.toLowerCase());
    return (
      names.length <= MAX_TAGS && new Set([...names, ...OWN_TAGS]).size === names.length + OWN_TAGS.length
    );
  }, TAGS),
);

/** CloudWatch takes five actions for each state of an alarm; one is for the mail. */
const MAX_ALARM_ACTIONS = 4;
const ALARM_ACTION = 'the ARN of an SNS topic of the stack’s region';
const alarmActions = v.pipe(
  v.array(
    text(/^arn:aws:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256}$/, ALARM_ACTION),
    'a list of ARNs of SNS topics',
  ),
  v.maxLength(MAX_ALARM_ACTIONS, `at most ${MAX_ALARM_ACTIONS} topics`),
  v.check((found) => new Set(found).size === found.length, 'each topic once'),
);

/**
 * A stack has at most 500 resources: this many accounts fit with every alarm they may have (test/infra/large.test.ts).
 */
const MAX_ACCOUNTS = 134;

export const settingsSchema = keys({
  environment: oneOf('sandbox', 'live'),
  target,
  retention: v.optional(retention, {}),
  alarmEmail: v.exactOptional(v.pipe(v.string('an e-mail address'), v.email('an e-mail address'))),
  // The merchant's existing topics, in addition to the one of `alarmEmail`.
  alarmActions: v.optional(alarmActions, []),
  // Whether they are also notified when an alarm ends.
  okActions: flag(true),
  customDomain: v.exactOptional(customDomain),
  publicUrl: v.exactOptional(publicUrl),
  // Requests without the secret header of CloudFront are counted, or refused.
  edgeHeader: v.optional(oneOf('off', ...EDGE_MODES), 'off'),
  // Tests the public address every five minutes.
  probe: flag(true),
  // Traces each function, and each message through both queues, in X-Ray.
  tracing: flag(false),
  // `canary`: a new version of a called function first takes a tenth of the calls; an alarm rolls it back.
  rollout: v.optional(oneOf('all-at-once', 'canary'), 'all-at-once'),
  functions: v.optional(functionsSchema, {}),
  throttles: v.optional(throttlesSchema, {}),
  tags: v.optional(tags, {}),
  captureRoleArn: v.exactOptional(
    text(/^arn:aws[a-z-]*:iam::[0-9]{12}:role\/[A-Za-z0-9+=,.@_/-]+$/, 'the ARN of an IAM role'),
  ),
  onRemoval: v.optional(oneOf('retain', 'destroy'), 'retain'),
  policy: ownPolicy,
  // Each account is checked on its own (config.ts), so that one wrong account does not hide the others.
  accounts: v.pipe(
    v.array(v.unknown(), 'a list of accounts'),
    v.minLength(1, 'at least one account'),
    v.maxLength(MAX_ACCOUNTS, `at most ${MAX_ACCOUNTS} accounts`),
  ),
});
