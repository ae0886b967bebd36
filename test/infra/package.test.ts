/** The package as a merchant installs it: packed, unpacked into an empty CDK app, compiled against and synthesized. */
import { execFile } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ofType, type Template } from './support.ts';

const run = promisify(execFile);
const root = resolve(import.meta.dirname, '../..');
/** Packing compiles, and the app bundles every function: on a busy computer that takes minutes. */
const PATIENCE_MS = 300_000;

const APP = `
import { App, Stack, Stage } from 'aws-cdk-lib';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Payhooks, PayhooksStack } from 'payhooks';

const app = new App({ outdir: 'out', analyticsReporting: false });
const stack = new Stack(app, 'Shop');
const payhooks = new Payhooks(stack, 'Payhooks', {
  config: {
    environment: 'live',
    target: { type: 'eventbridge' },
    accounts: [{ provider: 'trustly-europe', account: 'shop', policy: { grantOn: 'authorized' } }],
  },
});
payhooks.grantCheckout(new Role(stack, 'Server', { assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com') }));
payhooks.addAlarmAction(new SnsAction(new Topic(stack, 'OnCall')));
payhooks.metricAccepted().createAlarm(stack, 'Busy', { threshold: 1000, evaluationPeriods: 1 });

const stage = new Stage(app, 'Test');
new PayhooksStack(stage, 'Payhooks', {
  config: {
    environment: 'sandbox',
    target: { type: 'https', url: 'https://shop.example/hook' },
    accounts: [{ provider: 'paymentwall', account: 'shop', api: 'digital_goods', signatureVersion: 3 }],
  },
});
app.synth();
`;

const folder = mkdtempSync(join(tmpdir(), 'payhooks-package-'));
const modules = join(folder, 'node_modules');
const unpacked = join(modules, 'payhooks');

/** Links this project's packages, in place of those that npm would install beside the package. */
function install(): void {
  for (const name of readdirSync(join(root, 'node_modules'))) {
    if (!name.startsWith('.')) symlinkSync(join(root, 'node_modules', name), join(modules, name));
  }
}

beforeAll(async () => {
  mkdirSync(unpacked, { recursive: true });
  await run('npm', ['pack', '--pack-destination', folder], { cwd: root });
  const [tarball = ''] = readdirSync(folder).filter((name) => name.endsWith('.tgz'));
  await run('tar', ['-xzf', join(folder, tarball), '-C', unpacked, '--strip-components=1']);
  install();
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  writeFileSync(join(folder, 'app.ts'), APP);
  writeFileSync(join(folder, 'app.js'), APP);
}, PATIENCE_MS);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the packed package', () => {
  it('the package has the construct, its types and the bundled sources, and no test, secret or configuration', () => {
    const { files, peerDependencies } = JSON.parse(readFileSync(join(unpacked, 'package.json'), 'utf8'));
    expect(readdirSync(unpacked).sort()).toEqual([
      ...['LICENSE', 'README.md', 'bin', 'dist', 'functions', 'package.json', 'shared'],
    ]);
    expect(files).toEqual(['dist', 'functions', 'shared']);
    // Only the app installs CDK: constructs of two copies of CDK are incompatible.
    expect(Object.keys(peerDependencies)).toEqual(['aws-cdk-lib', 'constructs']);
  });

  it(
    'the types of the package compile in a strict app, and refuse a wrong key',
    async () => {
      const options = [
        '--noEmit',
        '--strict',
        '--skipLibCheck',
        '--target',
        'es2024',
        '--module',
        'nodenext',
      ];
      writeFileSync(join(folder, 'wrong.ts'), APP.replace("grantOn: 'authorized'", "grantOn: 'soon'"));
      // One run compiles both files, since most of the time goes into the types of CDK.
      const compiled = run(
        join(root, 'node_modules', '.bin', 'tsc'),
        [...options, '--types', 'node', 'app.ts', 'wrong.ts'],
        { cwd: folder },
      );
      const { stdout }: { readonly stdout: string } = await compiled.then(
        () => expect.unreachable('a wrong key was taken'),
        (error) => error,
      );
      expect(stdout).toMatch(/^wrong\.ts.+soon/m);
      expect(stdout).not.toMatch(/^(?!wrong\.ts)\S/m);
    },
    PATIENCE_MS,
  );

  it(
    'the package synthesizes in an empty app, also in a stage, with the functions bundled',
    async () => {
      await run(process.execPath, ['app.js'], { cwd: folder });
      const templateIn = (path: string) =>
        JSON.parse(readFileSync(join(folder, 'out', path), 'utf8')) as Template;
      const shop = templateIn('Shop.template.json');
      const names = ofType(shop, 'AWS::Lambda::Function').map(
        ([, { Properties }]) => Properties.FunctionName,
      );
      expect(names).toContain('payhooks-live-intake-trustly-europe');
      expect(JSON.stringify(ofType(shop, 'AWS::IAM::Policy'))).toContain('execute-api:Invoke');
      const alarms = ofType(shop, 'AWS::CloudWatch::Alarm').filter(
        ([, { Properties }]) => Properties.AlarmActions !== undefined,
      );
      expect(alarms.length).toBeGreaterThan(20);
      const [test = ''] = readdirSync(join(folder, 'out', 'assembly-Test')).filter((name) =>
        name.endsWith('.template.json'),
      );
      const staged = templateIn(join('assembly-Test', test));
      expect(ofType(staged, 'AWS::Lambda::Function').length).toBeGreaterThan(3);
      const bundles = readdirSync(join(folder, 'out'), { recursive: true, encoding: 'utf8' });
      expect(bundles.filter((name) => name.endsWith('index.cjs')).length).toBeGreaterThan(5);
    },
    PATIENCE_MS,
  );

  it('the bin of the package fails with the message that the command line runs from a clone', async () => {
    await expect(run(process.execPath, [join(unpacked, 'bin/payhooks.mjs')])).rejects.toMatchObject({
      stderr: expect.stringContaining('the command line runs from a clone'),
    });
  });
});
