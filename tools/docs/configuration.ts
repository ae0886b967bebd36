/** Every key of the configuration, with default and allowed values, from the schema that checks it. */
import * as v from 'valibot';
import { functionsSchema } from '../../infra/function-settings.ts';
import { accountSchema, policySchema, settingsSchema } from '../../infra/schema.ts';
import { code, table } from './markdown.ts';

/** The parts of a schema that this file reads. */
interface Schema {
  readonly type: string;
  readonly entries?: Readonly<Record<string, Schema>>;
  readonly wrapped?: Schema;
  readonly default?: unknown;
  readonly item?: Schema;
  readonly options?: readonly unknown[];
  readonly literal?: unknown;
}

interface Key {
  readonly path: string;
  /** Undefined when the key may be left out. */
  readonly needed: string | undefined;
  readonly fallback: unknown;
  readonly allowed: string;
}

function functionMeanings(): Readonly<Record<string, string>> {
  const rows = Object.entries((functionsSchema as unknown as Schema).entries ?? {}).flatMap(
    ([kind, entry]) => {
      const what = kind === 'intake' ? 'each intake' : code(kind);
      return Object.keys(entry.wrapped?.entries ?? {}).map((key): [string, string] => {
        const says: Readonly<Record<string, string>> = {
          memoryMb: `memory of ${what}`,
          timeoutSeconds: `after so long Lambda ends ${what}`,
          provisionedConcurrency: `environments of ${what} that are always warm, behind an alias`,
          maxConcurrency: `how many environments of ${what} work at a time (at its event source)`,
        };
        return [`functions.${kind}.${key}`, says[key] ?? ''];
      });
    },
  );
  return Object.fromEntries(rows);
}

function throttleMeanings(): Readonly<Record<string, string>> {
  const says: Readonly<Record<string, string>> = {
    intake: 'routes of accounts: one each, so that no account takes another’s share',
    strangers: 'addresses below a provider’s that lead to no account',
    checkout: 'your server’s routes',
    redirects: 'shoppers who come back',
  };
  const rows = Object.entries(says).flatMap(([kind, what]) => [
    [`throttles.${kind}.rate`, `${what}; more is answered 429`],
    [`throttles.${kind}.burst`, what],
  ]);
  return Object.fromEntries(rows);
}

