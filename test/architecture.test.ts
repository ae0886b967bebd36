/** The structure of the code (README, docs/decisions): which file may import which, and what deployed code may call. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '..');

/** The files that send HTTP requests without the SDK. Each gets its address from its caller. */
const CALLING: readonly string[] = [
  'shared/app/fulfilment/targets/https.ts',
  'shared/app/http/decision-hook.ts',
  'shared/app/schedules/probe.ts',
  'shared/app/schedules/provider-client.ts',
  'shared/aws/json/client.ts',
];

function filesBelow(folder: string, kind = /\.ts$/): string[] {
  return readdirSync(join(root, folder)).flatMap((name) => {
    const path = join(folder, name);
    if (statSync(join(root, path)).isDirectory()) return filesBelow(path, kind);
    return kind.test(name) ? [path] : [];
  });
}

/** Static and dynamic imports, as written. */
function importsOf(path: string): string[] {
  const text = readFileSync(join(root, path), 'utf8');
  return [
    ...text.matchAll(
      /^\s*(?:\}|import|export)[^'"\n]*?(?:from\s+|import\s*)['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/gm,
    ),
  ].map((match) => match[1] ?? match[2] ?? '');
}

const layerOf = (path: string): string =>
  [
    'shared/payment',
    'shared/providers',
    'shared/app',
    'shared/aws',
    'functions',
    'infra',
    'cli',
    'local',
    'tools',
    'test',
  ].find((layer) => path.startsWith(`${layer}/`)) ?? path;

/** Which layers a layer may import besides itself. */
const allowed: Record<string, string[]> = {
  'shared/payment': [],
  'shared/providers': ['shared/payment'],
  'shared/app': ['shared/providers', 'shared/payment'],
  'shared/aws': ['shared/app', 'shared/providers', 'shared/payment'],
  functions: ['shared/aws', 'shared/app', 'shared/providers', 'shared/payment'],
  infra: ['shared/aws', 'shared/app', 'shared/providers', 'shared/payment'],
};

/** Which folders of `shared/app` a folder may import besides itself. No two folders import each other. */
const rooms: Record<string, string[]> = {
  'shared/app/table': [],
  'shared/app/platform': ['table'],
  'shared/app/transition': ['platform', 'table'],
  'shared/app/fulfilment': ['transition', 'platform', 'table'],
  'shared/app/schedules': ['fulfilment', 'transition', 'platform', 'table'],
  'shared/app/http': ['fulfilment', 'transition', 'platform', 'table'],
  'shared/app/operator': ['http', 'fulfilment', 'transition', 'platform', 'table'],
};
const roomOf = (path: string) => path.match(/^shared\/app\/[a-z]+(?=\/)/)?.[0];

/** The circles of the graph, each found once by a depth-first search. */
function circlesIn(graph: ReadonlyMap<string, readonly string[]>): readonly (readonly string[])[] {
  const circles: string[][] = [];
  const done = new Set<string>();
  const visit = (file: string, way: readonly string[]): void => {
    const at = way.indexOf(file);
    if (at >= 0) circles.push(way.slice(at));
    if (at >= 0 || done.has(file)) return;
    for (const next of graph.get(file) ?? []) visit(next, [...way, file]);
    done.add(file);
  };
  for (const file of graph.keys()) visit(file, []);
  return circles;
}

const deployed = ['shared', 'functions', 'infra'].flatMap((folder) => filesBelow(folder));

describe('imports', () => {
  for (const path of deployed) {
    it(`${path} imports only modules that its layer and its room may import`, () => {
      const layer = layerOf(path);
      for (const specifier of importsOf(path)) {
        if (!specifier.startsWith('.')) {
          if (layer === 'shared/payment' || layer === 'shared/providers') {
            // Modules without I/O: node:crypto is for hashes and signatures. Any other module would be I/O.
            const pure = ['node:crypto', 'node:buffer', 'node:util'];
            // A configuration schema uses valibot, which does no I/O. No function's bundle has a configuration schema.
            const isConfig = /^shared\/providers\/(?:config|[a-z-]+\/config)/.test(path);
            expect(isConfig ? [...pure, 'valibot'] : pure, `${path} imports ${specifier}`).toContain(
              specifier,
            );
          }
          continue;
        }
        const imported = relative(root, resolve(root, dirname(path), specifier));
        const target = layerOf(imported);
        if (target !== layer) {
          expect(allowed[layer] ?? [], `${path} imports ${specifier}`).toContain(target);
        }
        const room = roomOf(path);
        const other = roomOf(imported);
        if (room !== undefined && other !== undefined && room !== other) {
          expect(
            rooms[room]?.map((name) => `shared/app/${name}`) ?? [],
            `${path} imports ${specifier}`,
          ).toContain(other);
        }
      }
    });
  }
});

