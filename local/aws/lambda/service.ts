/**
 * The functions of the stack as Lambda runs them: one invocation at a time per environment, environments stay warm, and
 * concurrency starts new ones. (Lambda also freezes an idle environment; this does not.)
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { LOCAL_ACCOUNT, LOCAL_REGION } from '../../template/resolve.ts';
import type { FunctionSpec } from '../../template/template.ts';
import { AwsError } from '../json-protocol.ts';
import type { SigningIdentity } from '../signing-identity.ts';
import { ExecutionEnvironment, type InvocationResult } from './environment.ts';

export interface FunctionLog {
  readonly functionName: string;
  readonly line: string;
}

export interface LambdaOptions {
  /** Added to the variables of every function: endpoints of the local services. */
  readonly endpoints: Readonly<Record<string, string>>;
  /** The identity with which a function signs its calls. */
  identityOf(functionName: string): SigningIdentity;
  readonly onLog?: (log: FunctionLog) => void;
  /** Environments per function (default MAX_ENVIRONMENTS). */
  readonly maxEnvironments?: number;
}

/**
 * Maximum environments per function; further requests wait, as at an account's limit. With two, invocations of one
 * function run at the same time. More of them share the same cores, so they are not faster, and each takes memory.
 */
export const MAX_ENVIRONMENTS = 2;

/** A synchronous invocation's event and answer: 6 MB each. */
const MAX_PAYLOAD_BYTES = 6 * 1_024 * 1_024;
const MAX_VARIABLES_BYTES = 4_096;

const refusedPayload = (errorType: string, bytes: number): InvocationResult => ({
  ok: false,
  error: { errorType, errorMessage: `payload size ${bytes} exceeded ${MAX_PAYLOAD_BYTES} bytes`, trace: [] },
});

export class UnknownFunctionError extends Error {
  override readonly name = 'UnknownFunctionError';
}

const stopped: InvocationResult = {
  ok: false,
  error: { errorType: 'Sandbox.Stopped', errorMessage: 'the local stack has stopped', trace: [] },
};

class FunctionPool {
  readonly #start: () => ExecutionEnvironment;
  readonly #limit: number;
  readonly #idle: ExecutionEnvironment[] = [];
  readonly #all = new Set<ExecutionEnvironment>();
  readonly #waiting: ((environment: ExecutionEnvironment) => void)[] = [];
  #closed = false;

  constructor(start: () => ExecutionEnvironment, limit: number) {
    this.#start = start;
    this.#limit = limit;
  }

