import { Duration, Validations } from 'aws-cdk-lib';
import { HttpMethod, type HttpRoute } from 'aws-cdk-lib/aws-apigatewayv2';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { ProviderName } from '../../shared/payment/types.ts';
import type { Account } from '../../shared/providers/provider.ts';
import { INTAKE_ROUTES, intakePath, pascal } from '../names.ts';
import type { HttpApiGateway } from './http-api.ts';

export interface IntakeProps {
  readonly gateway: HttpApiGateway;
  /** One function per provider that has an account. */
  readonly functions: Readonly<Partial<Record<ProviderName, LambdaFunction>>>;
  /** Accounts with questions, and the function that answers for them. */
  readonly decisions: { readonly accounts: readonly Account[]; readonly handler: LambdaFunction } | undefined;
}

/** A backstop: intake's own deadline is 2.5 s after the gateway took the request, and senders wait 3 s. */
const INTAKE_TIMEOUT = Duration.millis(2_900);
/** Requests per second and route; beyond it the gateway answers 429, and providers retry. */
const INTAKE_THROTTLE = { rateLimit: 500, burstLimit: 1_000 };

/**
 * One public route per provider, and one per account with questions: a path in letters wins over one with a parameter
 * (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html, "Routing API requests").
 * ANY, so that a wrong method is answered 405 by us and not 404 by the gateway.
 */
export class Intake extends Construct {
  readonly routes: readonly HttpRoute[];

  constructor(scope: Construct, id: string, { gateway, functions, decisions }: IntakeProps) {
    super(scope, id);
    const made: HttpRoute[] = [];
    const add = (name: string, path: string, handler: LambdaFunction) => {
      const route = gateway.route({
        id: name,
        path,
        method: HttpMethod.ANY,
        handler,
        timeout: INTAKE_TIMEOUT,
        throttle: INTAKE_THROTTLE,
      });
      Validations.of(route).acknowledge({
        id: 'AwsSolutions-APIG4',
        reason:
          'Providers authenticate by signing each request; the function verifies that signature before anything else. They cannot sign for AWS.',
      });
      made.push(route);
    };
    for (const [provider, handler] of Object.entries(functions) as [ProviderName, LambdaFunction][]) {
      add(pascal(provider), INTAKE_ROUTES[provider], handler);
    }
    for (const account of decisions?.accounts ?? []) {
      const name = `${pascal(account.provider)}Decisions${pascal(account.account)}`;
      if (decisions !== undefined) add(name, intakePath(account), decisions.handler);
    }
    this.routes = made;
  }
}
