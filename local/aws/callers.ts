/**
 * Finds the caller of a request: each function and the command line sign with a key of their own, which is valid for
 * this start only.
 */
import { newSigningIdentity, type SigningIdentity } from './signing-identity.ts';

export interface Caller {
  readonly name: string;
  readonly identity: SigningIdentity;
}

export class Callers {
  readonly #byName = new Map<string, Caller>();
  readonly #byKey = new Map<string, Caller>();

  /** The key with which the caller of this name signs. */
  identityOf(name: string): SigningIdentity {
    const known = this.#byName.get(name);
    if (known !== undefined) return known.identity;
    const caller = { name, identity: newSigningIdentity() };
    this.#byName.set(name, caller);
    this.#byKey.set(caller.identity.accessKeyId, caller);
    return caller.identity;
  }

  /** The caller that got this key; undefined for an unknown key. */
  of(accessKeyId: string): Caller | undefined {
    return this.#byKey.get(accessKeyId);
  }
}
