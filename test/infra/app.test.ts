/**
 * The entry point of the CDK command line, run in the same way: a process that reads the context and writes a cloud
 * assembly.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parseConfig } from '../../infra/config.ts';
import { synthesize } from '../../infra/synth.ts';

const root = resolve(import.meta.dirname, '../..');
const settings = JSON.parse(readFileSync(join(root, 'cdk.json'), 'utf8')) as {
  readonly app: string;
  readonly context: { readonly payhooks: object };
};
const folder = mkdtempSync(join(tmpdir(), 'payhooks-app-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(payhooks: object, outdir: string) {
  return spawnSync(settings.app, {
    cwd: root,
    shell: true,
    encoding: 'utf8',
    env: {
      PATH: process.env.PATH,
      CDK_OUTDIR: outdir,
      CDK_CONTEXT_JSON: JSON.stringify({ payhooks }),
      // template-schema.test.ts checks this configuration against the rules.
      CDK_VALIDATION: 'false',
    },
  });
}

describe('node infra/app.ts', () => {
  it('writes the template that `npm start` runs, without an AWS account', { timeout: 300_000 }, () => {
    const { status, stderr } = run(settings.context.payhooks, join(folder, 'cli'));
    // The provider of the demo's Americas account is not polled. Synth warns of that, and of nothing else.
    expect(stderr.match(/^(WARNING|ERROR|\S*Error).*$/gm)).toEqual([
      expect.stringContaining('WARNING trustly-americas/demo: "confirm" is off'),
    ]);
    expect(status).toBe(0);
    const config = parseConfig(settings.context.payhooks);
    const { template, assetsDir } = synthesize(config, join(folder, 'start'));
    const written = readFileSync(join(folder, 'cli', 'PayhooksSandbox.template.json'), 'utf8');
    const withoutMetadata = JSON.parse(written, (key, value) => (key === 'Metadata' ? undefined : value));
    expect(template).toEqual(withoutMetadata);
    const assets = (path: string) =>
      readdirSync(path)
        .filter((name) => name.startsWith('asset.'))
        .sort();
    expect(assets(assetsDir)).toEqual(assets(join(folder, 'cli')));
    // Each of the nine functions has a bundle of its own.
    expect(assets(assetsDir)).toHaveLength(9);
  });

  it('stops at a wrong value with exit code 1, one message and no stack trace', { timeout: 300_000 }, () => {
    const { status, stderr } = run(
      { ...settings.context.payhooks, environment: 'prod' },
      join(folder, 'wrong'),
    );
    expect(status).toBe(1);
    expect(stderr.trim().split('\n')).toEqual([
      'The configuration (cdk.json, context key "payhooks") has a problem:',
      '  payhooks.environment: found "prod"; allowed: "sandbox", "live"',
    ]);
  });
});
