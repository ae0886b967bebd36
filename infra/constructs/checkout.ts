import type { Duration } from 'aws-cdk-lib';
import { HttpMethod } from 'aws-cdk-lib/aws-apigatewayv2';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { CHANGES_ROUTE, CHECKOUT_ROUTE, REFUNDS_ROUTE } from '../names.ts';
import type { Throttle } from '../throttles.ts';
import type { HttpApiGateway } from './http-api.ts';

export interface CheckoutProps {
  readonly gateway: HttpApiGateway;
  readonly handler: IFunction;
  /** Timeout of the function; the gateway waits as long. */
  readonly timeout: Duration;
  readonly throttle: Throttle;
}

/** The merchant's own routes: callers sign with SigV4 and need execute-api:Invoke on each route that they use. */
export class Checkout extends Construct {
  constructor(scope: Construct, id: string, props: CheckoutProps) {
    super(scope, id);
    const { gateway, handler, timeout, throttle } = props;
    const integration = gateway.integration({ id: 'CheckoutFunction', handler, timeout });
    for (const [id, path] of [
      ['Checkout', CHECKOUT_ROUTE],
      ['CheckoutChanges', CHANGES_ROUTE],
      ['CheckoutRefunds', REFUNDS_ROUTE],
    ] as const) {
      gateway.route({
        id,
        path,
        method: HttpMethod.POST,
        integration,
        throttle,
        iam: true,
      });
    }
  }
}
