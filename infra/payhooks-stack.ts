import { CfnOutput, CfnResource, Stack, type StackProps, Tags } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { defined } from '../shared/payment/defined.ts';
import { type Config, checkedConfig } from './config.ts';
import { checkoutArn } from './constructs/grants.ts';
import { CHECKOUT_ROUTE, pascal, secretNames } from './names.ts';
import { Payhooks } from './payhooks.ts';
import { ConfigError } from './problems.ts';
import { stackProblems } from './rules.ts';
import type { Settings } from './settings.ts';

export interface PayhooksStackProps extends StackProps {
  /** A result of parseConfig, or the settings themselves. */
  readonly config: Config | Settings;
  readonly sources?: string;
}

/** CloudFormation takes 1 MB; a third of a template is indentation, and each account adds alarms. */
const MANY_ACCOUNTS = 50;

/** One environment of Payhooks as a stack of its own; its outputs contain what an operator needs. */
export class PayhooksStack extends Stack {
  readonly payhooks: Payhooks;

  constructor(scope: Construct, id: string, { config: given, sources, ...props }: PayhooksStackProps) {
    const config = checkedConfig(given);
    super(scope, id, {
      description: `Payhooks (${config.environment}): payment webhooks of Trustly and Paymentwall`,
      // Nobody may remove a live stack by accident.
      terminationProtection: config.environment === 'live',
      suppressTemplateIndentation: config.accounts.length > MANY_ACCOUNTS,
      ...props,
    });
    Tags.of(this).add('application', 'payhooks');
    Tags.of(this).add('environment', config.environment);
    for (const [name, value] of Object.entries(config.tags)) Tags.of(this).add(name, value);
    this.payhooks = new Payhooks(this, 'Payhooks', { config, ...defined({ sources }) });

    for (const { provider, account, url } of this.payhooks.urls) {
      const id = `Url${pascal(provider)}${pascal(account)}`;
      const secret = secretNames.account(config.environment, { provider, account });
      this.output(
        id,
        url,
        `Register this with ${provider} for "${account}"; its credentials: secret ${secret}`,
      );
    }
    const { tables, queues, gateway, target } = this.payhooks;
    this.output('Table', tables.main.tableName, 'Payments, orders, effects and evidence');
    this.output('NotificationsQueue', queues.queues.notifications.queueUrl, 'Verified notifications');
    this.output('FulfilmentQueue', queues.queues.fulfilment.queueUrl, 'Effects to deliver');
    if (target !== undefined)
      this.output('Bus', target.bus.eventBusName, "Where the merchant's rules listen");
    this.output('ApiUrl', gateway.url, 'Where the API answers');
    this.output(
      'CheckoutUrl',
      `${gateway.ownUrl}${CHECKOUT_ROUTE}`,
      'Where your server registers orders (SigV4, which signs the host: never through CloudFront)',
    );
    this.output(
      'CheckoutArn',
      checkoutArn({ apiId: gateway.apiId, stack: this }),
      'Allow execute-api:Invoke on it to the role of your server',
    );
    if (gateway.domainTarget !== undefined) {
      this.output('DomainTarget', gateway.domainTarget, 'Point the DNS name of the custom domain here');
    }
    // CDK's own refusal is a stack trace.
    const resources = this.node.findAll().filter((node) => CfnResource.isCfnResource(node)).length;
    const problems = stackProblems(resources, config.accounts.length);
    if (problems.length > 0) throw new ConfigError(problems);
  }

  private output(id: string, value: string, description: string): void {
    new CfnOutput(this, id, { value, description });
  }
}
