/** How the catalogue of personal data describes a row: every field of its type is in `none` or in `data`. */

/** Distributes over the members of a union. */
type KeysOf<T> = T extends unknown ? keyof T & string : never;

/**
 * personal: says something about a person · pseudonym: identifies a person for those who have the merchant's or
 * provider's data.
 */
type Kind = 'personal' | 'pseudonym';

export interface Datum {
  readonly kind: Kind;
  /** Whose data it is. */
  readonly of: 'shopper' | 'operator';
  readonly what: string;
  /** AES-256-GCM under the envelope key, or a compact JWE; absent when readable by everybody who may read the row. */
  readonly sealed?: string;
  /** What removes it: a text of `ERASED`, or a sentence. */
  readonly erased: string;
}

export interface Place {
  readonly name: string;
  /** Matches "<partition key>|<sort key>" of a row. Absent when it is not a row. */
  readonly key?: RegExp;
  readonly where: string;
  readonly kept: string;
  readonly encrypted: string;
  /** Fields without personal data. */
  readonly none: readonly string[];
  readonly data: Readonly<Record<string, Datum>>;
}

type Spec<T> = Omit<Place, 'none' | 'data'> & {
  readonly none: readonly KeysOf<T>[];
  readonly data: Readonly<Partial<Record<KeysOf<T>, Datum>>>;
};

/** Fields that are in neither list. No value of this type can be written, so the compiler names the missing field. */
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
    // Every value of a field is a Datum: `none` and `data` together are the type's fields.
    spec as unknown as Place;

/** Texts that the catalogue repeats. */
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
/** Sealed: may contain whatever the provider sends, including names and addresses. */
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
