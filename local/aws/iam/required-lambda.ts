/** Lambda's API, which has paths instead of targets: the IAM requirements of each path. */
import { localArn } from '../../template/names.ts';
import type { Requirement } from './requirement.ts';

const FUNCTION_ACTIONS: Readonly<Record<string, string>> = {
  'POST invocations': 'InvokeFunction',
  'GET configuration': 'GetFunctionConfiguration',
  'PUT configuration': 'UpdateFunctionConfiguration',
  'POST versions': 'PublishVersion',
  'PUT aliases': 'UpdateAlias',
};

const MAPPING_ACTIONS: Readonly<Record<string, string>> = {
  GET: 'GetEventSourceMapping',
  PUT: 'UpdateEventSourceMapping',
};

/** Undefined when the local stack does not serve this path. */
export function lambdaRequirement(method: string, path: string): Requirement | undefined {
  const [, name, what] = /\/functions\/([A-Za-z0-9-]+)\/(\w+)(?:\/[\w-]+)?$/.exec(path) ?? [];
  const action = FUNCTION_ACTIONS[`${method} ${what}`];
  if (name !== undefined && action !== undefined) {
    return { action: `lambda:${action}`, resource: localArn('lambda', `function:${name}`), context: {} };
  }
  const [, uuid] = /\/event-source-mappings\/?([^/?]*)/.exec(path) ?? [];
  if (uuid === undefined) return undefined;
  if (uuid === '') return { action: 'lambda:ListEventSourceMappings', resource: '*', context: {} };
  const change = MAPPING_ACTIONS[method];
  if (change === undefined) return undefined;
  const resource = localArn('lambda', `event-source-mapping:${decodeURIComponent(uuid)}`);
  return { action: `lambda:${change}`, resource, context: {} };
}
