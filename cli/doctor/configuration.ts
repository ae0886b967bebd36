import { readFileSync } from 'node:fs';
import { GetFunctionConfigurationCommand } from '@aws-sdk/client-lambda';
import { functionsOf } from '../../infra/functions.ts';
import { count } from '../output.ts';
import { type Area, attempt, type Found } from './finding.ts';

const packageFile = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  readonly version: string;
};

/** The runtime of the functions (infra/constructs/function.ts). */
const RUNTIME = 'nodejs24.x';
const NODE_MAJOR = 24;

export const configuration: Area = {
  name: 'configuration',
  async *examine({ connection: { config, kind, label } }) {
    yield { check: 'schema', verdict: 'ok', detail: `${label}: ${count(config.accounts.length, 'account')}` };
    if (kind === 'deployed') {
      yield {
        check: 'same as deployed',
        verdict: 'unknown',
        detail: 'policies are inside the bundles: only `npx cdk diff` compares them',
        next: 'npx cdk diff',
      };
    }
    const lenient = config.accounts.filter(({ policy }) => policy.unknownOrder === 'trust');
    if (lenient.length > 0 && config.environment === 'live') {
      yield {
        check: 'order policy',
        verdict: 'warn',
        detail: `${count(lenient.length, 'account')} fulfil payments that no order was registered for`,
        next: 'Set "unknownOrder": "hold" where the shop registers its orders.',
      };
    }
    const observing = config.accounts.filter(({ policy }) => policy.mode === 'observe');
    if (observing.length > 0) {
      const names = observing.map(({ provider, account }) => `${provider}/${account}`).join(', ');
      yield { check: 'mode', verdict: 'warn', detail: `observed only, nothing is sent: ${names}` };
    }
  },
};

export const versions: Area = {
  name: 'versions',
  async *examine({ connection: { kind, clients, config, resource } }) {
    const node = Number(process.versions.node.split('.')[0]);
    yield {
      check: 'this computer',
      verdict: node === NODE_MAJOR ? 'ok' : 'warn',
      detail: `payhooks ${packageFile.version}, Node ${process.versions.node}`,
    };
    if (kind === 'local') {
      yield { check: 'functions', verdict: 'ok', detail: 'the bundles of this checkout, made at the start' };
      return;
    }
    yield* await Promise.all(
      functionsOf(config).map((name) =>
        attempt(name, async (): Promise<Found> => {
          const { Runtime, State, LastUpdateStatus, LastModified } = await clients.lambda.send(
            new GetFunctionConfigurationCommand({ FunctionName: resource(name) }),
          );
          const isGood = Runtime === RUNTIME && State !== 'Failed' && LastUpdateStatus !== 'Failed';
          return {
            check: name,
            verdict: isGood ? 'ok' : 'fail',
            detail: `${Runtime}, ${State}, deployed ${LastModified}`,
            ...(isGood ? {} : { next: 'Deploy again: npx cdk deploy' }),
          };
        }),
      ),
    );
  },
};
