/** What the tests of the stack share: a small configuration, stub functions, and a synthesized template. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Config, parseConfig } from '../../infra/config.ts';
import { FUNCTIONS } from '../../infra/functions.ts';
import { synthesize } from '../../infra/synth.ts';

/** One account per provider and nothing else: whatever is not written here is the default. */
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
  // Templates are read as they are: a wrong path in a test is a failed test.
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

/** Deletion policies under which what was once in use outlives its stack. */
export const OUTLIVES = ['Retain', 'RetainExceptOnCreate'];

interface Synthesized {
  readonly template: Template;
  /** Of the template as it is uploaded. */
  readonly bytes: number;
}

/** The test files of one process share modules, and so what was synthesized. Nobody writes into a template. */
const made = new Map<string, Synthesized>();

/** A configuration with empty functions: what the stack is does not depend on their code. */
export function synthesized(settings: object = {}): Synthesized {
  const whole = { ...smallest, ...settings };
  const name = JSON.stringify(whole);
  const known = made.get(name) ?? synthesizedStubs(parseConfig(whole));
  made.set(name, known);
  return known;
}

export const templateOf = (settings: object = {}): Template => synthesized(settings).template;

export const synthesizeStubs = (config: Config): Template => synthesizedStubs(config).template;

/** CDK's CloudFormation rules are left out unless they are what a test is about (template-schema.test.ts). */
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
  /** For the cloud assembly. */
  readonly out: string;
  readonly remove: () => void;
}

/** A folder of functions that do nothing, each another nothing: a mix-up of two changes the template. */
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

/** Resources of a type, by logical id. */
export const ofType = (template: Template, type: string): readonly (readonly [string, Resource])[] =>
  Object.entries(template.Resources).filter(([, resource]) => resource.Type === type);

export type Fields = Readonly<Record<string, Json>>;
export const fields = (value: Json | undefined): Fields => value as Fields;
export const list = (value: Json | undefined): readonly Fields[] => value as readonly Fields[];
/** The logical id in a Ref or Fn::GetAtt; "undefined" when it is neither. */
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