describe('circles of imports', () => {
  const folders = ['bin', 'cli', 'console', 'functions', 'infra', 'local', 'shared', 'tools'];
  const files = folders.flatMap((folder) => filesBelow(folder, /\.tsx?$/));

  it('no file imports itself through other files, neither by a type import nor by a dynamic import', () => {
    const graph = new Map(
      files.map((path) => [
        path,
        importsOf(path)
          .filter((specifier) => specifier.startsWith('.'))
          .map((specifier) => relative(root, resolve(root, dirname(path), specifier))),
      ]),
    );
    expect(files.length).toBeGreaterThan(500);
    expect(circlesIn(graph)).toEqual([]);
  });

  it('circlesIn returns a circle of imports as the list of its files', () => {
    const graph = new Map([
      ['a', ['b']],
      ['b', ['c', 'd']],
      ['c', ['a']],
      ['d', []],
    ]);
    expect(circlesIn(graph)).toEqual([['a', 'b', 'c']]);
  });
});

describe('rules for the source of deployed code', () => {
  const source = (path: string) => readFileSync(join(root, path), 'utf8');

  it('no file of shared/app imports the AWS SDK: the application calls AWS through ports', () => {
    const callers = deployed.filter(
      (path) =>
        path.startsWith('shared/app/') &&
        importsOf(path).some((specifier) => /^@(aws-sdk|smithy)\//.test(specifier)),
    );
    expect(callers).toEqual([]);
  });

  it('only the configuration module and environment-credentials.ts read process.env', () => {
    const readers = deployed.filter(
      (path) => !path.startsWith('infra/') && source(path).includes('process.env'),
    );
    expect(readers.filter((path) => path !== 'shared/app/platform/config.ts')).toEqual([
      // This file replaces the package of the SDK's credential chain.
      ...(readers.includes('shared/aws/environment-credentials.ts')
        ? ['shared/aws/environment-credentials.ts']
        : []),
    ]);
  });

  it('every HTTP server is made by createLocalServer of local/aws/own-web.ts, which refuses foreign web pages', () => {
    const folders = ['bin', 'cli', 'console', 'functions', 'infra', 'local', 'shared', 'tools'];
    // A server, or a listener beside the one that createLocalServer guards.
    const MADE =
      /\bcreate(?:Secure)?Server\b|\bnew (?:\w+\.)?Server\b|\.(?:on|once|addListener)\('(?:request|upgrade|check\w+)'/;
    const makers = folders
      .flatMap((folder) => filesBelow(folder, /\.[cm]?[jt]sx?$/))
      .filter((path) => MADE.test(source(path)));
    // dynamodb.ts uses createServer of node:net, to find a free port.
    expect(makers).toEqual(['local/aws/engines/dynamodb.ts', 'local/aws/own-web.ts']);
    expect(source('local/aws/engines/dynamodb.ts')).toContain("createServer } from 'node:net'");
    // test/local/aws/own-web.test.ts proves what createLocalServer refuses.
    const calls = source('local/aws/own-web.ts').match(/\bcreateServer\(.*/g);
    expect(calls).toEqual(['createServer(options, guarded(listener));']);
  });

  it('deployed code calls only addresses of AWS, of the providers and of the configuration', () => {
    const HOST = /\bhttps?:\/\/([a-z0-9.-]+)/gi;
    const code = (path: string) => source(path).replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
    const sources = ['shared', 'functions'].flatMap((folder) => filesBelow(folder));
    const named = sources.flatMap((path) => [...code(path).matchAll(HOST)].map(([, host = '']) => host));
    expect([...new Set(named)].sort()).toEqual(['api.paymentwall.com', 'sandbox.trustly.one', 'trustly.one']);
    const calling = sources.filter((path) =>
      /\b(?:typeof|globalThis\.|=) ?fetch\b|\bnode:(?:http|https|http2|net|tls|dgram)'/.test(code(path)),
    );
    expect(calling.sort()).toEqual(CALLING);
  });

  it('no unit test mocks a module: the files of the unit project share the modules they import', () => {
    const mock = /\bvi\.(?:do)?mock\(/i;
    const mocking = filesBelow('test').filter((path) => mock.test(readFileSync(join(root, path), 'utf8')));
    expect(mocking).toEqual([]);
  });

  it('no file of functions/ has more than 60 lines', () => {
    for (const path of filesBelow('functions')) {
      expect(source(path).split('\n').length, path).toBeLessThanOrEqual(61);
    }
  });

  it('the core and the providers read no clock and draw no random number', () => {
    for (const path of deployed.filter((file) => /^shared\/(payment|providers)\//.test(file))) {
      expect(source(path), path).not.toMatch(
        /Date\.now\(|new Date\(\)|Math\.random\(|randomUUID|randomBytes/,
      );
    }
  });

  it('deployed code calls no console method: deployed code logs through the logger', () => {
    for (const path of deployed.filter((file) => !file.startsWith('infra/'))) {
      expect(source(path), path).not.toMatch(/\bconsole\./);
    }
  });
});

describe('optional fields', () => {
  /** Matches `...(x === undefined ? {} : { y: x })`, also with a field of x. */
  const WRITTEN_OUT = /\.\.\.\(([\w.]+) === undefined \? \{\} : \{ (?:[\w'-]+: )?\1(?:\.\w+)? \}/;

  it('source files leave out undefined fields with defined() only', () => {
    for (const folder of ['infra', 'functions', 'shared', 'cli', 'console', 'local', 'tools']) {
      for (const path of filesBelow(folder, /\.tsx?$/)) {
        expect(readFileSync(join(root, path), 'utf8'), path).not.toMatch(WRITTEN_OUT);
      }
    }
  });

  it('the check finds an undefined field that is left out without defined()', () => {
    expect('...(note === undefined ? {} : { note })').toMatch(WRITTEN_OUT);
    expect('...(row === undefined ? {} : { last: row.at })').toMatch(WRITTEN_OUT);
    expect('...(note === undefined ? {} : { note: cut(note) })').not.toMatch(WRITTEN_OUT);
  });
});

describe('the folder of a provider', () => {
  const folders = readdirSync(join(root, 'shared/providers'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
  /** Matches a provider's name in quotes or in a path. Comments are removed first: they may name a provider. */
  const named = new RegExp(`['"\`/](?:${folders.join('|')})(?![a-z])`);
  const codeOf = (path: string) =>
    readFileSync(join(root, path), 'utf8')
      .replace(/\/\*[\s\S]*?\*\//g, '')
      .replace(/^\s*\/\/.*$/gm, '');

  it.each(folders)('shared/providers/%s has the files that every provider must have', (folder) => {
    expect(readdirSync(join(root, 'shared/providers', folder))).toEqual(
      expect.arrayContaining([
        'README.md',
        'account.ts',
        'config.ts',
        'index.ts',
        'refusals.ts',
        'rules.ts',
        'secret.ts',
      ]),
    );
  });

  it('the core and synth name no provider', () => {
    const those = ['shared/payment', 'infra']
      .flatMap((folder) => filesBelow(folder))
      .filter((path) => named.test(codeOf(path)));
    expect(those).toEqual([]);
  });

  /** The other files that name a provider, each with the reason. */
  const KNOWN: Readonly<Record<string, string>> = {
    'cli/accept/accept.ts': 'the sample events for the merchant need a provider',
    'cli/cost/samples.ts':
      'the samples of the providers whose calls are counted, and the orders that they pay',
    'cli/doctor/self-test.ts':
      'it signs a test message as each provider does, with code of its own, like the local senders',
    'shared/app/transition/split-token.ts':
      'the merchant calls it for splitTokens, which only one provider has',
  };

  it('no code outside a provider’s own files names the provider, except for the files that are listed with a reason', () => {
    const own = [
      ...folders.map((folder) => `shared/providers/${folder}/`),
      ...['shared/providers/index.ts', 'shared/providers/apis.ts', 'shared/providers/checkouts.ts'],
      ...folders.map((folder) => `functions/intake-${folder}`),
      // certify sends each provider's notifications to a stack. Its code is independent, like the local senders'.
      'cli/certify/',
    ];
    const those = ['shared', 'functions', 'infra', 'cli']
      .flatMap((folder) => filesBelow(folder))
      .filter((path) => !own.some((start) => path.startsWith(start)) && named.test(codeOf(path)));
    expect(those.sort()).toEqual(Object.keys(KNOWN).sort());
  });
});

it('every test file that vitest.config.ts names exists', () => {
  const text = readFileSync(join(root, 'vitest.config.ts'), 'utf8');
  const named = [...text.matchAll(/'(test\/[\w/.-]+\.test\.ts)'/g)].map(([, path = '']) => path);
  expect(named.length).toBeGreaterThan(10);
  expect(named.filter((path) => !existsSync(join(root, path)))).toEqual([]);
});