/** The meaning of each key; the page has a row for each, and every row needs its text. */
const MEANINGS: Readonly<Record<string, string>> = {
  environment: 'part of every name; a sandbox key never verifies live traffic',
  'target.type': 'where what became of a payment goes: a bus of the stack’s own, or your endpoint',
  'target.sign': 'with `eventbridge`: a signature inside each event, by a key that the stack generates',
  'target.log':
    'with `eventbridge`: a rule logs type and id of each event; it takes one of the ten resource policies that CloudWatch Logs allows',
  'target.url': 'with `https`: your endpoint; requests are signed (Standard Webhooks)',
  'retention.evidenceDays': 'verified notifications, sealed; also the archive of the bus',
  'retention.idempotencyDays': 'what Powertools remembers of delivered effects',
  'retention.logDays': 'every log group but the access log',
  'retention.accessLogDays': 'the access log, which holds source addresses (personal data)',
  alarmEmail: 'the address that gets alarms; without it and `alarmActions` alarms exist and nobody gets them',
  'customDomain.name': 'in front of the API',
  'customDomain.certificateArn': 'of that name, in the stack’s region',
  'customDomain.hostedZoneId': 'the stack makes the alias record of the name in this zone of Route 53',
  'customDomain.keepOwnAddress':
    'the API’s own address answers too; `false` loses notifications of orders that were registered with it',
  alarmActions:
    'SNS topics that are there already, in addition to `alarmEmail`; the policy of each must let `cloudwatch.amazonaws.com` publish (of an encrypted one, the policy of its key as well)',
  okActions: 'whether whoever hears an alarm hears as well that it is over',
  rollout:
    '`canary`: a new version of what is called (intakes, checkout, redirect, workers) takes a tenth of the calls for half an hour, by CodeDeploy, and goes back by itself while `own-5xx`, `answer-latency` or `worker-errors` rings; it takes about 36 of the 500 resources of a stack',
  tracing: 'each function and each message through both queues as a trace in AWS X-Ray, which AWS charges',
  ...functionMeanings(),
  ...throttleMeanings(),
  probe:
    'whether the stack tries its public address every five minutes; with it at most 60 accounts of Trustly Americas and Paymentwall',
  publicUrl: 'what stands in front of the API (CloudFront with WAF): the address in outputs and checkouts',
  edgeHeader:
    '`count`: intake counts requests without the secret header that CloudFront adds, and goes on; `require`: it refuses them with 403; both need `publicUrl`',
  tags: 'on every resource, in addition to `application` and `environment` (by `PayhooksStack` only); at most 45',
  captureRoleArn:
    'the only role that may read the key of splitTokens; without it whoever your policies allow',
  onRemoval: 'whether data outlives the stack',
  policy: 'for all accounts; an account’s own `policy` wins, key by key',
  accounts: 'who sends notifications; each has an address and a secret',
  'policy.mode': '`observe` derives and sends nothing',
  'policy.amountCheck': '`required`: paid only when the amount is confirmed',
  'policy.unknownOrder': 'a payment without a registered order is held, or trusted',
  'policy.grantOn': 'from which status goods are given',
  'policy.paidAgain':
    'another payment of an order whose payment was reversed, refunded in full or rejected: hold it, or give the goods (grant)',
  'policy.regrant': 'give goods again after they were taken back; otherwise that is held',
  'policy.testUsers': 'whose test payments fulfil in live, until a day',
  'policy.testUsers[].endUser': 'as the provider knows them',
  'policy.testUsers[].until': 'the last day; in live from today to a year ahead, else synth stops',
  'accounts[].provider': 'who sends',
  'accounts[].account': 'your name for it; part of the address and of the secret’s name',
  'accounts[].policy': 'as above, for this account alone',
  'accounts[].expectedEveryHours': 'silence for so long rings; without it no alarm of silence',
  'accounts[].confirm': 'poll the provider’s API about payments that wait, and reconcile every night',
  'accounts[].splitTokenKey': 'your public key, to which splitTokens are sealed; makes the vault',
  'accounts[].splitTokenKey.kty': 'as in every JWK',
  'accounts[].splitTokenKey.crv': 'as in every JWK',
  'accounts[].splitTokenKey.x': 'as in every JWK',
  'accounts[].splitTokenKey.y': 'as in every JWK',
  'accounts[].splitTokenKey.kid': 'passed on in what is sealed',
  'accounts[].checkout': 'sign establishData, and take shoppers back',
  'accounts[].checkout.merchantId': 'yours at Trustly',
  'accounts[].checkout.signature': 'of establishData',
  'accounts[].checkout.required': 'fields without which no attempt is signed',
  'accounts[].checkout.pages': 'where shoppers are sent on to',
  'accounts[].checkout.pages.pending': 'agreed, and not known to be paid',
  'accounts[].checkout.pages.confirmed': 'paid',
  'accounts[].checkout.pages.selection': 'turned back, to choose another way to pay',
  'accounts[].checkout.pages.declined': 'refused',
  'accounts[].minimumSignature': 'weaker signatures are refused, of notifications and redirects',
  'accounts[].replyAlgorithm': 'with which our answers are signed',
  'accounts[].withdrawals': 'debits of withdrawals are questions to you',
  'accounts[].kyc': 'kyc notifications are questions to you',
  'accounts[].decision.url': 'who answers them; needed with `withdrawals` or `kyc`, else refused',
  'accounts[].api': 'which API the project uses',
  'accounts[].signatureVersion': 'as set in the project; `cart` knows 2 and 3',
  'accounts[].sourceAddresses': '`check`: only Paymentwall’s published addresses',
  'accounts[].goods': '`physical`: authorized until the shipment is reported',
  'accounts[].orderParameter': 'the parameter that holds your order’s reference',
};

/** Defaults that depend on other keys (infra/config.ts), or of objects that are filled key by key. */
const FALLBACKS: Readonly<Record<string, string>> = {
  'trustly-americas accounts[].confirm': '`true` in live with `amountCheck: required`, else `false`',
  'paymentwall accounts[].confirm': '`false` (support activates Payment Status first)',
};

const used = new Set<string>();

