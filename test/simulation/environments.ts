/**
 * The secret store, and Lambda environments that cache its secrets (the real cache, shared/app/platform/secrets.ts). An
 * environment serves one invocation at a time and ends when its process dies. In some worlds every key is rotated while
 * notifications arrive: the new key is added, the provider signs with both keys for a while, the old key is removed.
 */

import { type EnvelopeKeys, parseEnvelopeKeys } from '../../shared/app/platform/seal.ts';
import {
  accountSecretName,
  createSecrets,
  type SecretOf,
  type Secrets,
} from '../../shared/app/platform/secrets.ts';
import type { ApplyDeps } from '../../shared/app/transition/receive.ts';
import type { Account } from '../../shared/providers/index.ts';
import { providers } from '../../shared/providers/index.ts';
import { ENVELOPE_SECRETS, type Generation, SECRETS } from './accounts.ts';
import { MINUTE, START_MS } from './constants.ts';
import type { Engine, Invocation } from './engine.ts';

export type Place = 'worker' | `intake-${string}`;

export interface Environment {
  readonly place: Place;
  readonly secrets: Secrets;
  readonly envelopeKeys: ApplyDeps['envelopeKeys'];
  readonly publicKeys: ApplyDeps['publicKeys'];
  invocation: Invocation;
}

/** old: only the old key · both: the new key is added · new: the new key has replaced the old key. */
export type Phase = 'old' | 'both' | 'new';

const ENVELOPE: SecretOf<EnvelopeKeys> = {
  name: 'payhooks/sandbox/envelope-key',
  parse: (value) => parsedOnce('envelope', value, parseEnvelopeKeys),
};

const publicKeysOf = (account: Account): SecretOf<unknown> => ({
  name: accountSecretName('sandbox', account),
  parse: (value) =>
    parsedOnce(`public keys of ${account.provider}`, value, (secret) =>
      providers[account.provider].publicKeySignature?.parseKeys(secret, account),
    ),
});

/** Caches by text, because parsing keys is slow and has the same result in every world. */
const parsed = new Map<string, unknown>();
export function parsedOnce<T>(what: string, value: unknown, parse: (value: unknown) => T): T {
  const text = `${what} ${JSON.stringify(value)}`;
  if (!parsed.has(text)) parsed.set(text, parse(value));
  return parsed.get(text) as T;
}

export class Environments {
  phase: Phase = 'old';
  readonly #engine: Engine;
  readonly #rotates: boolean;
  readonly #free: Environment[] = [];
  /** The keys with which the provider signs. */
  #signs: readonly Generation[] = ['old'];

  constructor(engine: Engine, races: boolean) {
    this.#engine = engine;
    this.#rotates = !races && engine.random.chance(0.3);
  }

  start(storyMs: number): void {
    if (!this.#rotates) return;
    const { random } = this.#engine;
    // A hasty provider signs with a key that is not yet in the secret store: it gets 401 and retries.
    const isHasty = random.chance(0.3);
    const steps: readonly (() => void)[] = [
      () => (isHasty ? this.#turn('old', ['old', 'new']) : this.#turn('both', ['old'])),
      () => this.#turn('both', ['old', 'new']),
      () => this.#turn('both', ['new']),
      () => this.#turn('new', ['new']),
    ];
    let at = START_MS + random.next() * storyMs;
    for (const step of steps) {
      this.#engine.at(at, step);
      // A provider may switch before every environment has the new key: the other environments read the secret again.
      at += random.pick([0, 10 * MINUTE, Math.round(storyMs / 4)]);
    }
  }

  /** The key with which the provider signs the next message. */
  signing(): Generation {
    return this.#signs.length === 1 ? (this.#signs[0] as Generation) : this.#engine.random.pick(this.#signs);
  }

  envelopeKeysNow(): EnvelopeKeys {
    return ENVELOPE.parse(ENVELOPE_SECRETS[this.phase]);
  }

  take(place: Place, invocation: Invocation): Environment {
    const index = this.#free.findIndex((each) => each.place === place);
    const [known] = index < 0 ? [] : this.#free.splice(index, 1);
    if (known === undefined) return this.#cold(place, invocation);
    known.invocation = invocation;
    return known;
  }

  /** Returns an environment after its invocation. */
  give(environment: Environment): void {
    const { invocation } = environment;
    if (invocation.dead) return;
    invocation.over = true;
    this.#free.push(environment);
  }

  #turn(phase: Phase, signs: readonly Generation[]): void {
    this.phase = phase;
    this.#signs = signs;
    this.#engine.count('key rotation');
    this.#engine.note(`keys: ${phase}, signed with ${signs.join(' and ')}`);
  }

  #cold(place: Place, invocation: Invocation): Environment {
    const unavailable = () => new Error('the secret store is unavailable');
    const secrets = createSecrets({
      fetch: (name, signal) =>
        Promise.race([
          this.#engine.call(environment.invocation, 'secret', () => this.#text(name), {
            refused: unavailable,
          }),
          new Promise<never>((_, reject) => {
            signal.addEventListener('abort', () => reject(unavailable()));
          }),
        ]),
      clock: () => this.#engine.now,
      report: () => {},
    });
    // The same logic as in shared/aws/runtime/workers.ts.
    const keptFresh = async <T>(secret: SecretOf<T>, fresh: boolean): Promise<T> => {
      const { signal } = new AbortController();
      const reread = fresh ? await secrets.reread(secret, signal) : undefined;
      return reread ?? secrets.read(secret, signal);
    };
    const environment: Environment = {
      ...{ place, secrets, invocation },
      envelopeKeys: (fresh) => keptFresh(ENVELOPE, fresh),
      publicKeys: (account, fresh) =>
        fresh
          ? secrets.readNewest(publicKeysOf(account), new AbortController().signal)
          : keptFresh(publicKeysOf(account), false),
    };
    return environment;
  }

  #text(name: string): string {
    const [, , provider = ''] = name.split('/');
    return JSON.stringify(
      provider === 'envelope-key'
        ? ENVELOPE_SECRETS[this.phase]
        : SECRETS[provider as keyof typeof SECRETS](this.phase),
    );
  }
}
