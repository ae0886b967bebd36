import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { buildSync } from 'esbuild';
import type { Account } from '../../shared/providers/index.ts';
import type { FunctionName } from '../functions.ts';

/** Of the package: compiled, this file is one folder deeper than its source. */
function packageRoot(): string {
  let folder = import.meta.dirname;
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  return folder;
}
const root = packageRoot();

export interface BundleOptions {
  readonly functions: readonly FunctionName[];
  /** Compiled in, see docs/decisions/004-bundles.md. */
  readonly accounts: readonly Account[];
  /** Folder with one folder per function; another one only in tests. */
  readonly sources?: string;
}

/** Where each bundle is, and how to get rid of them once they were copied into the cloud assembly. */
export interface Bundles {
  readonly folderOf: (name: FunctionName) => string;
  readonly remove: () => void;
}

/**
 * All functions in one esbuild run: minified CommonJS (loads faster than ESM under Node 24, decision 4), without
 * the SDK's credential chain. The same sources and accounts give the same bytes, so an unchanged function keeps
 * its asset hash. ".cjs", because the nearest package.json may say "module"; Lambda finds it by the same name.
 */
export function bundle({ functions, accounts, sources = join(root, 'functions') }: BundleOptions): Bundles {
  const missing = functions.filter((name) => !existsSync(join(sources, name, 'index.ts')));
  if (missing.length > 0) {
    throw new Error(
      `no index.ts in ${sources} for ${missing.join(', ')}; found: ${readdirSync(sources).join(', ')}`,
    );
  }
  const outdir = mkdtempSync(join(tmpdir(), 'payhooks-bundles-'));
  buildSync({
    entryPoints: functions.map((name) => ({ in: join(sources, name, 'index.ts'), out: `${name}/index` })),
    outdir,
    outExtension: { '.js': '.cjs' },
    absWorkingDir: root,
    bundle: true,
    minify: true,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    // ESM sources of dependencies, so that what is not used falls out.
    mainFields: ['module', 'main'],
    alias: {
      '@aws-sdk/credential-provider-node': join(root, 'shared/aws/environment-credentials.ts'),
    },
    // Loaded by the SDK on demand, for operations that stream events; of the services used here none has any.
    external: ['@smithy/core/event-streams'],
    // PAYHOOKS_BUNDLED leaves out what only synth and the command line use (index.ts of each provider's folder).
    define: { PAYHOOKS_ACCOUNTS: JSON.stringify(accounts), PAYHOOKS_BUNDLED: 'true' },
    legalComments: 'none',
    logLevel: 'error',
  });
  return {
    folderOf: (name) => join(outdir, name),
    remove: () => rmSync(outdir, { recursive: true, force: true }),
  };
}
