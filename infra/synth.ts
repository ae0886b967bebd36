/** Synthesizes in this process, without the CDK command line: for `npm start` and for tests. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import type { Config } from './config.ts';
import { PayhooksStack } from './payhooks-stack.ts';

const root = resolve(import.meta.dirname, '..');

/** The stack of one environment in an app, checked by cdk-nag when the app is synthesized. */
export function addPayhooks(app: App, config: Config, sources?: string): PayhooksStack {
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  const name = config.environment === 'live' ? 'PayhooksLive' : 'PayhooksSandbox';
  return new PayhooksStack(app, name, { config, ...(sources === undefined ? {} : { sources }) });
}

export interface Synthesized {
  /** The CloudFormation template. */
  readonly template: unknown;
  /** The cloud assembly: manifest, template and one folder per asset. */
  readonly assetsDir: string;
}

/**
 * The same template that `cdk synth` writes, below `outdir`.
 *
 * @param sources folder of the functions; another one only in tests
 * @throws when a check has an open finding
 */
export function synthesize(config: Config, outdir: string, sources?: string): Synthesized {
  const app = new App({ outdir, analyticsReporting: false, context: featureFlags() });
  const stack = addPayhooks(app, config, sources);
  const assembly = app.synth();
  const { templateFile } = assembly.getStackArtifact(stack.artifactId);
  return {
    template: JSON.parse(readFileSync(join(outdir, templateFile), 'utf8')),
    assetsDir: assembly.directory,
  };
}

/** The command line hands over the context of cdk.json; without it templates would differ. */
function featureFlags(): Record<string, unknown> {
  const { context } = JSON.parse(readFileSync(join(root, 'cdk.json'), 'utf8')) as {
    context: Record<string, unknown>;
  };
  return Object.fromEntries(Object.entries(context).filter(([key]) => key.startsWith('@')));
}
