/** A required permission: one action on one resource. */

/** A condition key without a value is left out. */
export type Context = Readonly<Record<string, string | readonly string[]>>;

export interface Requirement {
  readonly action: string;
  /** ARN; "*" for an action that names no resource. */
  readonly resource: string;
  readonly context: Context;
}
