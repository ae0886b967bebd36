/** The tutorial: its code compiles and works, and the compiler names each missing part. */
import { spawnSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Account, RegisteredProvider } from '../../shared/providers/index.ts';
import { httpEvent } from '../support/http-event.ts';
import { policy } from '../support/toy-provider.ts';

const root = resolve(import.meta.dirname, '../..');
const page = readFileSync(join(root, 'docs/adding-a-provider.md'), 'utf8');
const blocks = [...page.matchAll(/^```ts (\S+)\n(.*?)^```$/gms)].map(
  ([, name = '', code = '']) => ({ name, code }) as const,
);
const files = blocks.filter(({ name }) => name !== 'registry');
const registered = blocks.find(({ name }) => name === 'registry')?.code ?? '';

const copy = mkdtempSync(join(tmpdir(), 'payhooks-tutorial-'));
afterAll(() => rmSync(copy, { recursive: true, force: true }));

/** Copies the sources and adds the files of the page. */
function copySources(): void {
  for (const folder of ['shared', 'infra', 'functions', 'test/support', 'test/fuzz', 'test/simulation'])
    cpSync(join(root, folder), join(copy, folder), { recursive: true });
  for (const name of ['package.json', 'tsconfig.json']) cpSync(join(root, name), join(copy, name));
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  for (const { name, code } of files) write(name, code);
  const registry = readFileSync(join(copy, 'shared/providers/index.ts'), 'utf8');
  write(
    'shared/providers/index.ts',
    `import { examplepay } from './examplepay/index.ts';\n${registry.replace('const registry = {\n', `const registry = {\n${registered}`)}`,
  );
}

function write(name: string, text: string): void {
  mkdirSync(dirname(join(copy, name)), { recursive: true });
  writeFileSync(join(copy, name), text);
}

const compile = (include: readonly string[]): string => {
  write('tsconfig.tutorial.json', JSON.stringify({ extends: './tsconfig.json', include }));
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [tsc, '--singleThreaded', '-p', join(copy, 'tsconfig.tutorial.json')],
    {
      encoding: 'utf8',
    },
  );
  return stdout + stderr;
};

/** Folders with the files of the page, each without one of these parts. */
const foldersWithout = (parts: readonly (readonly [name: string, part: string])[]): readonly string[] =>
  parts.map(([cut, part], index) => {
    const folder = `shared/providers/without${index}`;
    expect(files.find(({ name }) => name === `${FOLDER}/${cut}`)?.code).toContain(part);
    for (const { name, code } of files) {
      if (!name.startsWith(`${FOLDER}/`)) continue;
      const own = name.slice(FOLDER.length + 1);
      write(`${folder}/${own}`, own === cut ? code.replace(part, '') : code);
    }
    return folder;
  });

/**
 * The compiler's errors in each folder. One run compiles all folders, since most of the time goes into the other
 * sources.
 */
function errorsIn(folders: readonly string[]): readonly string[] {
  const errors = compile(['shared/providers']).split(/^(?=\S)/m);
  for (const folder of folders) rmSync(join(copy, folder), { recursive: true });
  return folders.map((folder) => errors.filter((error) => error.includes(`${folder}/`)).join(''));
}

const FOLDER = 'shared/providers/examplepay';
copySources();

describe('the code of the page', () => {
  it('the code of the page compiles together with all deployed sources', () => {
    expect(compile(['shared', 'infra', 'functions'])).toBe('');
  });

  const LEFT_OUT = [
    ['index.ts', '  verify,\n', /Property 'verify' is missing/],
    ['index.ts', '  rules,\n', /Property 'rules' is missing/],
    ['rules.ts', '  signsForAll: false,\n', /Property 'signsForAll' is missing/],
    ['config.ts', "  path: '/examplepay/{account}/notifications',\n", /Property 'path' is missing/],
    ['config.ts', '  refusals,\n', /Property 'refusals' is missing/],
    [
      'secret.ts',
      '  members: { current: { key: true }, next: { key: true } },\n',
      /Property 'members' is missing/,
    ],
  ] as const;
  let errors: readonly string[] = [];
  beforeAll(() => {
    errors = errorsIn(
      foldersWithout([...LEFT_OUT, ['index.ts', '']].map(([name, part]) => [`${name}`, `${part}`])),
    );
  });

  it.each(LEFT_OUT.map((each, index) => [...each, index] as const))(
    'the compiler names the missing part of %s: %j',
    (_name, _part, named, index) => {
      expect(errors[index]).toMatch(named);
    },
  );

  it('the compiler reports no error for a folder that has every part', () => {
    expect(errors.slice(LEFT_OUT.length)).toEqual(['']);
  });
});

