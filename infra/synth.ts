/** Synthesizes in this process, without the CDK command line: for `npm start` and for tests. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Annotations, App, type AppProps, Validations } from 'aws-cdk-lib';
import featureFlags from 'aws-cdk-lib/recommended-feature-flags.json' with { type: 'json' };
import { AwsSolutionsChecks } from 'cdk-nag';
import { defined } from '../shared/payment/defined.ts';
import type { Config } from './config.ts';
import { PayhooksStack } from './payhooks-stack.ts';
import { warningsOf } from './warnings.ts';

/**
 * An app with every feature flag at the value that this version of aws-cdk-lib recommends for new projects, so that the
 * command line and `npm start` use the same flags. A merchant's own app has its own flags.
 */
export const newApp = (props: AppProps = {}): App => new App({ ...props, context: featureFlags });

/** Adds the stack of one environment to an app; cdk-nag checks it when the app is synthesized. */
export function addPayhooks(app: App, config: Config, sources?: string): PayhooksStack {
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  const name = config.environment === 'live' ? 'PayhooksLive' : 'PayhooksSandbox';
  return new PayhooksStack(app, name, { config, ...defined({ sources }) });
}

export interface Synthesized {
  /** The CloudFormation template. */
  readonly template: unknown;
  /** The cloud assembly: manifest, template and one folder per asset. */
  readonly assetsDir: string;
}

export interface SynthesizeOptions {
  /** Folder of the functions; only tests give another one. */
  readonly sources?: string;
  /** Omits the warnings that matter before a deployment (warnings.ts): nothing is deployed. */
  readonly withoutWarnings?: boolean;
  /**
   * Leaves out CDK's CloudFormation rules, which take most of the time of a synth: nothing is deployed, and the rules
   * read the template only. `cdk synth` and `cdk deploy` always check them; cdk-nag checks here as well.
   */
  readonly withoutTemplateRules?: boolean;
}

/** CDK's environment variable that switches its rules off. */
const RULES = 'CDK_VALIDATION';

/**
 * Writes the same template as `cdk synth`, below `outdir`.
 *
 * @throws Error when a check has an open finding
 */
export function synthesize(
  config: Config,
  outdir: string,
  { sources, withoutWarnings = false, withoutTemplateRules = false }: SynthesizeOptions = {},
): Synthesized {
  const app = newApp({ outdir, analyticsReporting: false });
  const stack = addPayhooks(app, config, sources);
  const known = withoutWarnings ? warningsOf(config) : [];
  for (const { id } of known) Annotations.of(stack.payhooks).acknowledgeWarning(id);
  const assembly = withoutTemplateRules ? withoutRules(() => app.synth()) : app.synth();
  const { templateFile } = assembly.getStackArtifact(stack.artifactId);
  return {
    template: JSON.parse(readFileSync(join(outdir, templateFile), 'utf8')),
    assetsDir: assembly.directory,
  };
}

function withoutRules<T>(synth: () => T): T {
  const before = process.env[RULES];
  process.env[RULES] = 'false';
  try {
    return synth();
  } finally {
    if (before === undefined) delete process.env[RULES];
    else process.env[RULES] = before;
  }
}