/**
 * Three tables: the stack's keys, the policy's, and those of accounts. @throws when a key has no text, or a text no key
 */
export function configurationSections(): readonly string[] {
  used.clear();
  const settings = keysOf(settingsSchema as unknown as Schema, '').filter(
    ({ path }) => !path.startsWith('policy.'),
  );
  const policy = keysOf(policySchema as unknown as Schema, 'policy');
  const accounts = (accountSchema.options as unknown as readonly Schema[]).map((option) => {
    const provider = String(option.entries?.provider?.literal);
    const keys = keysOf(option, 'accounts[]').filter(({ path }) => !path.startsWith('accounts[].policy.'));
    return [`#### Accounts: ${provider}`, tableOf(keys, provider)].join('\n\n');
  });
  const sections = [
    ['#### The stack', tableOf(settings)].join('\n\n'),
    ['#### Policy', tableOf(policy)].join('\n\n'),
    ...accounts,
  ];
  const superfluous = Object.keys(MEANINGS).filter((path) => !used.has(path));
  if (superfluous.length > 0)
    throw new Error(`no such keys: ${superfluous.join(', ')} (tools/docs/configuration.ts)`);
  return sections;
}

function tableOf(keys: readonly Key[], provider = ''): string {
  return table(
    ['key', 'default', 'allowed', 'what'],
    keys.map((key) => [code(key.path), fallbackOf(key, provider), key.allowed, meaningOf(key.path)]),
  );
}

function meaningOf(path: string): string {
  const meaning = MEANINGS[path];
  if (meaning === undefined) throw new Error(`${path} has no words (tools/docs/configuration.ts)`);
  used.add(path);
  return meaning;
}

function fallbackOf({ path, needed, fallback }: Key, provider: string): string {
  const text = FALLBACKS[`${provider} ${path}`];
  if (text !== undefined) return text;
  if (needed !== undefined) return needed;
  return fallback === undefined ? 'none' : code(JSON.stringify(fallback));
}

const NEEDED = 'needed';

/** Depth first, in the order of the schema. An object is replaced by its keys, unless all of it may be left out. */
const keysOf = (schema: Schema, path: string, needed = NEEDED): readonly Key[] =>
  Object.entries(schema.entries ?? {}).flatMap(([name, entry]) =>
    keyOf(entry, path === '' ? name : `${path}.${name}`, needed),
  );

/** @param needed the text for a key that may not be left out */
function keyOf(entry: Schema, path: string, needed: string): readonly Key[] {
  const inner = entry.wrapped ?? entry;
  const isOptional = entry.wrapped !== undefined;
  const own: Key = {
    path,
    needed: isOptional ? undefined : needed,
    fallback: entry.default,
    allowed: allowedIn(inner),
  };
  if (inner.type === 'variant') {
    const options = (inner.options ?? []) as readonly Schema[];
    const types = options.map((option) => String(option.entries?.type?.literal));
    const type: Key = {
      ...own,
      path: `${path}.type`,
      allowed: types.map((each) => JSON.stringify(each)).join(', '),
    };
    const rest = options.flatMap((option, index) =>
      keysOf(option, path, `needed with ${code(types[index] ?? '')}`),
    );
    return [type, ...rest.filter((key) => key.path !== type.path)];
  }
  const within =
    isOptional || inner.item !== undefined ? `needed with ${code(path.split('.').at(-1) ?? '')}` : needed;
  const inside = [
    ...keysOf(inner, path, within),
    ...(inner.item === undefined ? [] : keysOf(inner.item, `${path}[]`, within)),
  ];
  // `retention` and `customDomain` have no meaning besides their keys; `checkout` and `policy` are choices themselves.
  return inner.entries !== undefined && MEANINGS[path] === undefined ? inside : [own, ...inside];
}

function allowedIn(schema: Schema): string {
  if (schema.entries !== undefined) return 'an object';
  if (schema.type === 'literal') return JSON.stringify(schema.literal);
  const { issues } = v.safeParse(schema as unknown as v.GenericSchema, undefined);
  const [first] = issues ?? [];
  if (first === undefined) throw new Error(`a ${schema.type} that allows everything`);
  if (schema.type === 'record') return 'an object of texts';
  return first.message;
}
