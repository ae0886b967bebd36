/** The stack's secrets: which there are, how each is checked. No value leaves this file but into a check. */
import { createHash, createPublicKey } from 'node:crypto';
import { GetSecretValueCommand, PutSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import type { Config } from '../infra/config.ts';
import { parseSigningKeys } from '../shared/app/fulfilment/targets/https.ts';
import { parseBusKeys } from '../shared/app/fulfilment/targets/signed-detail.ts';
import { parseEnvelopeKeys } from '../shared/app/platform/seal.ts';
import {
  accountSecretName,
  decisionSecretName,
  envelopeSecretName,
  RevokedSecretError,
  targetSecretName,
} from '../shared/app/platform/secrets.ts';
import { providers } from '../shared/providers/index.ts';
import { type Account, asksQuestions, UnusableSecretError } from '../shared/providers/provider.ts';
import type { Connection } from './connect.ts';
import { EXIT, Problem } from './problem.ts';

export type Fields = Readonly<Record<string, unknown>>;

export interface SecretKind {
  /** What a person types: "paymentwall/goods", "decision/shop", "envelope-key", "target". */
  readonly short: string;
  /** In Secrets Manager. */
  readonly name: string;
  readonly account?: Account;
  /** The documented form, for people. */
  readonly shape: string;
  /** @throws UnusableSecretError */
  check(value: unknown): void;
}

const SHAPES = {
  'trustly-americas': '{"current": {"accessId", "accessKey"}, "next"?: {…}}',
  'trustly-europe':
    '{"current": {"privateKey": PEM}, "next"?: {…}, "trustly"?: {"current": PEM, "next"?: PEM}}',
  paymentwall: '{"current": {"secretKey", "projectKey"?}, "next"?: {…}, "brickTestKey"?}',
  'envelope-key': '{"current": text, "next"?: text, "previous"?: [text…]}',
  decision: '{"current": "whsec_…", "next"?: "whsec_…"}',
  target: '{"current": "whsec_…", "next"?: "whsec_…"}',
} as const;

type Form = { readonly [name: string]: Form | true };
const KEY_FORMS = {
  'trustly-americas': { accessId: true, accessKey: true },
  'trustly-europe': { privateKey: true },
  paymentwall: { secretKey: true, projectKey: true },
} as const;

/** Every member that anything reads: another one is a slip of the pen, and would be missed when it is needed. */
const FORMS: Readonly<Record<keyof typeof SHAPES, Form>> = {
  'trustly-americas': { current: KEY_FORMS['trustly-americas'], next: KEY_FORMS['trustly-americas'] },
  'trustly-europe': {
    ...{ current: KEY_FORMS['trustly-europe'], next: KEY_FORMS['trustly-europe'] },
    trustly: { current: true, next: true },
  },
  paymentwall: { current: KEY_FORMS.paymentwall, next: KEY_FORMS.paymentwall, brickTestKey: true },
  'envelope-key': { current: true, next: true, previous: true },
  decision: { current: true, next: true },
  target: { current: true, next: true },
};

/** @throws UnusableSecretError that names the first unknown member, never a value */
export function assertKnownMembers({ short }: SecretKind, value: unknown, path = ''): void {
  const form = FORMS[(short.includes('/') ? short.split('/')[0] : short) as keyof typeof FORMS];
  const unknown = unknownMember(path === '' ? form : formOf(form, path), value, path);
  if (unknown !== undefined) throw new UnusableSecretError(`it has a member "${unknown}" that nothing reads`);
}

const formOf = (form: Form, name: string): Form => {
  const inner = form[name];
  return inner === undefined || inner === true ? {} : inner;
};

function unknownMember(form: Form, value: unknown, path: string): string | undefined {
  for (const [name, inner] of Object.entries(fieldsOf(value))) {
    const full = path === '' ? name : `${path}.${name}`;
    const known = Object.hasOwn(form, name) ? form[name] : undefined;
    if (known === undefined) return full.slice(0, 60);
    const deeper = known === true ? undefined : unknownMember(known, inner, full);
    if (deeper !== undefined) return deeper;
  }
  return undefined;
}

/** Every secret of this configuration. */
export function secretsOf({ accounts, environment, target }: Config): readonly SecretKind[] {
  return [
    ...accounts.map((account): SecretKind => {
      const { provider } = account;
      return {
        short: `${provider}/${account.account}`,
        name: accountSecretName(environment, account),
        account,
        shape: SHAPES[provider],
        check: (value) => {
          if (fieldsOf(value).revoked !== undefined) throw new RevokedSecretError();
          providers[provider].parseKeys(value, account);
        },
      };
    }),
    ...accounts.filter(asksQuestions).map(
      ({ account }): SecretKind => ({
        short: `decision/${account}`,
        name: decisionSecretName(environment, account),
        shape: SHAPES.decision,
        check: (value) => void parseSigningKeys(value, 'decision'),
      }),
    ),
    {
      short: 'envelope-key',
      name: envelopeSecretName(environment),
      shape: SHAPES['envelope-key'],
      check: (value) => void parseEnvelopeKeys(value),
    },
    ...(target.type === 'https' || target.sign
      ? [
          {
            short: 'target',
            name: targetSecretName(environment),
            shape: SHAPES.target,
            check: (value: unknown) =>
              void (target.type === 'https' ? parseSigningKeys(value) : parseBusKeys(value)),
          },
        ]
      : []),
  ];
}

/** By its short or full name. @throws Problem */
export function findSecret(config: Config, asked: string): SecretKind {
  const kinds = secretsOf(config);
  const found = kinds.find(({ short, name }) => short === asked || name === asked);
  if (found !== undefined) return found;
  const known = kinds.map(({ short }) => short).join(', ');
  throw new Problem(EXIT.notFound, `"${asked}" is no secret of this stack.`, `Known: ${known}.`);
}

/** @throws Problem when it isn't JSON */
export function parseSecret(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own message would quote the secret.
    throw new Problem(EXIT.failed, `${what} is not JSON.`, 'See `payhooks secrets set --help` for its form.');
  }
}

