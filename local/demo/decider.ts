/**
 * The merchant's decision hook in the demo: answers Trustly Europe's questions about withdrawals and payers. Its rules
 * are simple examples; tests replace them.
 */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { type Faults, isUnanswered } from '../aws/faults.ts';
import { bodyOf } from '../aws/json-protocol.ts';
import type { FunctionSpec } from '../template/template.ts';
import { isSigned } from './shop.ts';

/** The question as it arrives (shared/providers/trustly-europe/README.md, Questions). */
export interface ReceivedQuestion {
  readonly id: string;
  readonly asks: 'debit' | 'kyc';
  readonly account: string;
  readonly orderReference?: string;
  readonly amount?: string;
  readonly currency?: string;
  readonly kyc?: { readonly attributes: Readonly<Record<string, string>> };
}

/** Returns the answer; undefined for none (500). */
export type Rule = (
  question: ReceivedQuestion,
) => { readonly status: string; readonly limit?: string } | undefined | Promise<undefined>;

/** Every shopper's balance. */
const BALANCE = 1_000;
const ADULT_YEARS = 18;

/** Accepts withdrawals up to 1,000 of any currency, and payers who are adults, up to 500. */
export const houseRules: Rule = ({ asks, amount, kyc }) => {
  if (asks === 'debit') return { status: Number(amount) <= BALANCE ? 'OK' : 'FAILED' };
  const born = Date.parse(kyc?.attributes.dob ?? '');
  const adultSince = new Date(born).setUTCFullYear(new Date(born).getUTCFullYear() + ADULT_YEARS);
  return adultSince <= Date.now() ? { status: 'CONTINUE', limit: '500.00' } : { status: 'FINISH' };
};

export class Decider {
  /** Every question that arrived with a valid signature, oldest first. */
  readonly asked: ReceivedQuestion[] = [];
  rule: Rule = houseRules;
  #refused = 0;
  readonly #faults: Faults;
  readonly #secretsOf: (account: string) => readonly string[];

  /** @param secretsOf returns the texts of an account's signing secret ("whsec_…") */
  constructor(faults: Faults, secretsOf: (account: string) => readonly string[]) {
    this.#faults = faults;
    this.#secretsOf = secretsOf;
  }

  /** Number of requests without a valid signature. */
  get refused(): number {
    return this.#refused;
  }

  get listener(): RequestListener {
    return (request, response) => {
      this.#answer(request, response).catch(() => response.destroy());
    };
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await bodyOf(request);
    const fault = this.#faults.get('decider');
    if (isUnanswered(fault, request)) return;
    const question = JSON.parse(body.toString('utf8')) as ReceivedQuestion;
    if (!this.#secretsOf(question.account).some((secret) => isSigned(request, body, secret))) {
      this.#refused += 1;
      return end(response, 401);
    }
    this.asked.push(question);
    const reply = fault === 'failing' ? undefined : await this.rule(question);
    if (reply === undefined) return end(response, 500);
    response.setHeader('content-type', 'application/json');
    end(response, 200, JSON.stringify({ id: question.id, ...reply }));
  }
}

function end(response: ServerResponse, status: number, body?: string): void {
  response.writeHead(status);
  response.end(body);
}

const VARIABLE = 'PAYHOOKS_DECISION_URLS';

export const hasDecisionHook = ({ environment }: FunctionSpec): boolean =>
  environment[VARIABLE] !== undefined;

/** The spec of a function whose decision hooks all point to `url` instead of the merchant's real decision hooks. */
export function askingAt(spec: FunctionSpec, url: string): FunctionSpec {
  const names = Object.keys(JSON.parse(spec.environment[VARIABLE] ?? '{}') as object);
  const urls = Object.fromEntries(names.map((name) => [name, `${url}/`]));
  return { ...spec, environment: { ...spec.environment, [VARIABLE]: JSON.stringify(urls) } };
}