describe('a notification of the example provider', async () => {
  // The application of the copy, whose registry has the example provider.
  const from = <T>(path: string) => import(join(copy, path)) as Promise<T>;
  const { createIntake } =
    await from<typeof import('../../shared/app/http/intake.ts')>('shared/app/http/intake.ts');
  const { createSecrets } = await from<typeof import('../../shared/app/platform/secrets.ts')>(
    'shared/app/platform/secrets.ts',
  );
  const { registerOrder } = await from<typeof import('../../shared/app/transition/orders.ts')>(
    'shared/app/transition/orders.ts',
  );
  const { createApply } = await from<typeof import('../../shared/app/transition/receive.ts')>(
    'shared/app/transition/receive.ts',
  );
  const { parseOrder } = await from<typeof import('../../shared/providers/orders.ts')>(
    'shared/providers/orders.ts',
  );
  const { providers } = await from<{ providers: Readonly<Record<string, RegisteredProvider>> }>(
    'shared/providers/index.ts',
  );
  const { START, workerBench } = await from<typeof import('../support/worker-bench.ts')>(
    'test/support/worker-bench.ts',
  );
  const { examplepay } = providers as { readonly examplepay: RegisteredProvider };
  const KEY = 'a-key-that-examplepay-gave-us';
  const account = {
    ...{ provider: 'examplepay', account: 'shop', currencies: ['EUR'] },
    policy: {
      ...policy,
      provider: 'examplepay',
      account: 'shop',
      unknownOrder: 'hold',
      amountCheck: 'required',
    },
  } as unknown as Account;
  const BODY =
    '{"id": "n1", "payment": "p1", "order": "order-1", "status": "paid", "amount": "12.50", "currency": "EUR"}';
  /** The sender's signature, written without code of the folder. */
  const sign = (body: string) => createHmac('sha256', KEY).update(body).digest('hex');

  function shop() {
    const bench = workerBench();
    const apply = createApply({
      ...bench.deps,
      providers: providers as typeof bench.deps.providers,
      accounts: [account],
    });
    const secret: Readonly<Record<string, unknown>> = {
      'payhooks/sandbox/examplepay/shop': { current: { key: KEY } },
      'payhooks/sandbox/envelope-key': { current: 'c'.repeat(64) },
    };
    const intake = createIntake(examplepay, {
      ...bench.deps,
      ...{ accounts: [account], environment: 'sandbox', queue: bench.notifications },
      secrets: createSecrets({
        fetch: async (name) => JSON.stringify(secret[name]),
        clock: bench.deps.clock,
        report: () => undefined,
      }),
    });
    const send = (body: string, signature: string) =>
      intake(
        httpEvent({
          ...{ timeEpoch: START, method: 'POST', body },
          headers: { 'content-type': 'application/json', 'x-examplepay-signature': signature },
          account: 'shop',
        }),
      );
    return { ...bench, apply, send };
  }

  it('a notification and its duplicate are answered 200, and the paid order is fulfilled once', async () => {
    const { send, apply, deliverAll, target, notifications, memory } = shop();
    const order = parseOrder(
      { reference: 'order-1', provider: 'examplepay', amounts: [{ currency: 'EUR', exact: '12.50' }] },
      new Date(START).toISOString(),
    );
    await registerOrder(memory, notifications, order);
    for (let copyOf = 1; copyOf <= 2; copyOf++)
      expect(await send(BODY, sign(BODY))).toMatchObject({ statusCode: 200, body: 'OK' });
    for (const { body } of notifications.sent.splice(0)) await apply(body);
    await deliverAll();
    expect(target.types.filter((type) => type === 'fulfil')).toHaveLength(1);
    expect(target.received.find(({ type }) => type === 'fulfil')).toMatchObject({
      ...{ provider: 'examplepay', account: 'shop', status: 'paid', orderReference: 'order-1' },
    });
  });

  it('a tampered or unsigned notification is answered 401, and nothing is queued', async () => {
    const { send, notifications } = shop();
    const tampered = BODY.replace('12.50', '1.50');
    expect(await send(tampered, sign(BODY))).toMatchObject({ statusCode: 401 });
    expect(await send(BODY, '')).toMatchObject({ statusCode: 401 });
    expect(notifications.sent).toEqual([]);
  });

  it('a signed notification that cannot be read is answered 200 and quarantined', async () => {
    const { send, apply, notifications, target, memory } = shop();
    expect(await send('{}', sign('{}'))).toMatchObject({ statusCode: 200 });
    for (const { body } of notifications.sent.splice(0)) await apply(body);
    expect(target.received).toEqual([]);
    expect(memory.all().filter(({ pk }) => pk.startsWith('quarantine#'))).not.toEqual([]);
  });
});
