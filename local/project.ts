/** This project's configuration and folders, as `cdk synth` and `npm start` use them. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Config, parseConfig } from '../infra/config.ts';

const root = resolve(import.meta.dirname, '..');

/** Ignored by git; keeps the demo credentials. */
export const credentialsFolder = resolve(root, '.payhooks');

/** The configuration in a JSON file, else the context key `payhooks` of cdk.json. Throws ConfigError. */
export function configFrom(file?: string): Config {
  if (file !== undefined) return parseConfig(file);
  const { context } = JSON.parse(readFileSync(resolve(root, 'cdk.json'), 'utf8')) as {
    readonly context?: { readonly payhooks?: unknown };
  };
  return parseConfig(context?.payhooks);
}
