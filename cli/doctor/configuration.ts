import { GetFunctionConfigurationCommand } from '@aws-sdk/client-lambda';
import { functionsOf } from '../../infra/functions.ts';
import { accountName } from '../names.ts';
import { count } from '../output.ts';
import { VERSION } from '../version.ts';
import { type Area, attempt, finding } from './finding.ts';

/** The runtime of the functions (infra/constructs/function.ts). */
const RUNTIME = 'nodejs24.x';
const NODE_MAJOR = 24;

export const configuration: Area = {
  name: 'configuration',
  async *examine({ connection: { config, kind, label } }) {
    yield finding('schema', 'ok', `${label}: ${count(config.accounts.length, 'account')}`);
    if (kind === 'deployed') {
      const detail = 'the functions contain the policies, which only `npx cdk diff` can compare';
      yield finding('same as deployed', 'unknown', detail, 'npx cdk diff');
    }
    const lenient = config.accounts.filter(({ policy }) => policy.unknownOrder === 'trust');
    if (lenient.length > 0 && config.environment === 'live') {
      const detail = `${count(lenient.length, 'account')} fulfil payments for which no order was registered`;
      const next = 'If the shop registers its orders, set "unknownOrder": "hold".';
      yield finding('order policy', 'warn', detail, next);
    }
    const observing = config.accounts.filter(({ policy }) => policy.mode === 'observe');
    if (observing.length > 0) {
      const names = observing.map(accountName).join(', ');
      yield finding('mode', 'warn', `these accounts only observe, and send no events: ${names}`);
    }
  },
};

export const versions: Area = {
  name: 'versions',
  async *examine({ connection: { kind, clients, config, resource } }) {
    const isNode = Number(process.versions.node.split('.')[0]) === NODE_MAJOR;
    const own = `payhooks ${VERSION}, Node ${process.versions.node}`;
    yield finding('this computer', isNode ? 'ok' : 'warn', own);
    if (kind === 'local')
      return yield finding('functions', 'ok', 'the bundles of this checkout, built at the start');
    yield* await Promise.all(
      functionsOf(config).map((name) =>
        attempt(name, async () => {
          const { Runtime, State, LastUpdateStatus, LastModified } = await clients.lambda.send(
            new GetFunctionConfigurationCommand({ FunctionName: resource(name) }),
          );
          const isGood = Runtime === RUNTIME && State !== 'Failed' && LastUpdateStatus !== 'Failed';
          const detail = `${Runtime}, ${State}, deployed ${LastModified}`;
          return finding(name, isGood ? 'ok' : 'fail', detail, 'Deploy again: npx cdk deploy');
        }),
      ),
    );
  },
};
