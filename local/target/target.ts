/**
 * The merchant's side of the local stack. Events go to the demo shop; to the service on this computer that the
 * configuration names; and, while `payhooks listen` is connected, to the service that it names. A developer's service
 * gets what the deployed HTTPS target sends: the fulfilment worker signs, sends, waits and retries, and this file only
 * forwards and observes.
 */

import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Config } from '../../infra/config.ts';
import { effectKey } from '../../shared/app/table/keys.ts';
import { defined } from '../../shared/payment/defined.ts';
import { bodyOf } from '../aws/json-protocol.ts';
import { sendJson } from '../aws/own-web.ts';
import { queryRows } from '../aws/tables.ts';
import type { Shop } from '../demo/shop.ts';
import { type Json, object } from '../template/resolve.ts';
import type { FunctionSpec } from '../template/template.ts';
import { forward, outcomeOf } from './forward.ts';
import { type ListenedDelivery, Listening, wishFrom } from './listening.ts';
import { isLoopbackHttp } from './loopback.ts';

const VARIABLE = 'PAYHOOKS_TARGET';

export interface LocalTargetOptions {
  readonly config: Config['target'];
  readonly shop: Shop;
  /** Gives the signing secret the form that an HTTPS target needs; called before events are signed for a service. */
  prepareSecret(): void;
}

/** The running functions, whose variables change while `payhooks listen` is connected. */
interface Switchboard {
  readonly names: readonly string[];
  variables(name: string): Readonly<Record<string, string>>;
  setVariables(name: string, variables: Readonly<Record<string, string>>): Promise<void>;
}

interface Opened {
  readonly url: string;
  readonly functions: Switchboard;
  readonly table: { readonly endpoint: string; readonly name: string };
}

export class LocalTarget {
  readonly #options: LocalTargetOptions;
  #opened: Opened | undefined;
  #listening: Listening | undefined;

  constructor(options: LocalTargetOptions) {
    this.#options = options;
  }

  /** Answers the requests of the fulfilment worker. */
  get listener(): RequestListener {
    return (request, response) => {
      this.#receive(request, response).catch(() => response.destroy());
    };
  }

  /** The spec of a function that delivers to this address instead of the HTTPS target's. */
  redirected(spec: FunctionSpec, url: string): FunctionSpec {
    if (this.#options.config.type !== 'https' || spec.environment[VARIABLE] === undefined) return spec;
    return { ...spec, environment: { ...spec.environment, [VARIABLE]: targetAt(url) } };
  }

  open(opened: Opened): void {
    this.#opened = opened;
    if (this.#configured !== undefined) this.#options.prepareSecret();
  }

  /** The service on this computer that the configuration names. */
  get #configured(): string | undefined {
    const { config } = this.#options;
    return config.type === 'https' && isLoopbackHttp(config.url) ? config.url : undefined;
  }

  /** The developer's service that gets all or some events; undefined when all go to the demo shop. */
  get sendsTo(): string | undefined {
    return this.#listening?.forwardTo ?? this.#configured;
  }

  /** Serves one `payhooks listen`. */
  async listen(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const wish = wishFrom(await bodyOf(request));
    if (typeof wish === 'string') return sendJson(response, 400, { message: wish });
    if (this.#listening !== undefined) {
      const message = `events already go to ${this.#listening.forwardTo}: end that listen first`;
      return sendJson(response, 409, { message });
    }
    if (this.#opened === undefined)
      return sendJson(response, 503, { message: 'the stack is still starting' });
    const opened = this.#opened;
    const listening = new Listening(wish, response);
    this.#listening = listening;
    const before = new Map<string, string>();
    try {
      await this.#pointAtUs(opened, before);
      listening.begin();
      await listening.ended;
    } finally {
      await this.#pointBack(opened, before).finally(() => {
        this.#listening = undefined;
      });
    }
  }

  /**
   * Sets this address in the functions that deliver, as a deployment with an HTTPS target would.
   * @param before is filled at once with the former value of each function
   */
  async #pointAtUs({ url, functions }: Opened, before: Map<string, string>): Promise<void> {
    this.#options.prepareSecret();
    for (const name of functions.names) {
      const variables = functions.variables(name);
      const target = variables[VARIABLE];
      if (target === undefined || target === targetAt(url)) continue;
      before.set(name, target);
      await functions.setVariables(name, { ...variables, [VARIABLE]: targetAt(url) });
    }
  }

  async #pointBack({ functions }: Opened, before: ReadonlyMap<string, string>): Promise<void> {
    for (const [name, target] of before) {
      await functions.setVariables(name, { ...functions.variables(name), [VARIABLE]: target });
    }
  }

  async #receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await bodyOf(request);
    const event = JSON.parse(body.toString('utf8')) as Json;
    const { type } = object(event);
    const listening = this.#listening?.wants(String(type)) === true ? this.#listening : undefined;
    const url = listening?.forwardTo ?? this.#configured;
    if (url === undefined) return this.#options.shop.take(request, body, response);

    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const { headers } = request;
    const [answer, attempt] = await Promise.all([
      forward(url, { headers, body, signal: gone.signal }),
      this.#attemptOf(event),
    ]);
    // The demo shop also receives what the service accepted, as the merchant's record.
    const outcome = outcomeOf(answer, attempt, Date.now());
    if (outcome.outcome === 'taken') this.#options.shop.receive(event, 'endpoint');
    const { status, failure, retryAfter, ms } = answer;
    const answered = status === undefined ? { failure: failure ?? 'no answer' } : { status };
    listening?.show({ ...deliveryShownOf(event), ...outcome, ...answered, attempt, ms });
    response.writeHead(status ?? 502, defined({ 'retry-after': retryAfter }));
    response.end();
  }

  /** The attempt as the effect's row counts it; a report has no row. */
  async #attemptOf(event: Json): Promise<number> {
    const { id, payment } = object(event);
    if (this.#opened === undefined || typeof payment !== 'string') return 1;
    const { endpoint, name } = this.#opened.table;
    const { pk, sk } = effectKey(payment, String(id).slice(payment.length + 1));
    const row = (await queryRows(endpoint, name, pk)).find((candidate) => candidate.sk === sk);
    return Number(object(row?.data).attempts ?? 1);
  }
}

const targetAt = (url: string): string => JSON.stringify({ type: 'https', url: `${url}/` });

function deliveryShownOf(event: Json): Pick<ListenedDelivery, 'at' | 'id' | 'type' | 'payment' | 'event'> {
  const { id, type, payment } = object(event);
  const of = typeof payment === 'string' ? { payment } : {};
  return { at: new Date().toISOString(), id: String(id), type: String(type), ...of, event };
}
