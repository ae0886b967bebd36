/** What the fakes of provider APIs share: they answer a request, and can be made to fail. */
import type { RequestListener, Server } from 'node:http';
import { createLocalServer } from '../../aws/own-web.ts';

export interface FakeRequest {
  readonly method: string;
  readonly url: URL;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface FakeAnswer {
  readonly status: number;
  readonly body: string;
}

/** failing: 503 · throttled: 429 · garbled: 200 with half an answer · down: the connection is cut. */
export type FakeFault = 'failing' | 'throttled' | 'garbled' | 'down';

const FAULT_ANSWERS: Readonly<Record<Exclude<FakeFault, 'down'>, FakeAnswer>> = {
  failing: { status: 503, body: '<html>Service Unavailable</html>' },
  throttled: { status: 429, body: '' },
  garbled: { status: 200, body: '{"transaction":{"transac' },
};

export abstract class FakeApi {
  /** The present fault; undefined when the fake works. */
  fault: FakeFault | undefined;
  /** Number of requests, answered or failed, for tests. */
  calls = 0;

  protected abstract respond(request: FakeRequest): FakeAnswer;

  /** Undefined for no answer at all. */
  answer(request: FakeRequest): FakeAnswer | undefined {
    this.calls += 1;
    if (this.fault === 'down') return undefined;
    return this.fault === undefined ? this.respond(request) : FAULT_ANSWERS[this.fault];
  }

  /** A `fetch` that calls this fake without a network. */
  get fetch(): typeof fetch {
    return async (input, init = {}) => {
      const answered = this.answer({
        method: init.method ?? 'GET',
        url: new URL(String(input)),
        headers: Object.fromEntries(new Headers(init.headers)),
        body: typeof init.body === 'string' ? init.body : '',
      });
      if (answered === undefined) throw new TypeError('fetch failed');
      return new Response(answered.body, { status: answered.status });
    };
  }

  get server(): Server {
    const listener: RequestListener = (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const answered = this.answer({
          method: request.method ?? 'GET',
          url: new URL(request.url ?? '/', 'http://fake.invalid'),
          headers: Object.fromEntries(
            Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
          ),
          body: Buffer.concat(chunks).toString('utf8'),
        });
        if (answered === undefined) return void response.destroy();
        response.writeHead(answered.status, { 'content-type': 'application/json' }).end(answered.body);
      });
    };
    return createLocalServer(listener);
  }
}

export const json = (status: number, body: unknown): FakeAnswer => ({ status, body: JSON.stringify(body) });
