/**
 * A revoke of a secret gives functions new environments; where routes call an alias, the alias also gets a new version.
 */
import { describe, expect, it } from 'vitest';
import type { Connection } from '../../cli/connect.ts';
import { recycle } from '../../cli/recycle.ts';
import { parseConfig } from '../../infra/config.ts';
import type { FunctionName } from '../../infra/functions.ts';
import { smallest } from '../infra/support.ts';

interface Sent {
  readonly name: string;
  readonly input: Readonly<Record<string, unknown>>;
}

/** A Lambda that answers each command at once. */
function lambda(settings: object, answers: Readonly<Record<string, object>> = {}) {
  const sent: Sent[] = [];
  const usual: Readonly<Record<string, object>> = {
    GetFunctionConfigurationCommand: {
      ...{ LastUpdateStatus: 'Successful', RevisionId: 'r', Environment: { Variables: { A: 'b' } } },
    },
    PublishVersionCommand: { Version: '7' },
  };
  const send = async (command: {
    readonly constructor: { readonly name: string };
    readonly input: Sent['input'];
  }) => {
    const { name } = command.constructor;
    sent.push({ name: name.replace('Command', ''), input: command.input });
    return answers[name] ?? usual[name] ?? {};
  };
  const connection = {
    config: parseConfig({ ...smallest, ...settings }),
    clients: { lambda: { send } },
    resource: (name: string) => `payhooks-sandbox-${name}`,
  } as unknown as Connection;
  const run = (...names: FunctionName[]) => recycle(connection, names, 'now', async () => undefined);
  return { sent, run };
}

const names = (sent: readonly Sent[]) => sent.map(({ name }) => name);

describe('a function without an alias', () => {
  it('recycle gives a function new environments with PAYHOOKS_SECRETS_REVOKED_AT, and keeps its variables', async () => {
    const { sent, run } = lambda({});
    expect(await run('intake-paymentwall')).toEqual([{ function: 'payhooks-sandbox-intake-paymentwall' }]);
    expect(names(sent)).toEqual([
      'GetFunctionConfiguration',
      'UpdateFunctionConfiguration',
      'GetFunctionConfiguration',
    ]);
    expect(sent[1]?.input).toMatchObject({
      RevisionId: 'r',
      Environment: { Variables: { A: 'b', PAYHOOKS_SECRETS_REVOKED_AT: 'now' } },
    });
  });
});

describe('a function behind an alias', () => {
  it.each([
    ['rollout canary', { rollout: 'canary' }, 'transition-worker'],
    [
      'provisionedConcurrency 2',
      { functions: { intake: { provisionedConcurrency: 2 } } },
      'intake-paymentwall',
    ],
  ] as const)(
    'recycle publishes a version and moves the alias to the version alone: %s',
    async (_, settings, name) => {
      const { sent, run } = lambda(settings);
      await run(name);
      expect(names(sent).slice(3)).toEqual(['PublishVersion', 'UpdateAlias']);
      expect(sent.at(-1)?.input).toEqual({
        ...{ FunctionName: `payhooks-sandbox-${name}`, Name: 'current', FunctionVersion: '7' },
        RoutingConfig: { AdditionalVersionWeights: {} },
      });
    },
  );

  it('recycle publishes no version of a function that its schedule calls without an alias', async () => {
    const { sent, run } = lambda({ rollout: 'canary' });
    await run('reconciler', 'probe');
    expect(names(sent)).not.toContain('PublishVersion');
  });

  it('recycle reports a function as failed when Lambda publishes no version', async () => {
    const { run } = lambda({ rollout: 'canary' }, { PublishVersionCommand: {} });
    expect(await run('intake-paymentwall')).toEqual([
      { function: 'payhooks-sandbox-intake-paymentwall', failed: 'Lambda published no version' },
    ]);
  });
});
