/**
 * The installed packages are the locked packages, with permitted licenses, and a scan that did not run is never
 * reported as clean.
 */
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
  it('the lockfile names the SHA-512 of every package that is not inside the archive of another package', () => {
    const unproven = packages.filter(
      ({ integrity, inBundle }) => inBundle !== true && !/^sha512-[A-Za-z0-9+/]{86}==$/.test(integrity ?? ''),
    );
    expect(unproven.map(({ path }) => path)).toEqual([]);
    expect(packages.length).toBeGreaterThan(100);
  });

  it('the lockfile names no address of a registry', () => {
    expect(packages.filter(({ resolved }) => resolved !== undefined)).toEqual([]);
  });

  it('no package of the lockfile has an install script, except for the packages in allowScripts', () => {
    const scripts = packages.filter(({ hasInstallScript }) => hasInstallScript === true);
    const named = Object.keys(manifest.allowScripts).map((name) => `node_modules/${name}`);
    expect(scripts.map(({ path }) => path).filter((path) => !named.includes(path))).toEqual([]);
  });

  it('package.json names only exact versions, no ranges', () => {
    const { dependencies, devDependencies, optionalDependencies } = manifest;
    const ranges = Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies }).filter(
      ([, version]) => !/^\d+\.\d+\.\d+$/.test(version),
    );
    expect(ranges).toEqual([]);
  });
});

describe('licenses', () => {
  it('the license of every package that is deployed, or needed to deploy, is on the list', () => {
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
  ])('the license %s is allowed: %s', (expression, allowed) => {
    expect(isAllowed(expression)).toBe(allowed);
  });

  it('foreignLicenses names a missing and a foreign license, and ignores packages for development', () => {
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

  it('the dependency scan is clean without a finding of high severity', () => {
    const low = { leftish: { severity: 'moderate', via: [{ title: 'slow on long input' }] } };
    expect(reportOf(verdictOf(report(low))).code).toBe(EXIT.clean);
    expect(reportOf(verdictOf(report({}))).lines.join()).toContain('90 production dependencies');
  });

  it.each(['high', 'critical'])(
    'the dependency scan fails on a finding of %s severity, and names the package',
    (severity) => {
      const { code, lines } = reportOf(
        verdictOf(report({ jose: { severity, via: [{ title: 'accepts anything' }, 'other'] } })),
      );
      expect(code).toBe(EXIT.found);
      expect(lines.join()).toContain(`jose: ${severity}: accepts anything; through other`);
    },
  );

  it.each([
    ['a registry without the service', '{"message":"405 Method Not Allowed - POST","statusCode":405}', '405'],
    ['no network', '{"message":"request failed","error":{"summary":""}}', 'request failed'],
    ['an empty output', '', 'no report'],
    ['a page of a proxy', '<html>blocked</html>', 'no report'],
    ['an empty report', '{}', 'no report'],
    ['a report over 0 packages', report({}, 0), 'no report'],
  ])('the dependency scan says NOT RUN for %s', (_, output, reason) => {
    const { code, lines } = reportOf(verdictOf(output));
    expect(code).toBe(EXIT.notRun);
    expect(lines.join()).toContain('NOT RUN');
    expect(lines.join()).toContain(reason);
  });
});

describe('the bill of materials', () => {
  const component = { name: 'jose', version: '1.0.0', purl: 'pkg:npm/jose@1.0.0' };
  const made = { bomFormat: 'CycloneDX', specVersion: '1.5', metadata: { component: { name: 'folder' } } };

  it('the bill of materials has the components of npm under the name and version of the project', () => {
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
    'sbomOf throws when npm made no bill of materials: %s',
    (output) => {
      expect(() => sbomOf(output, { name: 'payhooks', version: '9' })).toThrow('npm ci');
    },
  );
});
