/** The secrets and the keys that encrypt them. */
import { describe, expect, it } from 'vitest';
import { idOf, OUTLIVES, ofType, type Resource, templateOf } from '../support.ts';

const template = templateOf();
const all = (type: string): readonly Resource[] => ofType(template, type).map(([, resource]) => resource);

describe('secrets and keys', () => {
  it('the stack has one secret per account, envelope-key and target, all under one KMS key', () => {
    const secrets = all('AWS::SecretsManager::Secret');
    expect(secrets.map(({ Properties }) => Properties.Name)).toEqual([
      'payhooks/sandbox/trustly-americas/shop',
      'payhooks/sandbox/trustly-europe/shop',
      'payhooks/sandbox/paymentwall/shop',
      'payhooks/sandbox/envelope-key',
      'payhooks/sandbox/target',
    ]);
    const keys = new Set(secrets.map(({ Properties }) => idOf(Properties.KmsKeyId)));
    expect(keys.size).toBe(1);
    expect(template.Resources[[...keys][0] ?? '']?.Type).toBe('AWS::KMS::Key');
  });

  it('a secret is empty until the merchant sets a value, except envelope-key and target, which are generated', () => {
    for (const { Properties } of all('AWS::SecretsManager::Secret')) {
      expect(Properties.SecretString).toBeUndefined();
      if (!['payhooks/sandbox/envelope-key', 'payhooks/sandbox/target'].includes(String(Properties.Name))) {
        expect(Properties.GenerateSecretString).toBeUndefined();
        continue;
      }
      expect(Properties.GenerateSecretString).toEqual({
        SecretStringTemplate: '{}',
        GenerateStringKey: 'current',
        PasswordLength: 64,
        ExcludePunctuation: true,
      });
    }
  });

  it('secrets and KMS keys outlive the stack, and KMS keys rotate', () => {
    for (const { DeletionPolicy } of [...all('AWS::SecretsManager::Secret'), ...all('AWS::KMS::Key')]) {
      expect(OUTLIVES).toContain(DeletionPolicy);
    }
    expect(all('AWS::KMS::Key')).toHaveLength(2);
    for (const { Properties } of all('AWS::KMS::Key')) expect(Properties.EnableKeyRotation).toBe(true);
  });
});
