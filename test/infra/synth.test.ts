/** Synthesis of the template. */

import { existsSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { App, Stack, Validations } from 'aws-cdk-lib';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { afterAll, describe, expect, it } from 'vitest';
import { parseConfig } from '../../infra/config.ts';
import { Payhooks } from '../../infra/payhooks.ts';
import { addPayhooks, newApp } from '../../infra/synth.ts';
import { smallest, stubSources } from './support.ts';

const { sources, out, remove } = stubSources();

describe('cdk-nag', () => {
  it('cdk-nag stops synth at a finding that is not acknowledged', () => {
    const stubs = stubSources();
    try {
      const app = newApp({ analyticsReporting: false, outdir: stubs.out });
      const stack = addPayhooks(app, parseConfig(smallest), stubs.sources);
      new Queue(stack, 'Careless');
      expect(() => app.synth()).toThrow(/AwsSolutions-SQS3/);
    } finally {
      stubs.remove();
    }
  });

  it('the stack acknowledges the findings APIG4 and SMG4 only, each with a reason', () => {
    const stubs = stubSources();
    try {
      const app = newApp({ analyticsReporting: false, outdir: stubs.out });
      addPayhooks(app, parseConfig(smallest), stubs.sources);
      const reasons = new Map<string, string>();
      for (const node of app.node.findAll()) {
        for (const { type, data } of node.node.metadata) {
          if (type !== Validations.ACKNOWLEDGED_RULES_METADATA_KEY) continue;
          for (const [rule, reason] of Object.entries(data as Record<string, string>))
            reasons.set(rule, reason);
        }
      }
      expect([...reasons.keys()].map((rule) => rule.split('::').pop()).sort()).toEqual([
        'AwsSolutions-APIG4',
        'AwsSolutions-SMG4',
      ]);
      for (const reason of reasons.values()) expect(reason.length).toBeGreaterThan(60);
    } finally {
      stubs.remove();
    }
  });
});
afterAll(remove);

describe('asset staging', () => {
  it('switched-off asset staging leaves the bundles at the paths that the template names', () => {
    const app = new App({
      ...{ outdir: out, analyticsReporting: false },
      context: { 'aws:cdk:disable-asset-staging': true, 'aws:cdk:enable-asset-metadata': true },
    });
    const stack = new Stack(app, 'Unstaged');
    new Payhooks(stack, 'Payhooks', { config: parseConfig(smallest), sources });
    const { Resources } = app.synth().getStackByName('Unstaged').template as {
      Resources: Record<string, { Type: string; Metadata?: Record<string, string> }>;
    };
    const paths = Object.values(Resources)
      .filter(({ Type }) => Type === 'AWS::Lambda::Function')
      .map(({ Metadata }) => Metadata?.['aws:asset:path'] ?? 'none');
    try {
      expect(paths.length).toBeGreaterThan(5);
      expect(paths.filter((path) => !existsSync(resolve(out, path)))).toEqual([]);
    } finally {
      for (const path of paths) rmSync(resolve(out, path), { recursive: true, force: true });
    }
  });
});
