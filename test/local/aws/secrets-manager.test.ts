import { beforeEach, describe, expect, it } from 'vitest';
import { AwsError } from '../../../local/aws/json-protocol.ts';
import { SecretStore } from '../../../local/aws/secrets-manager.ts';

describe('the secret store', () => {
  const store = () => new SecretStore({ 'payhooks/sandbox/target': '{"current":"x"}' });

  it('gives a secret by name and by ARN', () => {
    const arn = 'arn:aws:secretsmanager:us-east-1:000000000000:secret:payhooks/sandbox/target';
    for (const SecretId of ['payhooks/sandbox/target', arn]) {
      expect(store().call('GetSecretValue', { SecretId })).toMatchObject({ SecretString: '{"current":"x"}' });
    }
  });

  it('does not know what is not there', () => {
    expect(() => store().call('GetSecretValue', { SecretId: 'payhooks/live/target' })).toThrow(AwsError);
  });

  it('shows a rotation at the next call', () => {
    const rotated = store();
    rotated.put('payhooks/sandbox/target', '{"current":"y"}');
    expect(rotated.call('GetSecretValue', { SecretId: 'payhooks/sandbox/target' })).toMatchObject({
      SecretString: '{"current":"y"}',
    });
  });
});

describe('the secret store, as Secrets Manager', () => {
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

  it('takes a value of 64 KB, and no more', () => {
    put('x'.repeat(65_536));
    expect(() => put('x'.repeat(65_537), token(2))).toThrow(
      expect.objectContaining({ code: 'ValidationException' }),
    );
    expect(() => put('', token(3))).toThrow(AwsError);
  });

  it('the same token is the same call again, with the same value only', () => {
    put('second');
    put('third', token(2));
    expect(put('second')).toMatchObject({ VersionId: token(1), VersionStages: ['AWSPREVIOUS'] });
    expect(get()).toMatchObject({ SecretString: 'third' });
    expect(() => put('another')).toThrow(expect.objectContaining({ code: 'ResourceExistsException' }));
    expect(() => put('x', 'short')).toThrow(AwsError);
  });

  it('the newest is current, the one before it previous, and each is found by its version', () => {
    put('second');
    put('third', token(2));
    expect(get()).toMatchObject({ SecretString: 'third', VersionStages: ['AWSCURRENT'] });
    expect(get({ VersionStage: 'AWSPREVIOUS' })).toMatchObject({ SecretString: 'second' });
    expect(get({ VersionId: token(1) })).toMatchObject({ SecretString: 'second' });
    expect(() => get({ VersionStage: 'AWSPENDING' })).toThrow(AwsError);
  });

  it('takes a hundred versions a day', () => {
    for (let n = 1; n <= 100; n++) put(`value ${n}`, token(n));
    expect(() => put('one more', token(101))).toThrow(
      expect.objectContaining({ code: 'LimitExceededException' }),
    );
    expect(get()).toMatchObject({ SecretString: 'value 100' });
  });
});
