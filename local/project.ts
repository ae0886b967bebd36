/** This project's configuration and folders, as `cdk synth` and `npm start` use them. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Config, ConfigError, parseConfig, rawConfig } from '../infra/config.ts';
import { CONFIRMED_ACCOUNTS } from './demo/stories.ts';
import { credentialsFolder, root } from './folders.ts';
import { isLoopbackHttp } from './target/loopback.ts';

export { credentialsFolder, root };

/**
 * The demo's configuration: that of cdk.json, with additional accounts that need a confirmed amount. @throws
 * ConfigError
 */
export function demoConfig(): Config {
  const own = contextOf();
  const accounts = (own as { readonly accounts?: unknown } | undefined)?.accounts;
  const listed: readonly unknown[] = Array.isArray(accounts) ? accounts : [];
  return parseConfig({ ...own, accounts: [...listed, ...CONFIRMED_ACCOUNTS] });
}

/**
 * As `configFrom`, for `npm start`: here a target may be a service on this computer without TLS, which a deployed
 * function could not reach and `cdk synth` refuses. @throws ConfigError
 */
export const localConfigFrom = (file?: string): Config =>
  file === undefined ? localConfig() : ofFile(file, () => localConfig(file));

function localConfig(file?: string): Config {
  const raw = file === undefined ? contextOf() : rawConfig(file);
  const target = (
    raw as { readonly target?: { readonly type?: unknown; readonly url?: unknown } } | undefined
  )?.target;
  const url = target?.type === 'https' ? target.url : undefined;
  if (!isLoopbackHttp(url)) return parseConfig(raw);
  const config = parseConfig({ ...(raw as object), target: { type: 'https', url: 'https://localhost/' } });
  return { ...config, target: { type: 'https', url } };
}

/** The configuration in a JSON file, or the context key `payhooks` of cdk.json. @throws ConfigError */
export function configFrom(file?: string): Config {
  if (file === undefined) return parseConfig(contextOf());
  return ofFile(file, () => parseConfig(file));
}

/** Adds the file's name to an error of the configuration, which names only the key. */
function ofFile<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof ConfigError)
      error.message = error.message.replace('(cdk.json, context key "payhooks")', `(${file})`);
    throw error;
  }
}

function contextOf(): object | undefined {
  const { context } = JSON.parse(readFileSync(resolve(root, 'cdk.json'), 'utf8')) as {
    readonly context?: { readonly payhooks?: object };
  };
  return context?.payhooks;
}
