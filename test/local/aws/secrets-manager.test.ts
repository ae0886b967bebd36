import { beforeEach, describe, expect, it } from 'vitest';
import { AwsError } from '../../../local/aws/json-protocol.ts';
import { SecretStore } from '../../../local/aws/secrets-manager.ts';

describe('the secret store', () => {
  const store = () => new SecretStore({ 'payhooks/sandbox/target': '{"current":"x"}' });

  it('GetSecretValue finds a secret by name and by ARN', () => {
    const arn = 'arn:aws:secretsmanager:us-east-1:000000000000:secret:payhooks/sandbox/target';
    for (const SecretId of ['payhooks/sandbox/target', arn]) {
      expect(store().call('GetSecretValue', { SecretId })).toMatchObject({ SecretString: '{"current":"x"}' });
    }
  });

  it('GetSecretValue of an unknown secret is an error', () => {
    expect(() => store().call('GetSecretValue', { SecretId: 'payhooks/live/target' })).toThrow(AwsError);
  });

  it('GetSecretValue answers a rotated value at the next call', () => {
    const rotated = store();
    rotated.put('payhooks/sandbox/target', '{"current":"y"}');
    expect(rotated.call('GetSecretValue', { SecretId: 'payhooks/sandbox/target' })).toMatchObject({
      SecretString: '{"current":"y"}',
    });
  });
});

describe('versions and limits of the secret store', () => {
  const SecretId = 'payhooks/sandbox/target';
  let store: SecretStore;
  beforeEach(() => {
    store = new SecretStore({ [SecretId]: 'first' });
  });
  const token = (n: number) => `token-${String(n).padStart(26, '0')}`;
  const put = (SecretString: string, ClientRequestToken = token(1)) =>
    store.call('PutSecretValue', { SecretId, SecretString, ClientRequestToken });
  const get = (more: Readonly<Record<string, string>> = {}) =>
    store.call('GetSecretValue', { SecretId, ...more });

  it('a secret accepts a value of 64 KB, and refuses a longer value and an empty value', () => {
    put('x'.repeat(65_536));
    expect(() => put('x'.repeat(65_537), token(2))).toThrow(
      expect.objectContaining({ code: 'ValidationException' }),
    );
    expect(() => put('', token(3))).toThrow(AwsError);
  });

  it('a repeated token with the same value changes nothing, and with another value is a ResourceExistsException', () => {
    put('second');
    put('third', token(2));
    expect(put('second')).toMatchObject({ VersionId: token(1), VersionStages: ['AWSPREVIOUS'] });
    expect(get()).toMatchObject({ SecretString: 'third' });
    expect(() => put('another')).toThrow(expect.objectContaining({ code: 'ResourceExistsException' }));
    expect(() => put('x', 'short')).toThrow(AwsError);
  });

  it('the newest version is AWSCURRENT, the version before is AWSPREVIOUS, and each is found by its VersionId', () => {
    put('second');
    put('third', token(2));
    expect(get()).toMatchObject({ SecretString: 'third', VersionStages: ['AWSCURRENT'] });
    expect(get({ VersionStage: 'AWSPREVIOUS' })).toMatchObject({ SecretString: 'second' });
    expect(get({ VersionId: token(1) })).toMatchObject({ SecretString: 'second' });
    expect(() => get({ VersionStage: 'AWSPENDING' })).toThrow(AwsError);
  });

  it('a secret accepts 100 versions, and the version after is a LimitExceededException', () => {
    for (let n = 1; n <= 100; n++) put(`value ${n}`, token(n));
    expect(() => put('one more', token(101))).toThrow(
      expect.objectContaining({ code: 'LimitExceededException' }),
    );
    expect(get()).toMatchObject({ SecretString: 'value 100' });
  });
});