  async invoke(event: string): Promise<InvocationResult> {
    if (this.#closed) return stopped;
    const environment = await this.#take();
    try {
      return await environment.invoke({
        requestId: randomUUID(),
        traceId: `Root=1-${Math.floor(Date.now() / 1_000).toString(16)}-${randomBytes(12).toString('hex')}`,
        event,
      });
    } finally {
      this.#give(environment);
    }
  }

  /**
   * Starts an environment ahead of the first invocation, as provisioned concurrency would; resolves when it has loaded.
   */
  async warm(): Promise<void> {
    if (this.#all.size === 0) this.#idle.push(this.#create());
    await Promise.all([...this.#all].map(({ loaded }) => loaded));
  }

  /** Ends every environment at once; running invocations fail, as after the loss of a host. Returns the number. */
  async kill(): Promise<number> {
    const environments = [...this.#all];
    this.#idle.length = 0;
    this.#all.clear();
    await Promise.all(environments.map((environment) => environment.stop()));
    return environments.length;
  }

  /** Ends idle environments at once and the others after their invocation, as a configuration change does. */
  async recycle(): Promise<number> {
    const count = this.#all.size;
    this.#all.clear();
    await Promise.all(this.#idle.splice(0).map((environment) => environment.stop()));
    return count;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.kill();
  }

  #create(): ExecutionEnvironment {
    const environment = this.#start();
    this.#all.add(environment);
    return environment;
  }

  #take(): Promise<ExecutionEnvironment> | ExecutionEnvironment {
    for (let idle = this.#idle.pop(); idle !== undefined; idle = this.#idle.pop()) {
      if (idle.alive) return idle;
      this.#all.delete(idle);
    }
    if (this.#all.size < this.#limit) return this.#create();
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  #give(environment: ExecutionEnvironment): void {
    const usable = environment.alive && this.#all.has(environment);
    if (environment.alive && !usable) void environment.stop();
    if (!usable) this.#all.delete(environment);
    const next = this.#closed ? undefined : this.#waiting.shift();
    if (next !== undefined) next(usable ? environment : this.#create());
    else if (usable) this.#idle.push(environment);
  }
}

export class LambdaService {
  readonly #pools: ReadonlyMap<string, FunctionPool>;
  /** Variables that were changed while the stack runs, by function name. */
  readonly #changed = new Map<string, Readonly<Record<string, string>>>();
  readonly #own: ReadonlyMap<string, Readonly<Record<string, string>>>;

  constructor(specs: readonly FunctionSpec[], options: LambdaOptions) {
    const limit = options.maxEnvironments ?? MAX_ENVIRONMENTS;
    this.#own = new Map(specs.map((spec) => [spec.name, spec.environment]));
    this.#pools = new Map(
      specs.map((spec) => {
        const start = () =>
          new ExecutionEnvironment(
            spec,
            `arn:aws:lambda:${LOCAL_REGION}:${LOCAL_ACCOUNT}:function:${spec.name}`,
            {
              ...environmentOf(spec, options.endpoints, options.identityOf(spec.name)),
              ...this.#changed.get(spec.name),
            },
            (line) => options.onLog?.({ functionName: spec.name, line }),
          );
        return [spec.name, new FunctionPool(start, limit)] as const;
      }),
    );
  }

  get names(): readonly string[] {
    return [...this.#pools.keys()];
  }

  has(name: string): boolean {
    return this.#pools.has(name);
  }

  /** Invokes a function with a JSON event; never rejects when the function fails. */
  async invoke(name: string, event: unknown): Promise<InvocationResult> {
    const text = JSON.stringify(event);
    const pool = this.#pool(name);
    if (Buffer.byteLength(text) > MAX_PAYLOAD_BYTES) {
      return refusedPayload('RequestEntityTooLargeException', Buffer.byteLength(text));
    }
    const result = await pool.invoke(text);
    const answered = result.ok ? Buffer.byteLength(result.payload) : 0;
    return answered > MAX_PAYLOAD_BYTES ? refusedPayload('Function.ResponseSizeTooLarge', answered) : result;
  }

  /** Starts one environment of each of these functions ahead of their first invocation; resolves when they have loaded. */
  async warm(names: readonly string[]): Promise<void> {
    await Promise.all(names.map((name) => this.#pool(name).warm()));
  }

  /** Ends a function's environments, like the loss of a host. Takes a name or an unambiguous part of one. */
  kill(name: string): Promise<number> {
    return this.#pool(name).kill();
  }

  /** Variables of a function, as GetFunctionConfiguration returns them. */
  variables(name: string): Readonly<Record<string, string>> {
    const full = this.nameOf(name);
    return this.#changed.get(full) ?? this.#own.get(full) ?? {};
  }

  /** Does what UpdateFunctionConfiguration does: every later invocation runs in a new environment. */
  async setVariables(name: string, variables: Readonly<Record<string, string>>): Promise<void> {
    const full = this.nameOf(name);
    const bytes = Buffer.byteLength(JSON.stringify(variables));
    if (bytes > MAX_VARIABLES_BYTES) {
      throw new AwsError(
        'InvalidParameterValueException',
        `Lambda was unable to configure your environment variables because the environment variables you have provided exceeded the 4KB limit (${bytes} bytes)`,
      );
    }
    this.#changed.set(full, variables);
    await this.#pool(full).recycle();
  }

  async close(): Promise<void> {
    await Promise.all([...this.#pools.values()].map((pool) => pool.close()));
  }

  /** The full name for a name or an unambiguous part of one. @throws UnknownFunctionError */
  nameOf(name: string): string {
    if (this.#pools.has(name)) return name;
    const [found, ...others] = this.names.filter((full) => comparable(full).includes(comparable(name)));
    if (found === undefined || others.length > 0) {
      throw new UnknownFunctionError(`no function "${name}"; there are ${this.names.join(', ')}`);
    }
    return found;
  }

  #pool(name: string): FunctionPool {
    return this.#pools.get(this.nameOf(name)) as FunctionPool;
  }
}

/** "transition-worker" finds "PayhooksTransitionWorker4F2A". */
const comparable = (name: string): string => name.toLowerCase().replaceAll(/[^a-z0-9]/g, '');

/** The exact environment of a function on Lambda, without any variable of this computer. */
export function environmentOf(
  spec: FunctionSpec,
  endpoints: Readonly<Record<string, string>>,
  identity: SigningIdentity,
): Readonly<Record<string, string>> {
  return {
    PATH: '/usr/local/bin:/usr/bin:/bin',
    TZ: ':UTC',
    LANG: 'en_US.UTF-8',
    AWS_REGION: LOCAL_REGION,
    AWS_DEFAULT_REGION: LOCAL_REGION,
    AWS_ACCESS_KEY_ID: identity.accessKeyId,
    AWS_SECRET_ACCESS_KEY: identity.secretAccessKey,
    AWS_SESSION_TOKEN: 'local',
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    AWS_LAMBDA_FUNCTION_NAME: spec.name,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(spec.memoryMb),
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${spec.name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: 'local',
    LAMBDA_TASK_ROOT: spec.codePath,
    _HANDLER: spec.handler,
    ...spec.environment,
    ...endpoints,
  };
}
