import { Duration } from 'aws-cdk-lib';
import { HttpMethod } from 'aws-cdk-lib/aws-apigatewayv2';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { CHECKOUT_ROUTE } from '../names.ts';
import type { HttpApiGateway } from './http-api.ts';

export interface CheckoutProps {
  readonly gateway: HttpApiGateway;
  readonly handler: LambdaFunction;
}

const CHECKOUT_TIMEOUT = Duration.seconds(10);
const CHECKOUT_THROTTLE = { rateLimit: 100, burstLimit: 200 };

/** The merchant's own route: callers sign with SigV4 and need execute-api:Invoke on it. */
export class Checkout extends Construct {
  constructor(scope: Construct, id: string, { gateway, handler }: CheckoutProps) {
    super(scope, id);
    gateway.route({
      id: 'Checkout',
      path: CHECKOUT_ROUTE,
      method: HttpMethod.POST,
      integration: gateway.integration({ id: 'CheckoutFunction', handler, timeout: CHECKOUT_TIMEOUT }),
      throttle: CHECKOUT_THROTTLE,
      iam: true,
    });
  }
}
