/** The report of a wrong configuration: one message with every problem, never with a secret's value. */
import type * as v from 'valibot';
import { suggestion } from './suggestion.ts';

export interface Problem {
  /** Path below the context key, e.g. "accounts[2].signatureVersion"; empty for the whole value. */
  readonly path: string;
  readonly found: string;
  readonly allowed: string;
}

/** Thrown for a wrong configuration; its message is made to be printed as it is. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(describe(problems));
    this.problems = problems;
  }
}

function describe(problems: readonly Problem[]): string {
  const count = problems.length === 1 ? 'a problem' : `${problems.length} problems`;
  const lines = problems.map(({ path, found, allowed }) => {
    const key = path === '' ? 'payhooks' : `payhooks.${path}`;
    return `  ${key}: found ${found}; allowed: ${allowed}`;
  });
  return [`The configuration (cdk.json, context key "payhooks") has ${count}:`, ...lines].join('\n');
}

/** Converts a schema's issue to a problem; `base` is the path of the value that was checked. */
export function problemOf(issue: v.BaseIssue<unknown>, base = ''): Problem {
  const path = pathOf(issue, base);
  // In valibot, an unknown key expects "never", and a missing key expects its own name.
  if (issue.type === 'strict_object' && issue.expected === 'never') {
    const best = suggestion(String(issue.path?.at(-1)?.key), issue.message.split(', '));
    const found = best === undefined ? 'an unknown key' : `an unknown key (did you mean "${best}"?)`;
    return { path, found, allowed: issue.message };
  }
  if (issue.input === undefined) return { path, found: 'nothing', allowed: allowedBy(issue) };
  return { path, found: shown(issue.input), allowed: allowedBy(issue) };
}

function pathOf(issue: v.BaseIssue<unknown>, base: string): string {
  return (issue.path ?? []).reduce((path, { key }) => {
    if (typeof key === 'number') return `${path}[${key}]`;
    return path === '' ? String(key) : `${path}.${String(key)}`;
  }, base);
}

/** The message of the schema if it has one, or else what valibot expects. */
function allowedBy(issue: v.BaseIssue<unknown>): string {
  if (!issue.message.startsWith('Invalid')) return issue.message;
  const expected = (issue.expected ?? 'another value').replace(/^\((.*)\)$/s, '$1').replaceAll(' | ', ', ');
  return expected === 'Object' ? 'an object' : expected;
}

const MAX_SHOWN_CHARACTERS = 80;

/** The value found, shortened, and never one that could be a secret. */
export function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (looksSecret(value)) return 'a value that looks like a secret (not shown)';
  const text = JSON.stringify(value) ?? String(value);
  const hasSecret = typeof value === 'object' && value !== null && secretsPastedInto(value).length > 0;
  if (hasSecret) return Array.isArray(value) ? 'a list' : 'an object';
  return text.length > MAX_SHOWN_CHARACTERS ? `${text.slice(0, MAX_SHOWN_CHARACTERS)}…` : text;
}

/** Names of credentials, as the providers and as people call them. */
const SECRET_KEYS =
  /^(access_?(id|key)|secret(_?key)?|private_?key|api_?key|pass(word|phrase)|whsec|brick_?test_?key|token|current|next)$/i;

const HEX = /^[0-9a-f]{32,}$/i;
/** A longer value is neither a provider's credential nor a valid account name; the schema reports its length. */
const MAX_ACCOUNT_NAME = 32;

/** Places whose values are often plain hex: hashes as user ids, commits as tags, an account name that is too long. */
function mayBeHex(value: unknown, path: string): boolean {
  if (typeof value !== 'string' || !HEX.test(value)) return false;
  if (/^accounts\[\d+\]\.account$/.test(path)) return value.length > MAX_ACCOUNT_NAME;
  return /^tags\.|(^|\.)testUsers\[\d+\]\.endUser$/.test(path);
}

/** The forms that credentials have: PEM, Standard Webhooks, Brick test keys, long hex, long base64. */
const SECRET_VALUES = [
  /-----BEGIN [A-Z ]*PRIVATE KEY-----/,
  /^whsec_/,
  /^t_[0-9a-f]{16,}$/i,
  HEX,
  /^(?=.*[0-9])(?=.*[a-z])(?=.*[A-Z])[A-Za-z0-9+/_=-]{32,}$/,
];

const looksSecret = (value: unknown): boolean =>
  typeof value === 'string' && SECRET_VALUES.some((pattern) => pattern.test(value.trim()));

const WHERE =
  'no secret here: store it in Secrets Manager as payhooks/<environment>/<provider>/<account> (npx payhooks secrets set), and replace one that was committed';

/**
 * A problem for every place where the configuration contains a credential, because it ends up in git and in templates.
 */
export function secretsPastedInto(value: unknown, path = ''): Problem[] {
  if (typeof value !== 'object' || value === null) {
    return looksSecret(value) && !mayBeHex(value, path)
      ? [{ path, found: shown(value), allowed: WHERE }]
      : [];
  }
  return Object.entries(value).flatMap(([key, inner]) => {
    const below = Array.isArray(value) ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`;
    if (key === 'splitTokenKey') return privateKeyIn(inner, below);
    if (!Array.isArray(value) && SECRET_KEYS.test(key)) {
      return [{ path: below, found: 'the name of a credential (value not shown)', allowed: WHERE }];
    }
    return secretsPastedInto(inner, below);
  });
}

/** A public JWK looks like random text; only a private one has `d`. */
const privateKeyIn = (jwk: unknown, path: string): Problem[] =>
  typeof jwk === 'object' && jwk !== null && 'd' in jwk
    ? [
        {
          path: `${path}.d`,
          found: 'a private key (not shown)',
          allowed: 'the public half only: kty, crv, x, y',
        },
      ]
    : [];
