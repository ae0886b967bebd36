/** Reads package-lock.json: what `npm ci` installs, byte for byte, and under which license. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');

export interface LockedPackage {
  /** Where it is installed ("node_modules/jose"). */
  readonly path: string;
  readonly version?: string;
  readonly license?: string;
  readonly integrity?: string;
  readonly resolved?: string;
  /** Only for development: neither deployed nor needed to deploy. */
  readonly dev?: boolean;
  readonly inBundle?: boolean;
  readonly hasInstallScript?: boolean;
}

export function lockedPackages(
  text: string = readFileSync(join(root, 'package-lock.json'), 'utf8'),
): readonly LockedPackage[] {
  const { packages } = JSON.parse(text) as { packages: Record<string, Omit<LockedPackage, 'path'>> };
  return Object.entries(packages)
    .filter(([path]) => path !== '')
    .map(([path, fields]) => ({ path, ...fields }));
}

/** Licenses that require only their text and their notices, which is compatible with this repository's Apache-2.0. */
const ALLOWED: ReadonlySet<string> = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'ISC',
  'MIT',
  'MIT-0',
]);

/** An SPDX expression: "OR" needs one allowed license, "AND" needs all of them. */
export function isAllowed(expression: string | undefined): boolean {
  if (expression === undefined) return false;
  return expression
    .replace(/^\(([^()]*)\)$/, '$1')
    .split(' OR ')
    .some((choice) => choice.split(' AND ').every((license) => ALLOWED.has(license.trim())));
}

/** Disallowed licenses of packages that are deployed or needed to deploy; "<path>: <license>". */
export const foreignLicenses = (packages: readonly LockedPackage[]): readonly string[] =>
  packages
    .filter(({ dev, license }) => dev !== true && !isAllowed(license))
    .map(({ path, license }) => `${path}: ${license ?? 'no license'}`);
