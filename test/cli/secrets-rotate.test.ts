/** Rotation of the header between CloudFront and intake: intake accepts both values until CloudFront is deployed. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { World } from '../../cli/command.ts';
import { secretsRevoke } from '../../cli/commands/secrets-revoke.ts';
import { secretsRotate } from '../../cli/commands/secrets-rotate.ts';
import type { Connection } from '../../cli/connect.ts';
import { Flags, type Values } from '../../cli/flags.ts';
import { secretsOf } from '../../cli/secret-store.ts';
import { parseConfig } from '../../infra/config.ts';
import { SecretStore } from '../../local/aws/secrets-manager.ts';
import { edgeKeyIn, parseEdgeKeys } from '../../shared/app/platform/edge.ts';
import { smallest } from '../infra/support.ts';

const NAME = 'payhooks/sandbox/edge';
const FIRST = 'kTz8Qw2nLx5Rv7Yb3Hd9Fj1Mp6Sc4GaUe0WiOtBqNrKyZl';
const config = parseConfig({ ...smallest, publicUrl: 'https://pay.shop.example', edgeHeader: 'require' });

let store: SecretStore;
beforeEach(() => {
  const others = secretsOf(config).map(({ name }) => [name, '{}'] as const);
  store = new SecretStore({ ...Object.fromEntries(others), [NAME]: JSON.stringify({ current: FIRST }) });
});
const stored = () => JSON.parse(store.text(NAME) ?? '') as { current: string; previous?: string };

function run(command: typeof secretsRotate, values: Values = {}) {
  const send = async (sent: { readonly constructor: { readonly name: string }; readonly input: never }) => {
    const answer = store.call(sent.constructor.name.replace('Command', ''), sent.input) as {
      CreatedDate?: number;
    };
    return { ...answer, CreatedDate: new Date(0) };
  };
  const connection = {
    ...{
      config,
      environment: 'sandbox',
      selector: '--stack PayhooksSandbox',
      clients: { secrets: { send } },
    },
  } as unknown as Connection;
  const world = {
    connect: async () => connection,
    now: () => 3_600_000,
    notice: () => {},
  } as unknown as World;
  return command.run({ args: ['edge'], flags: new Flags(values), world } as never);
}
const lines = async (values?: Values) => JSON.stringify((await run(secretsRotate, values)).lines);

describe('the header of the edge', () => {
  it('secrets rotate edge stores a new header, and the previous header is accepted until --finish', async () => {
    const printed = await lines();
    const { current, previous } = stored();
    expect(previous).toBe(FIRST);
    expect(current).toMatch(/^[A-Za-z0-9_-]{64}$/);
    expect(printed).toContain('deploy CloudFront with another headerVersion');
    expect(printed).toContain('payhooks secrets rotate edge --finish --stack PayhooksSandbox');
    expect(printed).not.toContain(current);
    const keys = parseEdgeKeys(stored());
    expect([edgeKeyIn(current, keys), edgeKeyIn(FIRST, keys)]).toEqual(['current', 'previous']);
    await lines({ finish: true });
    expect(stored()).toEqual({ current });
  });

  it('secrets rotate edge --abort restores the first header, and the new header stays accepted', async () => {
    await lines();
    const { current } = stored();
    await lines({ abort: true });
    expect(stored()).toEqual({ current: FIRST, previous: current });
  });

  it('secrets rotate edge is refused during a rotation, and --finish and --abort without a rotation', async () => {
    await lines();
    await expect(lines()).rejects.toThrow(
      'edge already has a "previous" key, because a rotation is in progress.',
    );
    await lines({ finish: true });
    for (const step of [{ finish: true }, { abort: true }])
      await expect(lines(step)).rejects.toThrow('edge has no "previous" key, so no rotation is in progress.');
  });

  it('secrets revoke refuses edge, because every notification would be refused', async () => {
    await expect(run(secretsRevoke, { since: '2026-01-01' })).rejects.toThrow(
      'edge cannot be revoked at once',
    );
    expect(stored()).toEqual({ current: FIRST });
  });
});
