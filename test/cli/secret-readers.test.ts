/**
 * A revoke restarts each function that may hold the secret: each function whose role in the template may read the
 * secret.
 */
import { describe, expect, it } from 'vitest';
import { readersOf } from '../../cli/recycle.ts';
import { secretsOf } from '../../cli/secret-store.ts';
import { parseConfig } from '../../infra/config.ts';
import { functionsOf } from '../../infra/functions.ts';
import { statementsOf } from '../../tools/privileges/policy.ts';
import { everything } from '../infra/everything.ts';
import { ofType, smallest, templateOf } from '../infra/support.ts';

const target = { type: 'https', url: 'https://shop.example/hooks' };

describe.each([
  ['everything', everything],
  ['everything, live, with an HTTPS target', { ...everything, environment: 'live', target }],
  ['the smallest', smallest],
  [
    'everything, behind CloudFront',
    { ...everything, publicUrl: 'https://pay.shop.example', edgeHeader: 'count' },
  ],
])('the configuration: %s', (_, settings) => {
  const config = parseConfig({ ...smallest, ...settings });
  const template = templateOf(settings);

  it.each(secretsOf(config))(
    'a revoke of $short restarts every function that may read the secret',
    (kind) => {
      const [secret = ''] =
        ofType(template, 'AWS::SecretsManager::Secret').find(
          ([, { Properties }]) => Properties.Name === kind.name,
        ) ?? [];
      expect(secret).not.toBe('');
      const mayRead = functionsOf(config).filter((name) =>
        statementsOf(template.Resources as never, `payhooks-${config.environment}-${name}`).some(
          ({ Action, Resource }) =>
            JSON.stringify(Action).includes('secretsmanager:GetSecretValue') &&
            JSON.stringify(Resource).includes(`"${secret}"`),
        ),
      );
      expect(mayRead).not.toEqual([]);
      expect(readersOf(config, kind).toSorted()).toEqual(mayRead.toSorted());
    },
  );
});
