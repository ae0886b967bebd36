/** One running execution environment: starts the child process, sends it invocations, ends it on a timeout. */
import { type ChildProcess, fork } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { FunctionSpec } from '../../template/template.ts';

export interface InvocationError {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace: readonly string[];
}

/** Outcome of one invocation; `payload` is the handler's result, as JSON text. */
export type InvocationResult =
  | { readonly ok: true; readonly payload: string }
  | { readonly ok: false; readonly error: InvocationError };

export interface Invocation {
  readonly requestId: string;
  readonly traceId: string;
  /** JSON text. */
  readonly event: string;
}

export type LogLine = (line: string) => void;

type Report =
  | { readonly type: 'ready' }
  | { readonly type: 'init-error'; readonly error: InvocationError }
  | { readonly type: 'result'; readonly requestId: string; readonly result: string }
  | { readonly type: 'error'; readonly requestId: string; readonly error: InvocationError };

/** Lambda gives a function ten seconds to load. */
const INIT_TIMEOUT_MS = 10_000;

/** A larger young generation stays large after a burst, in each process. */
const SEMI_SPACE_MB = 2;

const failure = (errorType: string, errorMessage: string): InvocationResult => ({
  ok: false,
  error: { errorType, errorMessage, trace: [] },
});

export class ExecutionEnvironment {
  readonly #child: ChildProcess;
  readonly #spec: FunctionSpec;
  readonly #arn: string;
  #ready: Promise<InvocationError | undefined>;
  #pending: ((result: InvocationResult) => void) | undefined;
  #running = '';
  #ended: Promise<void>;
  #alive = true;

  constructor(spec: FunctionSpec, arn: string, environment: Readonly<Record<string, string>>, log: LogLine) {
    this.#spec = spec;
    this.#arn = arn;
    this.#child = fork(new URL('./bootstrap.cjs', import.meta.url), [spec.codePath, spec.handler], {
      env: environment,
      execArgv: [
        // Lambda limits the heap in the same way; the runtime uses the rest of the memory.
        `--max-old-space-size=${Math.floor(spec.memoryMb * 0.9)}`,
        `--max-semi-space-size=${SEMI_SPACE_MB}`,
      ],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      if (stream !== null) createInterface({ input: stream }).on('line', log);
    }
    let loaded: (error: InvocationError | undefined) => void = () => {};
    this.#ready = new Promise((resolve) => {
      loaded = resolve;
    });
    const initTimer = setTimeout(() => this.#child.kill('SIGKILL'), INIT_TIMEOUT_MS);
    this.#child.on('message', (report: Report) => {
      if (report.type === 'ready' || report.type === 'init-error') {
        clearTimeout(initTimer);
        loaded(report.type === 'ready' ? undefined : report.error);
      } else if (report.requestId === this.#running) {
        this.#finish(
          report.type === 'result'
            ? { ok: true, payload: report.result }
            : { ok: false, error: report.error },
        );
      }
    });
    this.#ended = new Promise((resolve) => {
      this.#child.once('exit', (code, signal) => {
        this.#alive = false;
        clearTimeout(initTimer);
        const reason = `Runtime exited with ${signal === null ? `code ${code}` : `signal ${signal}`}`;
        loaded({ errorType: 'Runtime.ExitError', errorMessage: reason, trace: [] });
        this.#finish(failure('Runtime.ExitError', reason));
        resolve();
      });
    });
  }

  /** Resolves when it has loaded, or failed to load. */
  get loaded(): Promise<unknown> {
    return this.#ready;
  }

  get alive(): boolean {
    return this.#alive;
  }

  /** Runs the handler once. Never rejects. An error outside the handler ends the environment. */
  async invoke(invocation: Invocation): Promise<InvocationResult> {
    const initError = await this.#ready;
    if (initError !== undefined) {
      await this.stop();
      return { ok: false, error: initError };
    }
    // Loading does not count against the function's timeout.
    const deadline = Date.now() + this.#spec.timeoutMs;
    return new Promise((resolve) => {
      const seconds = (this.#spec.timeoutMs / 1_000).toFixed(2);
      const timer = setTimeout(() => {
        this.#finish(failure('Sandbox.Timedout', `Task timed out after ${seconds} seconds`));
        this.#child.kill('SIGKILL');
      }, this.#spec.timeoutMs);
      this.#running = invocation.requestId;
      this.#pending = (result) => {
        clearTimeout(timer);
        resolve(result);
      };
      this.#child.send(
        {
          ...invocation,
          deadline,
          functionName: this.#spec.name,
          memoryMb: this.#spec.memoryMb,
          arn: this.#arn,
        },
        (error) => {
          if (error !== null) this.#finish(failure('Runtime.ExitError', error.message));
        },
      );
    });
  }

  /** Ends the process at once, like the loss of a host, and resolves when it has ended. */
  stop(): Promise<void> {
    if (this.#alive) this.#child.kill('SIGKILL');
    return this.#ended;
  }

  #finish(result: InvocationResult): void {
    const pending = this.#pending;
    this.#pending = undefined;
    this.#running = '';
    pending?.(result);
  }
}
