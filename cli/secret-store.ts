/** The stack's secrets: which exist, and how each is checked. No value leaves this file except into a check. */

import { GetSecretValueCommand, PutSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import type { Config } from '../infra/config.ts';
import { parseSigningKeys } from '../shared/app/fulfilment/targets/https.ts';
import { parseBusKeys } from '../shared/app/fulfilment/targets/signed-detail.ts';
import { parseEdgeKeys } from '../shared/app/platform/edge.ts';
import { parseEnvelopeKeys } from '../shared/app/platform/seal.ts';
import {
  accountSecretName,
  decisionSecretName,
  edgeSecretName,
  envelopeSecretName,
  RevokedSecretError,
  targetSecretName,
} from '../shared/app/platform/secrets.ts';
import { asksQuestions } from '../shared/providers/account.ts';
import type { Account } from '../shared/providers/index.ts';
import { isProviderName, providers } from '../shared/providers/index.ts';
import { UnusableSecretError } from '../shared/providers/provider.ts';
import type { Members, SecretForm } from '../shared/providers/secret-form.ts';
import type { Connection } from './connect.ts';
import { parseJson } from './named-file.ts';
import { Problem } from './problem.ts';

export type Fields = Readonly<Record<string, unknown>>;

export interface SecretKind {
  /** The name that a person types: "paymentwall/goods", "decision/shop", "envelope-key", "edge", "target". */
  readonly short: string;
  /** Name in Secrets Manager. */
  readonly name: string;
  readonly account?: Account;
  /** The documented form, for people. */
  readonly shape: string;
  /** @throws UnusableSecretError */
  check(value: unknown): void;
}

type Form = Pick<SecretForm, 'shape' | 'members'>;

/** The forms of secrets that do not come from a provider. */
const OWN_FORMS = {
  'envelope-key': {
    shape: '{"current": text, "next"?: text, "previous"?: [text…]}',
    members: { current: true, next: true, previous: true },
  },
  edge: {
    shape: '{"current": text, "previous"?: text}',
    members: { current: true, previous: true },
  },
  decision: {
    shape: '{"current": "whsec_…", "next"?: "whsec_…"}',
    members: { current: true, next: true },
  },
  target: {
    shape: '{"current": "whsec_…", "next"?: "whsec_…"}',
    members: { current: true, next: true },
  },
} as const satisfies Readonly<Record<string, Form>>;

/** @param short "paymentwall/goods", "decision/shop", "envelope-key", "edge", "target" */
function membersOf(short: string): Members {
  const form = providerForm(short) ?? OWN_FORMS[(short.split('/')[0] ?? '') as keyof typeof OWN_FORMS];
  return form.members;
}

/** The form of a provider account's secret; undefined for other secrets. */
export function providerForm(short: string): SecretForm | undefined {
  const [name = ''] = short.split('/');
  return isProviderName(name) ? providers[name].config.secret : undefined;
}

/** Whether its secret contains the merchant's private key, whose public half the provider registers. */
export const isKeyPair = (account: Account | undefined): boolean =>
  account !== undefined && providers[account.provider].config.secret.registersOurKey !== undefined;

/** @throws UnusableSecretError that names the first unknown member, never a value */
export function assertKnownMembers({ short }: SecretKind, value: unknown, path = ''): void {
  const members = membersOf(short);
  const unknown = unknownMember(path === '' ? members : membersIn(members, path), value, path);
  if (unknown !== undefined) throw new UnusableSecretError(`it has an unknown member "${unknown}"`);
}

const membersIn = (members: Members, name: string): Members => {
  const inner = members[name];
  return inner === undefined || inner === true ? {} : inner;
};

function unknownMember(members: Members, value: unknown, path: string): string | undefined {
  for (const [name, inner] of Object.entries(fieldsOf(value))) {
    const full = path === '' ? name : `${path}.${name}`;
    const known = Object.hasOwn(members, name) ? members[name] : undefined;
    if (known === undefined) return full.slice(0, 60);
    const deeper = known === true ? undefined : unknownMember(known, inner, full);
    if (deeper !== undefined) return deeper;
  }
  return undefined;
}

/** Every secret of this configuration. */
export function secretsOf({ accounts, environment, target, edgeHeader }: Config): readonly SecretKind[] {
  return [
    ...accounts.map((account): SecretKind => {
      const { provider } = account;
      return {
        short: `${provider}/${account.account}`,
        name: accountSecretName(environment, account),
        account,
        shape: providers[provider].config.secret.shape,
        check: (value) => {
          if (fieldsOf(value).revoked !== undefined) throw new RevokedSecretError();
          providers[provider].parseKeys(value, account);
          providers[provider].publicKeySignature?.parseKeys(value, account);
        },
      };
    }),
    ...accounts.filter(asksQuestions).map(
      ({ account }): SecretKind => ({
        short: `decision/${account}`,
        name: decisionSecretName(environment, account),
        shape: OWN_FORMS.decision.shape,
        check: (value) => void parseSigningKeys(value, 'decision'),
      }),
    ),
    {
      short: 'envelope-key',
      name: envelopeSecretName(environment),
      shape: OWN_FORMS['envelope-key'].shape,
      check: (value) => void parseEnvelopeKeys(value),
    },
    ...(edgeHeader === 'off'
      ? []
      : [
          {
            short: 'edge',
            name: edgeSecretName(environment),
            shape: OWN_FORMS.edge.shape,
            check: (value: unknown) => void parseEdgeKeys(value),
          },
        ]),
    ...(target.type === 'https' || target.sign
      ? [
          {
            short: 'target',
            name: targetSecretName(environment),
            shape: OWN_FORMS.target.shape,
            check: (value: unknown) =>
              void (target.type === 'https' ? parseSigningKeys(value) : parseBusKeys(value)),
          },
        ]
      : []),
  ];
}

/** Finds a secret by its short or full name. @throws Problem */
export function findSecret(config: Config, wanted: string): SecretKind {
  const kinds = secretsOf(config);
  const found = kinds.find(({ short, name }) => short === wanted || name === wanted);
  if (found !== undefined) return found;
  const known = kinds.map(({ short }) => short).join(', ');
  throw Problem.notFound(`This stack has no secret "${wanted}".`, `Known: ${known}.`);
}

/** @throws Problem when it is not JSON */
export const parseSecret = (text: string, what: string): unknown =>
  parseJson(text, () =>
    Problem.failed(`${what} is not JSON.`, 'See `payhooks secrets set --help` for its form.'),
  );

/** @throws UnusableSecretError when the secret was never set */
export const readSecret = async (connection: Connection, name: string): Promise<unknown> =>
  (await readSecretVersion(connection, name)).value;

/** Members of the secret; none when it was never set. */
export async function storedFields(connection: Connection, { name }: SecretKind): Promise<Fields> {
  try {
    return fieldsOf(await readSecret(connection, name));
  } catch (error) {
    if (error instanceof UnusableSecretError) return {};
    throw error;
  }
}

/** The message suffices where the secret is named beside it; otherwise the command adds the name. */
class NoValueError extends UnusableSecretError {
  /** Name in the secret store. */
  readonly secret: string;
  constructor(secret: string, message: string) {
    super(message);
    this.secret = secret;
  }
}

/** The value, with the time at which this version was stored, if the service returns it. */
export async function readSecretVersion(
  { clients }: Connection,
  name: string,
): Promise<{ readonly value: unknown; readonly storedAt: Date | undefined }> {
  try {
    const { SecretString, CreatedDate } = await clients.secrets.send(
      new GetSecretValueCommand({ SecretId: name }),
    );
    if (SecretString === undefined) throw new NoValueError(name, 'is empty');
    return { value: parseSecret(SecretString, `secret ${name}`), storedAt: CreatedDate };
  } catch (error) {
    if (error instanceof Error && error.name === 'ResourceNotFoundException') {
      throw new NoValueError(name, 'has no value yet');
    }
    throw error;
  }
}

export async function writeSecret({ clients }: Connection, name: string, value: Fields): Promise<void> {
  await clients.secrets.send(
    new PutSecretValueCommand({ SecretId: name, SecretString: JSON.stringify(value) }),
  );
}

export const fieldsOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};

/**
 * A description without values: which keys the secret has, and for our key pair the fingerprint that the provider also
 * has.
 */
export function describeSecret({ short }: SecretKind, value: unknown): string {
  const form = providerForm(short);
  const members = Object.keys(membersOf(short));
  const held = Object.keys(fieldsOf(value))
    .filter((name) => members.includes(name))
    .join(', ');
  if (form?.registersOurKey === undefined) return held;
  // The environment argument only affects the provider's own keys.
  const ours = form.keys(value, 'live').find(({ role, isSecret }) => role === 'current' && isSecret);
  return ours === undefined ? held : `${held}; our public key SHA-256 ${ours.fingerprint}`;
}
