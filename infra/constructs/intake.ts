import { Duration, Validations } from 'aws-cdk-lib';
import { HttpMethod, type HttpRoute } from 'aws-cdk-lib/aws-apigatewayv2';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { ProviderName } from '../../shared/payment/types.ts';
import { INTAKE_ROUTES, pascal } from '../names.ts';
import type { HttpApiGateway } from './http-api.ts';

export interface IntakeProps {
  readonly gateway: HttpApiGateway;
  /** One function per provider that has an account. */
  readonly functions: Readonly<Partial<Record<ProviderName, LambdaFunction>>>;
}

/** A backstop: intake's own deadline is 2.5 s after the gateway took the request, and senders wait 3 s. */
const INTAKE_TIMEOUT = Duration.millis(2_900);
/** Requests per second and route; beyond it the gateway answers 429, and providers retry. */
const INTAKE_THROTTLE = { rateLimit: 500, burstLimit: 1_000 };

/** One public route per provider. ANY, so that a wrong method is answered 405 by us and not 404 by the gateway. */
export class Intake extends Construct {
  readonly routes: readonly HttpRoute[];

  constructor(scope: Construct, id: string, { gateway, functions }: IntakeProps) {
    super(scope, id);
    const made: HttpRoute[] = [];
    for (const [provider, handler] of Object.entries(functions) as [ProviderName, LambdaFunction][]) {
      const route = gateway.route({
        id: pascal(provider),
        path: INTAKE_ROUTES[provider],
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
    }
    this.routes = made;
  }
}
