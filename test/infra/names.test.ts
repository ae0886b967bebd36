/**
 * Infra has its own copies of names, because an import of the code that uses them would load the AWS SDK at synth. The
 * copies are equal to the originals.
 */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../infra/config.ts';
import { OPEN_INDEX } from '../../infra/constructs/tables.ts';
import { FUNCTIONS } from '../../infra/functions.ts';
import { EVENT_SOURCE, intakePath, pascal, secretNames } from '../../infra/names.ts';
import {
  accountSecretName,
  decisionSecretName,
  edgeSecretName,
  envelopeSecretName,
  targetSecretName,
} from '../../shared/app/platform/secrets.ts';
import { OPEN_INDEX as STORE_INDEX } from '../../shared/aws/dynamodb-store.ts';
import { EVENT_SOURCE as TARGET_SOURCE } from '../../shared/aws/eventbridge-target.ts';
import { ofType, smallest, templateOf } from './support.ts';

describe('the names in infra and in the functions', () => {
  it('the names of secrets are equal in infra and in the functions', () => {
    for (const account of parseConfig(smallest).accounts) {
      expect(secretNames.account('live', account)).toBe(accountSecretName('live', account));
    }
    expect(secretNames.envelopeKey('live')).toBe(envelopeSecretName('live'));
    expect(secretNames.decision('live', 'shop')).toBe(decisionSecretName('live', 'shop'));
    expect(secretNames.edge('live')).toBe(edgeSecretName('live'));
    expect(secretNames.target('live')).toBe(targetSecretName('live'));
  });

  it('the index and the event source have equal names in infra and in the functions', () => {
    expect(OPEN_INDEX).toBe(STORE_INDEX);
    expect(EVENT_SOURCE).toBe(TARGET_SOURCE);
  });

  it('every environment variable that infra sets is read, and every variable that is read is set', () => {
    const reader = readFileSync(resolve(import.meta.dirname, '../../shared/app/platform/config.ts'), 'utf8');
    // A configuration in which every optional variable is set.
    const polling = { provider: 'trustly-europe', account: 'asking', kyc: true };
    const decision = { url: 'https://shop.example/decide' };
    const page = 'https://shop.example/page';
    const whole = {
      provider: 'trustly-americas',
      account: 'whole',
      confirm: true,
      splitTokenKey: {
        kty: 'EC',
        crv: 'P-256',
        x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
        y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
      },
      checkout: {
        merchantId: '1',
        pages: { pending: page, confirmed: page, selection: page, declined: page },
      },
    };
    const template = templateOf({
      ...{ publicUrl: 'https://pay.shop.example', edgeHeader: 'count' },
      accounts: [...smallest.accounts, { ...polling, decision }, whole],
    });
    const set = new Set(
      ofType(template, 'AWS::Lambda::Function').flatMap(([, { Properties }]) =>
        Object.keys((Properties.Environment as { Variables: object }).Variables),
      ),
    );
    for (const name of set) expect(reader).toContain(name);
    const read = [...reader.matchAll(/'(PAYHOOKS_[A-Z_]+)'/g)].map(([, name]) => name);
    expect(read.filter((name) => !set.has(String(name)))).toEqual([]);
  });
});

describe('intakePath and pascal', () => {
  it('intakePath is a path with the name of the account', () => {
    expect(parseConfig(smallest).accounts.map(intakePath)).toEqual([
      '/trustly/americas/shop/events',
      '/trustly/europe/shop/notifications',
      '/paymentwall/shop/pingback',
    ]);
  });

  it('pascal turns a name into an id for templates', () => {
    expect(pascal('goods-v2')).toBe('GoodsV2');
    expect(pascal('trustly-americas')).toBe('TrustlyAmericas');
    expect(Object.keys(FUNCTIONS).map(pascal)).toContain('TransitionWorker');
  });
});
