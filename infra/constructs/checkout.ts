/** Routes of the checkout: those of the merchant's server, and those to which shoppers come back. */
import { type Duration, Validations } from 'aws-cdk-lib';
import { HttpMethod } from 'aws-cdk-lib/aws-apigatewayv2';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { CHANGES_ROUTE, CHECKOUT_ROUTE, REDIRECT_ROUTES, REFUNDS_ROUTE } from '../names.ts';
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
  constructor(scope: Construct, id: string, { gateway, handler, timeout, throttle }: CheckoutProps) {
    super(scope, id);
    const integration = gateway.integration({ id: 'CheckoutFunction', handler, timeout });
    for (const [id, path] of [
      ['Checkout', CHECKOUT_ROUTE],
      ['CheckoutChanges', CHANGES_ROUTE],
      ['CheckoutRefunds', REFUNDS_ROUTE],
    ] as const) {
      gateway.route({ id, path, method: HttpMethod.POST, integration, throttle, iam: true });
    }
  }
}

/** The routes to which Trustly's Lightbox sends shoppers back. */
export class Redirects extends Construct {
  constructor(scope: Construct, id: string, { gateway, handler, timeout, throttle }: CheckoutProps) {
    super(scope, id);
    const integration = gateway.integration({ id: 'RedirectFunction', handler, timeout });
    for (const [kind, path] of Object.entries(REDIRECT_ROUTES)) {
      const route = { id: `Redirect${kind}`, path, method: HttpMethod.GET, integration, throttle };
      Validations.of(gateway.route(route)).acknowledge({
        id: 'AwsSolutions-APIG4',
        reason:
          'A shopper’s browser has no AWS credentials; the function verifies the nonce in the path and the provider’s signature.',
      });
    }
  }
}
