/** Helpers for tests of the stack: a small configuration, stub functions, and a synthesized template. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Config, parseConfig } from '../../infra/config.ts';
import { FUNCTIONS } from '../../infra/functions.ts';
import { synthesize } from '../../infra/synth.ts';

/** A configuration with one account per provider, and defaults for all other settings. */
export const smallest = {
  environment: 'sandbox',
  target: { type: 'eventbridge' },
  accounts: [
    { provider: 'trustly-americas', account: 'shop' },
    { provider: 'trustly-europe', account: 'shop' },
    { provider: 'paymentwall', account: 'shop', api: 'digital_goods', signatureVersion: 3 },
  ],
};

export interface Resource {
  readonly Type: string;
  // Tests read properties without checks: a wrong path fails the test.
  readonly Properties: Readonly<Record<string, Json>>;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
  readonly DependsOn?: readonly string[];
}

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

export interface Template {
  readonly Resources: Readonly<Record<string, Resource>>;
  readonly Outputs: Readonly<Record<string, { readonly Value: Json; readonly Description: string }>>;
}

/** Deletion policies under which a resource that was in use stays after the deletion of its stack. */
export const OUTLIVES = ['Retain', 'RetainExceptOnCreate'];

interface Synthesized {
  readonly template: Template;
  /** Bytes of the uploaded template. */
  readonly bytes: number;
}

/** The test files of one process share modules, and so these templates. No test may change a template. */
const cache = new Map<string, Synthesized>();

/** Synthesizes a configuration with empty functions: the stack does not depend on their code. */
export function synthesized(settings: object = {}): Synthesized {
  const whole = { ...smallest, ...settings };
  const name = JSON.stringify(whole);
  const known = cache.get(name) ?? synthesizedStubs(parseConfig(whole));
  cache.set(name, known);
  return known;
}

export const templateOf = (settings: object = {}): Template => synthesized(settings).template;

export const synthesizeStubs = (config: Config): Template => synthesizedStubs(config).template;

/** CDK's CloudFormation rules run only in tests of these rules (template-schema.test.ts). */
export function synthesizedStubs(config: Config, withoutTemplateRules = true): Synthesized {
  const { sources, out, remove } = stubSources();
  try {
    const template = synthesize(config, out, { sources, withoutTemplateRules }).template as Template;
    const [file = ''] = readdirSync(out).filter((each) => each.endsWith('.template.json'));
    return { template, bytes: statSync(join(out, file)).size };
  } finally {
    remove();
  }
}

export interface Stubs {
  readonly sources: string;
  /** The folder of the cloud assembly. */
  readonly out: string;
  readonly remove: () => void;
}

/**
 * A folder of functions that do nothing. The code of each function differs, so that a mix-up of two functions changes
 * the template.
 */
export function stubSources(): Stubs {
  const folder = mkdtempSync(join(tmpdir(), 'payhooks-test-'));
  const sources = join(folder, 'functions');
  for (const name of Object.keys(FUNCTIONS)) {
    mkdirSync(join(sources, name), { recursive: true });
    writeFileSync(join(sources, name, 'index.ts'), `export const handler = () => '${name}';\n`);
  }
  return {
    sources,
    out: join(folder, 'out'),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** The resources of a type, by logical id. */
export const ofType = (template: Template, type: string): readonly (readonly [string, Resource])[] =>
  Object.entries(template.Resources).filter(([, resource]) => resource.Type === type);

export type Fields = Readonly<Record<string, Json>>;
export const fields = (value: Json | undefined): Fields => value as Fields;
export const list = (value: Json | undefined): readonly Fields[] => value as readonly Fields[];
/** The logical id in a Ref or Fn::GetAtt; "undefined" for any other value. */
export const idOf = (value: Json | undefined): string => {
  const reference = fields(value ?? {});
  return String((reference['Fn::GetAtt'] as Json[] | undefined)?.[0] ?? reference.Ref);
};

export function queueNamed(template: Template, name: string): readonly [string, Resource] {
  const found = ofType(template, 'AWS::SQS::Queue').find(
    ([, { Properties }]) => Properties.QueueName === name,
  );
  if (found === undefined) throw new Error(`no queue ${name}`);
  return found;
}
