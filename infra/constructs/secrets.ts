import type { RemovalPolicy } from 'aws-cdk-lib';
import { Validations } from 'aws-cdk-lib';
import type { Key } from 'aws-cdk-lib/aws-kms';
import { CfnSecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { asksQuestions } from '../../shared/providers/account.ts';
import type { Account } from '../../shared/providers/index.ts';
import type { Config } from '../config.ts';
import { type FunctionName, readsSecretOf, type SecretKind } from '../functions.ts';
import { pascal, secretNames } from '../names.ts';

export interface SecretsProps {
  readonly config: Config;
  readonly key: Key;
  readonly removalPolicy: RemovalPolicy;
}

/** The AES-256 key is the SHA-256 of this text; 64 letters and digits carry more than 256 bits. */
const ENVELOPE_KEY_CHARACTERS = 64;
/** Letters and digits only, which every header passes unchanged. */
const EDGE_KEY_CHARACTERS = 64;
/** 64 characters of base64 are 48 bytes: Standard Webhooks asks for 24 to 64. */
const BUS_KEY_CHARACTERS = 64;

const generatedKey = (passwordLength: number) => ({
  generateSecretString: {
    secretStringTemplate: '{}',
    generateStringKey: 'current',
    passwordLength,
    excludePunctuation: true,
  },
});

/**
 * One secret per account, the envelope key, the signing secret of the target, and the header of the edge. The stack
 * makes them empty (until they are set, intake answers 503 and the provider retries), except for those that only
 * Payhooks needs, which are generated. L1, because the L2 construct always generates a value.
 */
export class Secrets extends Construct {
  private readonly accounts: { readonly account: Account; readonly secret: CfnSecret }[] = [];
  private readonly decisions: CfnSecret[] = [];
  private readonly envelopeKey: CfnSecret;
  private readonly target: CfnSecret | undefined;
  /** The secret header that CloudFront sends with each request; absent when `edgeHeader` is "off". */
  readonly edge: CfnSecret | undefined;

  constructor(scope: Construct, id: string, { config, key, removalPolicy }: SecretsProps) {
    super(scope, id);
    const { environment } = config;
    const secret = (name: string, secretName: string, description: string, generated = {}) => {
      const made = new CfnSecret(this, name, {
        name: secretName,
        description,
        kmsKeyId: key.keyArn,
        ...generated,
      });
      made.applyRemovalPolicy(removalPolicy);
      return made;
    };

    for (const account of config.accounts) {
      const name = `${pascal(account.provider)}${pascal(account.account)}`;
      const made = secret(
        name,
        secretNames.account(environment, account),
        `Credentials of ${account.provider} ${account.account}`,
      );
      this.accounts.push({ account, secret: made });
    }
    for (const { account } of config.accounts.filter(asksQuestions)) {
      const made = secret(
        `Decision${pascal(account)}`,
        secretNames.decision(environment, account),
        `Signs what the merchant is asked for ${account} (Standard Webhooks, whsec_…)`,
      );
      this.decisions.push(made);
    }
    this.envelopeKey = secret(
      'EnvelopeKey',
      secretNames.envelopeKey(environment),
      'Seals queued notifications and evidence; needed as long as evidence is kept',
      generatedKey(ENVELOPE_KEY_CHARACTERS),
    );
    if (config.edgeHeader !== 'off') {
      this.edge = secret(
        'Edge',
        secretNames.edge(environment),
        'The header by which intake knows what came through CloudFront',
        generatedKey(EDGE_KEY_CHARACTERS),
      );
    }
    if (config.target.type === 'https') {
      this.target = secret(
        'Target',
        secretNames.target(environment),
        'Signs events to the endpoint (Standard Webhooks, whsec_…)',
      );
    } else if (config.target.sign) {
      this.target = secret(
        'Target',
        secretNames.target(environment),
        'Signs the events on the bus (Standard Webhooks: "whsec_" and this text)',
        generatedKey(BUS_KEY_CHARACTERS),
      );
    }
    Validations.of(this).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason:
        'A provider hands out its credentials by hand and the envelope key must outlive evidence: both rotate through "current" and "next", not by a schedule.',
    });
  }

  /** ARNs of the secrets that a function may read. */
  arnsFor(name: FunctionName, kinds: readonly SecretKind[]): string[] {
    const others: Readonly<Partial<Record<SecretKind, readonly (CfnSecret | undefined)[]>>> = {
      decisions: this.decisions,
      edge: [this.edge],
      'envelope-key': [this.envelopeKey],
      target: [this.target],
    };
    const ofKind = (kind: SecretKind) =>
      others[kind] ??
      this.accounts.filter(({ account }) => readsSecretOf(kind, account, name)).map(({ secret }) => secret);
    return kinds.flatMap(ofKind).flatMap((secret) => (secret === undefined ? [] : [secret.ref]));
  }
}
