/** No path writes a mark to a sink, and the canary test finds a mark in a sink. */
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { TargetError } from '../../shared/app/fulfilment/targets/target.ts';
import type { Log } from '../../shared/app/platform/log.ts';
import { type ProviderName, providers, type RegisteredProvider } from '../../shared/providers/index.ts';
import { paymentwall } from '../../shared/providers/paymentwall/index.ts';
import type { Message } from '../fuzz/wire.ts';
import { ofType, templateOf } from '../infra/support.ts';
import { formsOf, leaksIn, MARKS_MIN } from './marks.ts';
import { ACCOUNTS, americas, europe, MARKS, pingback, SECRETS, toUnknownAccount } from './scenes.ts';
import { createWorld, type World, type WorldOptions } from './world.ts';

const powertools: string[] = [];
let workerLog: Log;
beforeAll(async () => {
  // With this variable Powertools writes through the global console, which the test mocks.
  vi.stubEnv('POWERTOOLS_DEV', 'true');
  for (const method of ['log', 'info', 'warn', 'error', 'debug'] as const) {
    vi.spyOn(console, method).mockImplementation(
      (...args: unknown[]) => void powertools.push(args.join(' ')),
    );
  }
  const { powertoolsLog } = await import('../../shared/aws/runtime/powertools-log.ts');
  workerLog = powertoolsLog('canary');
});
afterEach(() => {
  powertools.length = 0;
});
afterAll(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

const world = (options: Partial<WorldOptions> = {}): World =>
  createWorld({ accounts: ACCOUNTS, secrets: SECRETS, workerLog, ...options });

/** Every leak, as "sink: mark as form". */
function leaks(of: World): string[] {
  const sinks = { ...of.sinks(), 'Powertools log': powertools.join('\n') };
  return Object.entries(sinks).flatMap(([sink, text]) =>
    leaksIn(text, MARKS).map(({ mark, form }) => `${sink}: ${mark} as ${form}`),
  );
}

/** A text with every mark, in lines that look like stack frames. */
const EVERYTHING = MARKS.map(({ text }) => `${text}\n    at ${text} (${text}:1:1)`).join('\n');
class ErrorWithMarks extends Error {
  override readonly name = 'ErrorWithMarks';
  constructor() {
    super(EVERYTHING, { cause: new Error(EVERYTHING) });
  }
}
const throwMarks = (): never => {
  throw new ErrorWithMarks();
};

/** The provider, with one function that throws every mark. */
const withBroken = (name: ProviderName, code: keyof RegisteredProvider) => ({
  [name]: { ...providers[name], [code]: throwMarks },
});

const GENUINE: readonly (readonly [
  string,
  (changes?: Readonly<Record<string, string>>) => Message,
  string,
])[] = [
  ['Trustly Americas', americas, 'objectId'],
  ['Trustly Europe', europe, 'orderid'],
  ['Paymentwall', pingback, 'ref'],
];

const forged = (message: Message): Message =>
  message.method === 'GET'
    ? { ...message, query: message.query.replace('type=0', 'type=1') }
    : { ...message, body: Buffer.from(message.body.toString().replace(/11\.00|status=4/, 'status=5')) };
const oversized = (message: Message): Message =>
  message.method === 'GET'
    ? { ...message, query: message.query + 'x'.repeat(66_000) }
    : { ...message, body: Buffer.concat([message.body, Buffer.alloc(66_000, 'x')]) };
const unreadable = (message: Message): Message =>
  message.method === 'GET'
    ? { ...message, query: `${message.query}&%ff` }
    : { ...message, body: Buffer.concat([message.body, Buffer.from([0xff])]) };

describe.each(GENUINE)('%s', (provider, genuine, id) => {
  it('a notification that is accepted, applied and delivered leaks no secret or personal data', async () => {
    const here = world();
    expect(await here.send(genuine())).toBe(200);
    await here.workAll();
    expect(here.target.types).toContain('fulfil');
    expect(leaks(here)).toEqual([]);
  });

  it('a duplicate and a conflicting duplicate leak no secret or personal data', async () => {
    const here = world();
    for (const message of [
      genuine(),
      genuine(),
      genuine({ [id]: id === 'ref' ? 'b71' : '77', goodsid: 'silver' }),
    ]) {
      expect(await here.send(message)).toBe(200);
      await here.workAll();
    }
    expect(here.lines.join()).toMatch(/other content/);
    expect(leaks(here)).toEqual([]);
  });

  // A body that is not JSON has no signature to check (Trustly Europe); for the others the signature covers the byte.
  const unreadableStatus = provider === 'Trustly Europe' ? 400 : 401;

  it.each<[string, (message: Message) => Message, number]>([
    ['that is forged', forged, 401],
    ['with an unsigned byte that is not UTF-8', unreadable, unreadableStatus],
    ['to an unknown account', toUnknownAccount, 404],
    ['with a wrong method', (message) => ({ ...message, method: 'PUT' }), 405],
    ['that is oversized', oversized, 413],
  ])('a notification %s is answered $2 and leaks no secret or personal data', async (_what, make, status) => {
    const here = world();
    expect(await here.send(make(genuine()))).toBe(status);
    expect(here.notifications.sent).toEqual([]);
    expect(leaks(here)).toEqual([]);
  });

  it('a quarantined notification leaks no secret or personal data', async () => {
    const here = world();
    const broken = { eventId: 'x1', notificationid: 'x1', type: 'x1' };
    expect(await here.send(genuine(broken))).toBe(200);
    await here.workAll();
    expect(here.store.all().some(({ pk }) => pk.startsWith('quarantine#'))).toBe(true);
    expect(leaks(here)).toEqual([]);
  });

  it('a 503 for a failing queue, secret store or provider code leaks no secret or personal data', async () => {
    const here = world();
    here.notifications.fails = throwMarks;
    expect(await here.send(genuine())).toBe(503);
    here.notifications.fails = undefined;
    here.fails.secrets = throwMarks;
    expect(await here.send(genuine())).toBe(503);
    expect(leaks(here)).toEqual([]);
    for (const [code, message] of [
      ['parseKeys', genuine()],
      ['verify', genuine()],
      ['explain', forged(genuine())],
      ['accept', genuine()],
    ] as const) {
      const broken = world({ providers: withBroken(genuine().provider, code) });
      expect(await broken.send(message), code).toBe(503);
      expect(broken.lines.join(), code).toContain('ErrorWithMarks');
      expect(leaks(broken), code).toEqual([]);
    }
  });

  it('a secret that is half-filled, empty or no JSON is answered 503 without a leak of secret or personal data', async () => {
    const name = `payhooks/sandbox/${genuine().provider}/shop`;
    const text = SECRETS[name] ?? '';
    const halves = [
      text.slice(0, -3),
      text.replace('"current"', '"now"'),
      `{"current":${JSON.stringify(EVERYTHING)}}`,
      '',
    ];
    const wrong = [
      {
        current: {
          accessId: EVERYTHING,
          accessKey: ` ${EVERYTHING}`,
          secretKey: EVERYTHING,
          privateKey: EVERYTHING,
        },
      },
    ];
    for (const half of [...halves, ...wrong.map((value) => JSON.stringify(value))]) {
      const here = world({ secrets: { ...SECRETS, [name]: half } });
      expect(await here.send(genuine()), half.slice(0, 20)).toBe(503);
      expect(here.lines.join()).toContain(`secret ${name}: `);
      expect(leaks(here)).toEqual([]);
    }
  });

  it('an unusable next key leaves the current key in use, names the secret and leaks no secret or personal data', async () => {
    const name = `payhooks/sandbox/${genuine().provider}/shop`;
    const next = { accessId: `a:${EVERYTHING}`, secretKey: ` ${EVERYTHING}`, privateKey: EVERYTHING };
    const here = world({
      secrets: { ...SECRETS, [name]: JSON.stringify({ ...JSON.parse(SECRETS[name] ?? ''), next }) },
    });
    expect(await here.send(genuine())).toBe(200);
    expect(here.lines.join()).toContain(`secret ${name}: `);
    expect(leaks(here)).toEqual([]);
  });

  it.each(['parse', 'normalize'] as const)(
    'a worker whose provider code throws in %s quarantines and leaks no secret or personal data',
    async (code) => {
      const here = world({ providers: withBroken(genuine().provider, code) });
      expect(await here.send(genuine())).toBe(200);
      await here.workAll();
      expect(here.lines.join()).toContain('cannot be read');
      expect(here.store.all().some(({ pk }) => pk.startsWith('quarantine#'))).toBe(true);
      expect(leaks(here)).toEqual([]);
    },
  );

  it.each(['evidenceDays', 'readFacts'] as const)(
    'a worker whose provider code throws in %s ends in a dead letter and leaks no secret or personal data',
    async (code) => {
      const here = world({ providers: withBroken(genuine().provider, code) });
      expect(await here.send(genuine())).toBe(200);
      await here.workAll();
      expect(here.dead).toHaveLength(1);
      expect(leaks(here)).toEqual([]);
    },
  );

  it('a message that the table refuses becomes a dead letter without secret or personal data in clear', async () => {
    const here = world();
    await here.send(genuine());
    here.store.beforeWrite = throwMarks;
    await here.workAll();
    expect(here.dead).toHaveLength(1);
    expect(leaks(here)).toEqual([]);
  });

  it.each(['unavailable', 'gone'] as const)(
    'a target that is %s leaks no secret or personal data',
    async (failure) => {
      const here = world();
      await here.send(genuine());
      here.target.fails = () => {
        throw new TargetError(failure, { cause: new ErrorWithMarks() });
      };
      await here.workAll();
      expect(here.target.received).toEqual([]);
      expect(leaks(here)).toEqual([]);
    },
  );

  it('the rows of the table hold secrets and personal data only sealed, except the id of the end user', async () => {
    const here = world();
    await here.send(genuine());
    await here.send(genuine({ eventId: 'x1', notificationid: 'x1', type: 'x1' }));
    await here.workAll();
    const rows = JSON.stringify(here.store.all());
    const found = new Set(leaksIn(rows, MARKS).map(({ mark }) => mark));
    found.delete('e-mail');
    expect([...found]).toEqual([]);
  });
});

it('a worker whose second verification throws ends in a dead letter and leaks no secret or personal data', async () => {
  const { publicKeySignature } = providers['trustly-europe'];
  if (publicKeySignature === undefined) throw new Error('nothing is verified again');
  const broken = {
    ...providers['trustly-europe'],
    publicKeySignature: { ...publicKeySignature, verify: throwMarks },
  };
  const here = world({ providers: { 'trustly-europe': broken } });
  expect(await here.send(europe())).toBe(200);
  await here.workAll();
  expect(here.dead).toHaveLength(1);
  expect(leaks(here)).toEqual([]);
});

it('a parked message, unreadable or with an altered seal, leaks no secret or personal data', async () => {
  const here = world();
  await here.notifications.send('rubbish {');
  await here.send(pingback());
  const [, sent] = here.notifications.sent.splice(0);
  const altered = JSON.parse(sent?.body ?? '') as { sealed: string };
  await here.notifications.send(JSON.stringify({ ...altered, sealed: altered.sealed.replace(/.$/, '!') }));
  await here.workAll();
  expect(here.store.all().filter(({ pk }) => pk.startsWith('parked#')).length).toBeGreaterThan(0);
  expect(leaks(here)).toEqual([]);
});

describe('the gateway', () => {
  const VARIABLES = [
    ...['requestId', 'requestTimeEpoch', 'routeKey', 'httpMethod', 'protocol', 'status', 'responseLength'],
    // Personal data that is kept for a short time (`retention.accessLogDays`, docs/deploy.md).
    'identity.sourceIp',
    ...['responseLatency', 'integration.status', 'integration.latency', 'error.responseType'],
  ];

  it('the access log of the gateway has only fields without content of a request, except the source address', () => {
    const stages = ofType(templateOf(), 'AWS::ApiGatewayV2::Stage');
    expect(stages.length).toBeGreaterThan(0);
    for (const [, { Properties }] of stages) {
      const { Format } = Properties.AccessLogSettings as { readonly Format: string };
      const used = [...Format.matchAll(/\$context\.([A-Za-z.]+)|\$(?!context\.)\S+/g)].map(
        (match) => match[1] ?? match[0],
      );
      expect(used.length).toBeGreaterThan(5);
      for (const variable of used) expect(VARIABLES).toContain(variable);
    }
  });
});

describe('the canary test itself', () => {
  it.each(MARKS.map(({ name, text }) => [name, text] as const))(
    'the canary test finds %s in every form and anywhere in a text',
    (name, text) => {
      for (const [form, written] of formsOf(text)) {
        for (const around of [written, `{"a":"${written}"}`, `xy${written}z`]) {
          expect(leaksIn(around, MARKS), form).toContainEqual(expect.objectContaining({ mark: name }));
        }
      }
      for (const before of ['', 'a', 'ab', 'abc']) {
        const wrapped = Buffer.from(`${before}${text}${before}`);
        expect(leaksIn(wrapped.toString('base64'), MARKS).map(({ mark }) => mark)).toContain(name);
        expect(leaksIn(wrapped.toString('base64url'), MARKS).map(({ mark }) => mark)).toContain(name);
      }
      expect(text.length).toBeGreaterThanOrEqual(MARKS_MIN);
    },
  );

  const leaky = (verify: RegisteredProvider['verify']): World =>
    world({ providers: { paymentwall: { ...(paymentwall as unknown as RegisteredProvider), verify } } });
  const real = paymentwall.verify as unknown as RegisteredProvider['verify'];

  it('the canary test finds a quarantine reason that quotes the message', async () => {
    const here = leaky((request, account, keys) => {
      const verdict = real(request, account, keys);
      return verdict.authentic ? { ...verdict, quarantine: `unreadable: ${request.rawQuery}` } : verdict;
    });
    await here.send(pingback());
    expect(leaks(here).join()).toMatch(/queue bodies and attributes: e-mail/);
  });

  it('the canary test finds a message that travels in clear', async () => {
    const here = leaky((request, account, keys) => {
      const verdict = real(request, account, keys);
      const variant = Buffer.from(request.rawQuery).toString('base64url');
      return verdict.authentic ? { ...verdict, variant } : verdict;
    });
    await here.send(pingback());
    expect(leaks(here).join()).toMatch(/queue bodies and attributes: .* as base64url/);
  });

  it('the canary test finds a log line that contains the message', async () => {
    const here = world();
    const logging = {
      ...paymentwall,
      parse: (text: string) => logAndThrow(here, text),
    } as unknown as RegisteredProvider;
    const there = world({ providers: { paymentwall: logging } });
    await there.send(pingback());
    await there.workAll();
    expect(leaks(here).join()).toMatch(/logs and metrics: free text as/);
  });

  it('the canary test finds a Powertools line that quotes a pingback', async () => {
    const here = world();
    workerLog.warn(`quarantined: ${pingback().query}`);
    expect(leaks(here).join()).toMatch(/Powertools log: e-mail/);
  });

  it('the canary test finds an answer that contains the request', async () => {
    const here = world({
      providers: {
        paymentwall: {
          ...(paymentwall as unknown as RegisteredProvider),
          accept: () => ({ status: 200, contentType: 'text/plain', body: pingback().query }),
        },
      },
    });
    await here.send(pingback());
    expect(leaks(here).join()).toMatch(/answers: signature \(Paymentwall\) as plain/);
  });
});

function logAndThrow(world: World, text: string): never {
  world.lines.push(JSON.stringify({ level: 'INFO', message: text }));
  throw new ErrorWithMarks();
}
