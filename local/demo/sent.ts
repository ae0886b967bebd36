/** A notification in the provider's own form; the demo signs it with the account's demo keys. */
export type Sent =
  | { readonly provider: 'trustly-americas'; readonly fields: Readonly<Record<string, string>> }
  | {
      readonly provider: 'trustly-europe';
      readonly method: string;
      readonly data: Readonly<Record<string, unknown>>;
    }
  | { readonly provider: 'paymentwall'; readonly params: readonly (readonly [string, string])[] };
