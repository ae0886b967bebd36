/**
 * Caches IAM's decisions: calls that no policy condition distinguishes have the same decision. The checks made are
 * kept, each kind once, as the record of the permissions that the functions need.
 */
import type { NamedPolicy } from '../../template/access.ts';
import { type Json, object } from '../../template/resolve.ts';
import { judge, type Principal, type Question, type Verdict } from './judge.ts';

/** A check that was made, with its decision. */
export interface Evaluation {
  readonly question: Question;
  readonly verdict: Promise<Verdict>;
}

export class Verdicts {
  readonly #evaluations = new Map<string, Evaluation>();
  readonly #patterns = new WeakMap<NamedPolicy, Patterns>();
  #questions = 0;

  /** Number of checks, and how many of them were evaluated. */
  get counts(): { readonly questions: number; readonly evaluations: number } {
    return { questions: this.#questions, evaluations: this.#evaluations.size };
  }

  get evaluations(): readonly Evaluation[] {
    return [...this.#evaluations.values()];
  }

  of(question: Question): Promise<Verdict> {
    this.#questions += 1;
    const kind = this.#kindOf(question);
    const known = this.#evaluations.get(kind);
    if (known !== undefined) return known.verdict;
    const verdict = judge(question);
    this.#evaluations.set(kind, { question, verdict });
    return verdict;
  }

  /** The properties of a call that the policies can distinguish, as a cache key. */
  #kindOf({ principal, atResource, action, resource, context }: Question): string {
    const policies = atResource === undefined ? principal.policies : [...principal.policies, atResource];
    const all = policies.map((policy) => this.#patternsOf(policy));
    const seen = Object.entries(context).flatMap(([key, value]) => {
      const patterns = all.flatMap((each) => each.get(key.toLowerCase()) ?? []);
      if (patterns.length === 0) return [];
      const values = typeof value === 'string' ? [value] : value;
      return [[key, typeof value, [...new Set(values.map((each) => seenBy(patterns, each)))].sort()]];
    });
    return JSON.stringify([identityOf(principal), action, resource, seen]);
  }

  #patternsOf(policy: NamedPolicy): Patterns {
    const known = this.#patterns.get(policy) ?? patternsOf(policy);
    this.#patterns.set(policy, known);
    return known;
  }
}

const identityOf = ({ roleArn, sessionName }: Principal): readonly string[] => [roleArn, sessionName];

interface Pattern {
  readonly text: string;
  /** The text with IAM's two wildcards. */
  readonly wildcards: RegExp;
  /** Whether the operator compares texts, exactly or with IAM's two wildcards. */
  readonly isText: boolean;
}

/** Values that conditions compare with, by key in lower case. */
type Patterns = ReadonlyMap<string, readonly Pattern[]>;

const TEXT_OPERATOR = /^(?:for(?:all|any)values?:)?(?:string(?:not)?(?:equals|like)|null)(?:ifexists)?$/i;

function patternsOf({ document }: NamedPolicy): Patterns {
  const found = new Map<string, Pattern[]>();
  for (const { Condition } of document.Statement) {
    for (const [operator, keys] of Object.entries(object(Condition))) {
      for (const [key, values] of Object.entries(object(keys))) {
        const texts = (Array.isArray(values) ? (values as readonly Json[]) : [values]).map(String);
        const isText = (text: string) => TEXT_OPERATOR.test(operator) && !text.includes('${');
        const known = found.get(key.toLowerCase()) ?? [];
        known.push(...texts.map((text) => ({ text, wildcards: wildcardsOf(text), isText: isText(text) })));
        found.set(key.toLowerCase(), known);
      }
    }
  }
  return found;
}

/** The patterns that a value matches; the value itself if a condition compares in another way. */
function seenBy(patterns: readonly Pattern[], value: string): string {
  if (patterns.some(({ isText }) => !isText)) return `=${value}`;
  return patterns
    .map(({ text, wildcards }) => `${Number(text === value)}${Number(wildcards.test(value))}`)
    .join('');
}

const wildcardsOf = (pattern: string): RegExp => {
  const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, String.raw`\$&`);
  return new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`, 's');
};