/** @throws UnusableSecretError when it was never set */
export const readSecret = async (connection: Connection, name: string): Promise<unknown> =>
  (await readSecretVersion(connection, name)).value;

/** With the time at which this version was stored, where the service says it. */
export async function readSecretVersion(
  { clients }: Connection,
  name: string,
): Promise<{ readonly value: unknown; readonly storedAt: Date | undefined }> {
  try {
    const { SecretString, CreatedDate } = await clients.secrets.send(
      new GetSecretValueCommand({ SecretId: name }),
    );
    if (SecretString === undefined) throw new UnusableSecretError('is empty');
    return { value: parseSecret(SecretString, `secret ${name}`), storedAt: CreatedDate };
  } catch (error) {
    if (error instanceof Error && error.name === 'ResourceNotFoundException') {
      throw new UnusableSecretError('has no value yet');
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

/** What may be said of a secret: which keys it holds, and of RSA keys the fingerprint that the provider knows too. */
export function describeSecret({ short }: SecretKind, value: unknown): string {
  const fields = fieldsOf(value);
  const held = Object.keys(fields)
    .filter((name) => ['current', 'next', 'previous', 'trustly', 'brickTestKey'].includes(name))
    .join(', ');
  const privateKey = fieldsOf(fields.current).privateKey;
  if (!short.startsWith('trustly-europe/') || typeof privateKey !== 'string') return held;
  const der = createPublicKey(privateKey).export({ type: 'spki', format: 'der' });
  return `${held}; our public key SHA-256 ${fingerprint(der)}`;
}

const fingerprint = (der: Buffer): string => createHash('sha256').update(der).digest('hex').slice(0, 16);
