/** Whose call it is: each function and the command line sign with a key of their own, of this start alone. */
import { newSigningIdentity, type SigningIdentity } from './signing-identity.ts';

export interface Caller {
  readonly name: string;
  readonly identity: SigningIdentity;
}

export class Callers {
  readonly #byName = new Map<string, Caller>();
  readonly #byKey = new Map<string, Caller>();

  /** What the caller of this name signs with. */
  identityOf(name: string): SigningIdentity {
    const known = this.#byName.get(name);
    if (known !== undefined) return known.identity;
    const caller = { name, identity: newSigningIdentity() };
    this.#byName.set(name, caller);
    this.#byKey.set(caller.identity.accessKeyId, caller);
    return caller.identity;
  }

  /** Who was handed out this key. */
  of(accessKeyId: string): Caller | undefined {
    return this.#byKey.get(accessKeyId);
  }
}
