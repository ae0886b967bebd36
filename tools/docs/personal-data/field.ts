/** How the catalogue of personal data describes a row: every field of its type is in `none` or in `data`. */

/** Also of the members of a union. */
type KeysOf<T> = T extends unknown ? keyof T & string : never;

/** personal: says something of a person · pseudonym: leads to one for whoever knows the merchant's or provider's side. */
type Kind = 'personal' | 'pseudonym';

export interface Datum {
  readonly kind: Kind;
  /** Whose. */
  readonly of: 'shopper' | 'operator';
  readonly what: string;
  /** AES-256-GCM under the envelope key, or a compact JWE; absent: readable by whoever may read the row. */
  readonly sealed?: string;
  /** By what it is taken away; a word of `ERASED`, or a sentence. */
  readonly erased: string;
}

export interface Place {
  readonly name: string;
  /** Fits "<partition key>|<sort key>" of a row. Absent: it is no row of a table. */
  readonly key?: RegExp;
  readonly where: string;
  readonly kept: string;
  readonly encrypted: string;
  /** Fields that say nothing of a person. */
  readonly none: readonly string[];
  readonly data: Readonly<Record<string, Datum>>;
}

type Spec<T> = Omit<Place, 'none' | 'data'> & {
  readonly none: readonly KeysOf<T>[];
  readonly data: Readonly<Partial<Record<KeysOf<T>, Datum>>>;
};

/** What is in neither list; a value of this type can't be written, so the compiler names the missing field. */
type Unlisted<T, S extends { readonly none: readonly string[]; readonly data: object }> = Exclude<
  KeysOf<T>,
  S['none'][number] | (keyof S['data'] & string)
>;

/**
 * A place whose content has the type T.
 *
 * @example place<TakenRow>()({ name: 'taken', …, none: ['at'], data: { orderId: { … } } })
 */
export const place =
  <T>() =>
  <const S extends Spec<T>>(
    spec: S & ([Unlisted<T, S>] extends [never] ? unknown : { readonly unlisted: Unlisted<T, S> }),
  ): Place =>
    // Every value that a field can have is a Datum: `none` and `data` together are the type's fields.
    spec as unknown as Place;

/** What the catalogue says again and again. */
export const ERASED = {
  command: '`payhooks erase`',
  stays: 'nothing: it proves that something was processed',
  expires: 'nothing sooner',
} as const;

const pseudonym = (what: string, erased: string = ERASED.stays): Datum => ({
  ...{ kind: 'pseudonym', of: 'shopper', what, erased },
});
export const paymentId = pseudonym('provider’s id of the payment');
export const references = pseudonym('your order reference, and ids of the provider');
export const endUser = pseudonym('the end user’s id as you gave it to the provider', ERASED.command);
/** Sealed: may hold whatever the provider sends, names and addresses among it. */
export const sealedMessage: Datum = {
  kind: 'personal',
  of: 'shopper',
  what: 'the message as it was received: whatever the provider sends',
  sealed: 'envelope key',
  erased: ERASED.command,
};
export const operator: Datum = {
  kind: 'personal',
  of: 'operator',
  what: 'who did it',
  erased: ERASED.stays,
};
export const note: Datum = {
  kind: 'personal',
  of: 'operator',
  what: 'free text: write no personal data of shoppers into it',
  erased: ERASED.stays,
};
