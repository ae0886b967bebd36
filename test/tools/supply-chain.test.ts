/** What is installed is what was locked, under licenses that fit, and a scan that did not run is never called clean. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EXIT, reportOf, verdictOf } from '../../tools/supply-chain/audit.ts';
import { foreignLicenses, isAllowed, lockedPackages } from '../../tools/supply-chain/lockfile.ts';
import { sbomOf } from '../../tools/supply-chain/sbom.ts';

const root = join(import.meta.dirname, '../..');
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly optionalDependencies: Readonly<Record<string, string>>;
  readonly allowScripts: Readonly<Record<string, boolean>>;
};
const packages = lockedPackages();

describe('the lockfile', () => {
  it('names the SHA-512 of every package, but for those that lie inside another one’s archive', () => {
    const unproven = packages.filter(
      ({ integrity, inBundle }) => inBundle !== true && !/^sha512-[A-Za-z0-9+/]{86}==$/.test(integrity ?? ''),
    );
    expect(unproven.map(({ path }) => path)).toEqual([]);
    expect(packages.length).toBeGreaterThan(100);
  });

  it('names no address: the merchant’s own registry or mirror serves the same bytes', () => {
    expect(packages.filter(({ resolved }) => resolved !== undefined)).toEqual([]);
  });

  it('has no package that runs code when it is installed, except those that are named', () => {
    const scripts = packages.filter(({ hasInstallScript }) => hasInstallScript === true);
    const named = Object.keys(manifest.allowScripts).map((name) => `node_modules/${name}`);
    expect(scripts.map(({ path }) => path).filter((path) => !named.includes(path))).toEqual([]);
  });

  it('fits exact versions: no range lets another version in', () => {
    const { dependencies, devDependencies, optionalDependencies } = manifest;
    const ranges = Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies }).filter(
      ([, version]) => !/^\d+\.\d+\.\d+$/.test(version),
    );
    expect(ranges).toEqual([]);
  });
});

describe('licenses', () => {
  it('of what is deployed, or needed to deploy, are on the list', () => {
    expect(foreignLicenses(packages)).toEqual([]);
  });

  it.each([
    ['MIT', true],
    ['(MIT OR GPL-3.0-or-later)', true],
    ['MIT AND GPL-3.0-or-later', false],
    ['GPL-3.0-or-later', false],
    ['SEE LICENSE IN LICENSE.md', false],
    ['UNLICENSED', false],
    [undefined, false],
  ])('%s: %s', (expression, allowed) => {
    expect(isAllowed(expression)).toBe(allowed);
  });

  it('that are missing or strange are found, those of development are not asked', () => {
    const found = foreignLicenses([
      { path: 'a', license: 'GPL-3.0-only' },
      { path: 'b' },
      { path: 'c', license: 'GPL-3.0-only', dev: true },
      { path: 'd', license: 'ISC' },
    ]);
    expect(found).toEqual(['a: GPL-3.0-only', 'b: no license']);
  });
});

describe('the dependency scan', () => {
  const report = (vulnerabilities: object, total = 90) =>
    JSON.stringify({ auditReportVersion: 2, vulnerabilities, metadata: { dependencies: { total } } });

  it('is clean when the registry answered and knows nothing of high severity', () => {
    const low = { leftish: { severity: 'moderate', via: [{ title: 'slow on long input' }] } };
    expect(reportOf(verdictOf(report(low))).code).toBe(EXIT.clean);
    expect(reportOf(verdictOf(report({}))).lines.join()).toContain('90 production dependencies');
  });

  it.each(['high', 'critical'])('fails on a finding of %s severity, and names it', (severity) => {
    const { code, lines } = reportOf(
      verdictOf(report({ jose: { severity, via: [{ title: 'accepts anything' }, 'other'] } })),
    );
    expect(code).toBe(EXIT.found);
    expect(lines.join()).toContain(`jose: ${severity}: accepts anything; through other`);
  });

  it.each([
    ['a registry without the service', '{"message":"405 Method Not Allowed - POST","statusCode":405}', '405'],
    ['no network', '{"message":"request failed","error":{"summary":""}}', 'request failed'],
    ['nothing', '', 'no report'],
    ['a page of a proxy', '<html>blocked</html>', 'no report'],
    ['an empty report', '{}', 'no report'],
    ['a report over nothing', report({}, 0), 'no report'],
  ])('says that it did not run: %s', (_, output, said) => {
    const { code, lines } = reportOf(verdictOf(output));
    expect(code).toBe(EXIT.notRun);
    expect(lines.join()).toContain('NOT RUN');
    expect(lines.join()).toContain(said);
  });
});

describe('the bill of materials', () => {
  const component = { name: 'jose', version: '1.0.0', purl: 'pkg:npm/jose@1.0.0' };
  const made = { bomFormat: 'CycloneDX', specVersion: '1.5', metadata: { component: { name: 'folder' } } };

  it('is npm’s, under the project’s name', () => {
    const sbom = sbomOf(JSON.stringify({ ...made, components: [component] }), {
      name: 'payhooks',
      version: '9',
    });
    expect(sbom).toMatchObject({
      metadata: { component: { name: 'payhooks', version: '9' } },
      components: [component],
    });
  });

  it.each(['', '{}', JSON.stringify({ ...made, components: [] })])(
    'is none when npm made none: %s',
    (output) => {
      expect(() => sbomOf(output, { name: 'payhooks', version: '9' })).toThrow('npm ci');
    },
  );
});
