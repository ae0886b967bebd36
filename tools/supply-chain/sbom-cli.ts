/** `npm run sbom`: a CycloneDX file, made by npm from the installed packages; written to reports/sbom.cdx.json. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { sbomOf } from './sbom.ts';

const root = join(import.meta.dirname, '../..');
const { name, version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  name: string;
  version: string;
};
const sbom = sbomOf(await text(process.stdin), { name, version });
mkdirSync(join(root, 'reports'), { recursive: true });
writeFileSync(join(root, 'reports/sbom.cdx.json'), `${JSON.stringify(sbom, null, 2)}\n`);
process.stdout.write(`reports/sbom.cdx.json: ${sbom.components.length} components\n`);
