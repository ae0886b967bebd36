import { RemovalPolicy } from 'aws-cdk-lib';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { PROVIDERS, type ProviderName } from '../shared/payment/types.ts';
import type { Config } from './config.ts';
import { accessOf } from './constructs/access.ts';
import { Alarms } from './constructs/alarms.ts';
import { bundle } from './constructs/bundles.ts';
import { Checkout } from './constructs/checkout.ts';
import { BundledFunction } from './constructs/function.ts';
import { HttpApiGateway } from './constructs/http-api.ts';
import { Intake } from './constructs/intake.ts';
import { Keys } from './constructs/keys.ts';
import { Logs } from './constructs/logs.ts';
import { Queues } from './constructs/queues.ts';
import { Secrets } from './constructs/secrets.ts';
import { Tables } from './constructs/tables.ts';
import { EventTarget } from './constructs/target.ts';
import { Sweeper, Worker } from './constructs/workers.ts';
import { environmentOf } from './environment.ts';
import { FUNCTIONS, type FunctionName, functionsOf } from './functions.ts';
import { intakePath, resourceName } from './names.ts';

export interface PayhooksProps {
  /** From parseConfig. */
  readonly config: Config;
  /** Where the functions' sources are; another folder only in tests. */
  readonly sources?: string;
}

export interface AccountUrl {
  readonly provider: ProviderName;
  readonly account: string;
  /** Register exactly this with the provider. */
  readonly url: string;
}

/** Environments at work at a time, see Worker. The merchant's endpoint is called by few. */
const MAX_CONCURRENCY = { notifications: 20, fulfilment: 10 };

/**
 * All of Payhooks, for a merchant's own CDK app: `new Payhooks(stack, 'Payhooks', { config: parseConfig({…}) })`.
 * One per environment, AWS account and region, since secrets and tables have fixed names.
 */
export class Payhooks extends Construct {
  readonly urls: readonly AccountUrl[];
  readonly tables: Tables;
  readonly queues: Queues;
  readonly gateway: HttpApiGateway;
  /** Absent when the target is an HTTPS endpoint. */
  readonly target?: EventTarget;
  private readonly functions: Partial<Record<FunctionName, LambdaFunction>> = {};

  constructor(scope: Construct, id: string, { config, sources }: PayhooksProps) {
    super(scope, id);
    const { environment, retention } = config;
    const prefix = `payhooks-${environment}`;
    const removalPolicy = config.onRemoval === 'retain' ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;

    const keys = new Keys(this, 'Keys', { prefix, removalPolicy });
    const secrets = new Secrets(this, 'Secrets', { config, key: keys.secrets, removalPolicy });
    const logs = new Logs(this, 'Logs', {
      path: `/payhooks/${environment}`,
      retentionDays: retention.logDays,
      removalPolicy,
    });
    this.tables = new Tables(this, 'Tables', { prefix, key: keys.data, removalPolicy });
    this.queues = new Queues(this, 'Queues', {
      prefix,
      removalPolicy,
      consumerTimeoutSeconds: {
        notifications: FUNCTIONS['transition-worker'].timeoutSeconds,
        fulfilment: FUNCTIONS['fulfilment-worker'].timeoutSeconds,
      },
    });
    if (config.target.type === 'eventbridge') {
      this.target = new EventTarget(this, 'Target', {
        busName: prefix,
        log: logs.group('events', `/aws/events/${prefix}`),
        archiveDays: retention.evidenceDays,
        removalPolicy,
      });
    }

    this.addFunctions(config, { keys, secrets, logs }, sources);

    this.gateway = new HttpApiGateway(this, 'Gateway', {
      apiName: prefix,
      // Vended logs: no resource policy of ours that could grow too large.
      accessLog: logs.group('gateway', `/aws/vendedlogs/payhooks/${environment}`),
      customDomain: config.customDomain,
    });
    this.connect(environment);
    new Alarms(this, 'Alarms', { prefix, queues: this.queues, email: config.alarmEmail });
    this.urls = config.accounts.map((account) => ({
      provider: account.provider,
      account: account.account,
      url: `${this.gateway.url}${intakePath(account)}`,
    }));
  }

  /** Bundles and roles; who wakes them is said in `connect`. */
  private addFunctions(
    config: Config,
    { keys, secrets, logs }: { readonly keys: Keys; readonly secrets: Secrets; readonly logs: Logs },
    sources: string | undefined,
  ): void {
    const bus = this.target?.bus;
    const resources = {
      keys,
      secrets,
      queues: this.queues,
      tables: this.tables,
      ...(bus === undefined ? {} : { bus }),
    };
    const names = functionsOf(config);
    const bundles = bundle({
      functions: names,
      accounts: config.accounts,
      ...(sources === undefined ? {} : { sources }),
    });
    for (const name of names) {
      const spec = FUNCTIONS[name];
      this.functions[name] = new BundledFunction(this, name, {
        name,
        functionName: resourceName(config.environment, name),
        spec,
        bundle: bundles.folderOf(name),
        environment: environmentOf(config, spec, resources),
        access: accessOf(this, name, spec, resources),
        logGroup: logs.group(name),
      }).function;
    }
    // Assets are copied when the construct is made.
    bundles.remove();
  }

  /** Routes, event sources and the schedule: who wakes which function. */
  private connect(environment: Config['environment']): void {
    const { gateway, queues } = this;
    new Intake(this, 'Intake', {
      gateway,
      functions: Object.fromEntries(
        PROVIDERS.flatMap((provider) => {
          const handler = this.functions[`intake-${provider}`];
          return handler === undefined ? [] : [[provider, handler]];
        }),
      ),
    });
    new Checkout(this, 'Checkout', { gateway, handler: this.function('checkout') });
    for (const [id, name] of [
      ['Transitions', 'transition-worker'],
      ['Fulfilments', 'fulfilment-worker'],
    ] as const) {
      const queue = FUNCTIONS[name].consumes;
      if (queue === undefined) continue;
      new Worker(this, id, {
        worker: this.function(name),
        queue: queues.queues[queue],
        maxConcurrency: MAX_CONCURRENCY[queue],
      });
    }
    new Sweeper(this, 'Sweeps', {
      sweeper: this.function('sweeper'),
      ruleName: resourceName(environment, 'sweeps'),
    });
  }

  /** A function by its name in functions.ts. @throws when this configuration has no use for it */
  function(name: FunctionName): LambdaFunction {
    const found = this.functions[name];
    if (found === undefined) throw new Error(`this configuration needs no function ${name}`);
    return found;
  }
}
