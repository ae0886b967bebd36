import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { buildSync } from 'esbuild';
import { compiledAccounts } from '../../shared/app/platform/compiled-accounts.ts';
import type { Account } from '../../shared/providers/index.ts';
import type { FunctionName } from '../functions.ts';

/**
 * Root of the package. The folder is searched upwards, because the compiled file is one folder deeper than its source.
 */
function packageRoot(): string {
  let folder = import.meta.dirname;
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  return folder;
}
const root = packageRoot();

export interface BundleOptions {
  readonly functions: readonly FunctionName[];
  /** Compiled into the bundles, see docs/decisions/004-bundles.md. */
  readonly accounts: readonly Account[];
  /** The folder that has one folder per function; only tests give another one. */
  readonly sources?: string;
}

/** Where each bundle is, and how to remove the bundles once they are copied into the cloud assembly. */
export interface Bundles {
  readonly folderOf: (name: FunctionName) => string;
  readonly remove: () => void;
}

/**
 * Bundles all functions in one esbuild run: minified CommonJS (loads faster than ESM under Node 24, decision 4),
 * without the SDK's credential chain. The same sources and accounts give the same bytes, so an unchanged function keeps
 * its asset hash. The extension is ".cjs", because the nearest package.json may say "module"; Lambda finds it by the
 * same name.
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
    // ESM sources of dependencies, so that esbuild can drop unused code.
    mainFields: ['module', 'main'],
    alias: {
      '@aws-sdk/credential-provider-node': join(root, 'shared/aws/environment-credentials.ts'),
    },
    // The SDK loads it on demand, for operations that stream events; the services used here have none.
    external: ['@smithy/core/event-streams'],
    // PAYHOOKS_BUNDLED leaves out code that only synth and the command line use (index.ts of each provider's folder).
    define: { PAYHOOKS_ACCOUNTS: JSON.stringify(compiledAccounts(accounts)), PAYHOOKS_BUNDLED: 'true' },
    legalComments: 'none',
    logLevel: 'error',
  });
  return {
    folderOf: (name) => join(outdir, name),
    remove: () => rmSync(outdir, { recursive: true, force: true }),
  };
}
