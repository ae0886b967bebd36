import { Annotations, Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { AlarmBase, IAlarmAction, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { Grant, IGrantable, IRole } from 'aws-cdk-lib/aws-iam';
import type { Alias, IFunction, Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { LogGroup } from 'aws-cdk-lib/aws-logs';
import { DISABLE_ASSET_STAGING_CONTEXT } from 'aws-cdk-lib/cx-api';
import { Construct } from 'constructs';
import type { Dimensions, MetricName } from '../shared/app/platform/metrics.ts';
import { defined } from '../shared/payment/defined.ts';
import type { Environment } from '../shared/payment/types.ts';
import type { ProviderName } from '../shared/providers/index.ts';
import { PROVIDERS } from '../shared/providers/index.ts';
import { type Config, checkedConfig } from './config.ts';
import { accessOf } from './constructs/access.ts';
import { Alarms } from './constructs/alarms.ts';
import { bundle } from './constructs/bundles.ts';
import { Checkout, Redirects } from './constructs/checkout.ts';
import { Dashboards } from './constructs/dashboards.ts';
import { BundledFunction } from './constructs/function.ts';
import { grantCheckout, grantReadVault } from './constructs/grants.ts';
import { HttpApiGateway } from './constructs/http-api.ts';
import { Intake } from './constructs/intake.ts';
import { Keys } from './constructs/keys.ts';
import { Logs } from './constructs/logs.ts';
import { gatewayMetric, OwnMetrics, type Reading } from './constructs/metrics.ts';
import { Queries } from './constructs/queries.ts';
import { Queues } from './constructs/queues.ts';
import { Rollout } from './constructs/rollout.ts';
import { Secrets } from './constructs/secrets.ts';
import { Tables } from './constructs/tables.ts';
import { EventTarget } from './constructs/target.ts';
import { Vault } from './constructs/vault.ts';
import { Polling, Scheduled, Worker } from './constructs/workers.ts';
import { environmentOf } from './environment.ts';
import { hasAlias, kindOf, specOf } from './function-settings.ts';
import {
  FUNCTIONS,
  type FunctionName,
  functionsOf,
  hasCheckout,
  hasShipping,
  hasVault,
} from './functions.ts';
import { intakePath, resourceName } from './names.ts';
import { refuseOtherPartition, refuseSecond } from './placement.ts';
import { ConfigError } from './problems.ts';
import { clockProblems } from './rules.ts';
import type { Settings } from './settings.ts';
import { warningsOf } from './warnings.ts';

export interface PayhooksProps {
  /** A result of parseConfig, or the settings themselves: the keys of docs/construct.md, with the same checks. */
  readonly config: Config | Settings;
  /** Folder of the functions' sources; only tests give another one. */
  readonly sources?: string;
}

export interface AccountUrl {
  readonly provider: ProviderName;
  readonly account: string;
  /** The exact URL to register with the provider. */
  readonly url: string;
}

/** Alarms that roll a new version back. */
const ROLLS_BACK = ['own-5xx', 'answer-latency', 'worker-errors'];

const aliasOf = ({ functions }: Config, name: FunctionName) =>
  kindOf(name) === 'intake'
    ? defined({ provisionedConcurrency: functions.intake.provisionedConcurrency })
    : {};

/** No provider waits for these; if one fails, its work is late. */
const WORKERS: readonly FunctionName[] = [
  'transition-worker',
  'fulfilment-worker',
  'sweeper',
  'confirmer',
  'reconciler',
  'probe',
];

/**
 * All of Payhooks, for a merchant's own CDK app: `new Payhooks(stack, 'Payhooks', { config: { environment: 'live', … }
 * })`. One per environment, AWS account and region, since secrets and tables have fixed names.
 */
export class Payhooks extends Construct {
  readonly environment: Environment;
  readonly urls: readonly AccountUrl[];
  readonly tables: Tables;
  readonly queues: Queues;
  readonly gateway: HttpApiGateway;
  /** Absent when the target is an HTTPS endpoint. */
  readonly target?: EventTarget;
  /** Absent: no account has a key for splitTokens. */
  readonly vault?: Vault;
  /** ARN of the secret of CloudFront's header; absent when `edgeHeader` is "off". */
  readonly edgeSecretArn?: string;
  /** For alarm actions of your own. */
  readonly alarms: readonly AlarmBase[];
  private readonly functions: Partial<Record<FunctionName, LambdaFunction>> = {};
  private readonly aliases: Partial<Record<FunctionName, Alias>> = {};
  private readonly functionLogs: LogGroup[] = [];

  constructor(scope: Construct, id: string, { config: given, sources }: PayhooksProps) {
    super(scope, id);
    const config = checkedConfig(given);
    this.environment = config.environment;
    refuseSecond(this);
    refuseOtherPartition(this);
    const late = clockProblems(config.accounts, new Date());
    if (late.length > 0) throw new ConfigError(late);
    for (const { id: warning, text } of warningsOf(config)) Annotations.of(this).addWarningV2(warning, text);
    const { environment, retention } = config;
    const prefix = `payhooks-${environment}`;
    // Not plain RETAIN: after a failed first deployment, empty resources would stay and block the names of the next
    // one.
    const removalPolicy =
      config.onRemoval === 'retain' ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY;

    const keys = new Keys(this, 'Keys', { prefix, removalPolicy });
    const secrets = new Secrets(this, 'Secrets', { config, key: keys.secrets, removalPolicy });
    if (secrets.edge !== undefined) this.edgeSecretArn = secrets.edge.ref;
    const logs = new Logs(this, 'Logs', {
      environment,
      retentionDays: retention.logDays,
      accessLogDays: retention.accessLogDays,
      removalPolicy,
    });
    this.tables = new Tables(this, 'Tables', { prefix, key: keys.data, removalPolicy });
    this.queues = new Queues(this, 'Queues', {
      prefix,
      removalPolicy,
      consumerTimeoutSeconds: {
        notifications: config.functions['transition-worker'].timeoutSeconds,
        fulfilment: config.functions['fulfilment-worker'].timeoutSeconds,
      },
      ships: hasShipping(config),
    });
    if (config.target.type === 'eventbridge') {
      this.target = new EventTarget(this, 'Target', {
        busName: prefix,
        log: config.target.log ? logs.groups.events : undefined,
        archiveDays: retention.evidenceDays,
        removalPolicy,
      });
    }

    if (hasVault(config)) {
      const { captureRoleArn } = config;
      this.vault = new Vault(this, 'Vault', { environment, removalPolicy, captureRoleArn });
    }

    const accessLog = logs.groups.gateway;
    this.gateway = new HttpApiGateway(this, 'Gateway', {
      apiName: prefix,
      accessLog,
      customDomain: config.customDomain,
      publicUrl: config.publicUrl,
    });
    this.addFunctions(config, { keys, secrets, logs }, sources);
    this.target?.onlyFrom(this.speakers());
    this.connect(config);
    this.schedule(config);
    this.alarms = this.watch(config, accessLog);
    this.urls = config.accounts.map((account) => ({
      provider: account.provider,
      account: account.account,
      url: `${this.gateway.url}${intakePath(account)}`,
    }));
  }

  /** Makes bundles, roles and functions; `connect` and `schedule` add what invokes them. */
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
      url: this.gateway.url,
      ...defined({ bus, vault: this.vault }),
    };
    const names = functionsOf(config);
    const bundles = bundle({
      functions: names,
      accounts: config.accounts,
      ...defined({ sources }),
    });
    for (const name of names) {
      const spec = specOf(config, name);
      const logGroup = logs.groups[name];
      this.functionLogs.push(logGroup);
      const made = new BundledFunction(this, name, {
        name,
        functionName: resourceName(config.environment, name),
        spec,
        bundle: bundles.folderOf(name),
        environment: environmentOf(config, spec, resources),
        access: accessOf(this, name, spec, resources),
        tracing: config.tracing,
        logGroup,
        alias: hasAlias(config, name) ? aliasOf(config, name) : undefined,
      });
      this.functions[name] = made.function;
      if (made.alias !== undefined) this.aliases[name] = made.alias;
    }
    // CDK copies assets when the construct is made; `cdk synth --no-staging` leaves them where they are.
    if (this.node.tryGetContext(DISABLE_ASSET_STAGING_CONTEXT) !== true) bundles.remove();
  }

  /** Roles of the functions that deliver to the merchant. */
  private speakers(): readonly IRole[] {
    return (Object.keys(this.functions) as FunctionName[]).flatMap((name) => {
      const role = this.functions[name]?.role;
      return FUNCTIONS[name].delivers && role !== undefined ? [role] : [];
    });
  }

  /** Routes and event sources: what invokes which function. */
  private connect(config: Config): void {
    const { accounts, functions, throttles } = config;
    const { gateway, queues } = this;
    const intakes = (of: (provider: ProviderName) => FunctionName) =>
      Object.fromEntries(
        PROVIDERS.flatMap((provider) => {
          const name = of(provider);
          return this.functions[name] === undefined ? [] : [[provider, this.called(name)]];
        }),
      );
    new Intake(this, 'Intake', {
      gateway,
      accounts,
      functions: intakes((provider) => `intake-${provider}`),
      decisions: intakes((provider) => `intake-${provider}-decisions`),
      throttles,
    });
    new Checkout(this, 'Checkout', {
      gateway,
      handler: this.called('checkout'),
      timeout: Duration.seconds(functions.checkout.timeoutSeconds),
      throttle: throttles.checkout,
    });
    if (hasCheckout(config))
      new Redirects(this, 'Redirects', {
        gateway,
        handler: this.called('redirect'),
        timeout: Duration.seconds(functions.redirect.timeoutSeconds),
        throttle: throttles.redirects,
      });
    for (const [id, name] of [
      ['Transitions', 'transition-worker'],
      ['Fulfilments', 'fulfilment-worker'],
    ] as const) {
      const queue = FUNCTIONS[name].consumes;
      if (queue === undefined) continue;
      new Worker(this, id, {
        worker: this.called(name),
        queue: queues.queues[queue],
        maxConcurrency: functions[name].maxConcurrency,
      });
    }
  }

  /** Schedules, and the merchant's shipping reports. */
  private schedule({ environment }: Config): void {
    const { confirmer, reconciler, probe } = this.functions;
    if (confirmer !== undefined) {
      const { lostReports } = this.queues;
      new Polling(this, 'Asking', { confirmer, reconciler, environment, lostReports });
    }
    new Scheduled(this, 'Sweeps', {
      handler: this.function('sweeper'),
      ruleName: resourceName(environment, 'sweeps'),
      description: 'Payhooks: publishes again what is not final',
      every: Duration.minutes(1),
    });
    if (probe !== undefined) {
      new Scheduled(this, 'Probes', {
        handler: probe,
        ruleName: resourceName(environment, 'probes'),
        description: 'Payhooks: tries its own public address',
        every: Duration.minutes(5),
      });
    }
  }

  /** Alarms, dashboards and saved queries. */
  private watch(config: Config, accessLog: LogGroup): readonly AlarmBase[] {
    const { environment } = config;
    const watched = {
      apiId: this.gateway.apiId,
      queues: this.queues,
      tables: this.tables,
      vault: this.vault,
      functions: Object.values(this.functions),
      workers: WORKERS.flatMap((name) => this.functions[name] ?? []),
      sweeper: this.function('sweeper'),
    };
    const made = new Alarms(this, 'Alarms', { ...watched, config });
    const { alarms } = made;
    if (config.rollout === 'canary') {
      new Rollout(this, 'Rollout', {
        prefix: `payhooks-${environment}`,
        aliases: this.aliases,
        alarms: ROLLS_BACK.map((name) => made.named(name)),
      });
    }
    const logs = this.functionLogs;
    new Dashboards(this, 'Dashboards', { ...watched, config, alarms, logGroups: logs });
    new Queries(this, 'Queries', { environment, functions: logs, gateway: accessLog });
    return alarms;
  }

  /** What routes and queues call: the alias if there is one, or the function. */
  private called(name: FunctionName): IFunction {
    // CDK's alias does not fit its interface under exactOptionalPropertyTypes.
    return (this.aliases[name] as IFunction | undefined) ?? this.function(name);
  }

  /** Lets a server of the merchant register orders, their changes and refunds (SigV4). */
  grantCheckout(grantee: IGrantable): Grant {
    return grantCheckout(this.gateway, grantee);
  }

  /**
   * Lets the merchant's capture code read sealed splitTokens and the private key that opens them. With `captureRoleArn`
   * the grantee must be that very role: all others are denied the key.
   *
   * @throws Error when no account has a "splitTokenKey"
   */
  grantReadVault(grantee: IGrantable): void {
    if (this.vault === undefined) throw new Error(`${this.node.path}: no account has a "splitTokenKey"`);
    grantReadVault(this.vault, grantee);
  }

  /** Adds these actions to every alarm that has actions. */
  addAlarmAction(...actions: readonly IAlarmAction[]): void {
    for (const alarm of this.alarms) alarm.addAlarmAction(...actions);
  }

  /** A metric of docs/tables/metrics.md. @throws Error when it is not published under these dimensions */
  metric(name: MetricName, options: Reading = {}, dimensions: Dimensions = {}): Metric {
    return new OwnMetrics(this.environment).of(name, options, dimensions);
  }

  /** Notifications that were verified and queued. */
  metricAccepted(options?: Reading): Metric {
    return this.metric('Accepted', options);
  }

  /** Requests that were refused (4xx). */
  metricRefused(options?: Reading): Metric {
    return this.metric('Refused', options);
  }

  /** Payments that are held now. */
  metricHeldPayments(options?: Reading): Metric {
    return this.metric('PaymentsHeldNow', { statistic: 'Maximum', ...options });
  }

  /** From the creation of an effect to its delivery, in milliseconds. */
  metricFulfilmentLag(options?: Reading): Metric {
    return this.metric('FulfilmentLag', { statistic: 'p99', ...options });
  }

  /** Latency of all answers of the API, in milliseconds. */
  metricAnswerLatency(options?: Reading): Metric {
    return gatewayMetric(this.gateway.apiId, 'Latency', { statistic: 'p99', ...options });
  }

  /** A function by its name in functions.ts. @throws Error when this configuration does not have it */
  function(name: FunctionName): LambdaFunction {
    const found = this.functions[name];
    if (found === undefined) throw new Error(`this configuration needs no function ${name}`);
    return found;
  }
}
