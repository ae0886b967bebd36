/**
 * The merchant's side of the local stack. Events go to the demo shop; to the service that the configuration names on
 * this computer; and, while `payhooks listen` is connected, to the one that it names. A service of the developer's gets
 * what the deployed HTTPS target sends: the fulfilment worker signs, sends, waits and tries again, and what stands here
 * between the two only hands on and looks.
 */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Config } from '../../infra/config.ts';
import { effectKey } from '../../shared/app/table/keys.ts';
import { bodyOf } from '../aws/json-protocol.ts';
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
  /** The signing secret must be one that an HTTPS target can use; called before events are signed for a service. */
  prepareSecret(): void;
}

/** Of the running functions: what changes while somebody listens. */
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

  /** Answers what the worker sends. */
  get listener(): RequestListener {
    return (request, response) => {
      this.#receive(request, response).catch(() => response.destroy());
    };
  }

  /** A stack with an HTTPS target never calls that address from here: it is told this one. */
  redirected(spec: FunctionSpec, url: string): FunctionSpec {
    if (this.#options.config.type !== 'https' || spec.environment[VARIABLE] === undefined) return spec;
    return { ...spec, environment: { ...spec.environment, [VARIABLE]: targetAt(url) } };
  }

  open(opened: Opened): void {
    this.#opened = opened;
    if (this.#configured !== undefined) this.#options.prepareSecret();
  }

  /** The service that the configuration names on this computer. */
  get #configured(): string | undefined {
    const { config } = this.#options;
    return config.type === 'https' && isLoopbackHttp(config.url) ? config.url : undefined;
  }

  /** The service of the merchant's that events, or some of them, go to; undefined: all go to the demo shop. */
  get sendsTo(): string | undefined {
    return this.#listening?.forwardTo ?? this.#configured;
  }

  /** Serves one `payhooks listen`. */
  async listen(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const wish = wishFrom(await bodyOf(request));
    if (typeof wish === 'string') return refuse(response, 400, wish);
    if (this.#listening !== undefined) {
      return refuse(
        response,
        409,
        `events already go to ${this.#listening.forwardTo}: end that listen first`,
      );
    }
    if (this.#opened === undefined) return refuse(response, 503, 'the stack is still starting');
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
   * The functions that deliver get this address, as a deployment with an HTTPS target would give it to them.
   * @param before gets what each had, at once
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
    // What the service has taken is what the merchant received.
    const outcome = outcomeOf(answer, attempt, Date.now());
    if (outcome.outcome === 'taken') this.#options.shop.receive(event, 'endpoint');
    const { status, failure, retryAfter, ms } = answer;
    const answered = status === undefined ? { failure: failure ?? 'no answer' } : { status };
    listening?.show({ ...deliveryShownOf(event), ...outcome, ...answered, attempt, ms });
    response.writeHead(status ?? 502, retryAfter === undefined ? {} : { 'retry-after': retryAfter });
    response.end();
  }

  /** As the effect's row counts it; a report has none. */
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

function refuse(response: ServerResponse, status: number, message: string): void {
  const body = JSON.stringify({ message });
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
  });
  response.end(body);
}
