import { type Duration, Validations } from 'aws-cdk-lib';
import { HttpMethod } from 'aws-cdk-lib/aws-apigatewayv2';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { REDIRECT_ROUTES } from '../names.ts';
import type { Throttle } from '../throttles.ts';
import type { HttpApiGateway } from './http-api.ts';

export interface RedirectsProps {
  readonly gateway: HttpApiGateway;
  readonly handler: IFunction;
  /** Timeout of the function; the gateway waits as long. */
  readonly timeout: Duration;
  readonly throttle: Throttle;
}

/** The routes to which Trustly's Lightbox sends shoppers back. */
export class Redirects extends Construct {
  constructor(scope: Construct, id: string, props: RedirectsProps) {
    super(scope, id);
    const { gateway, handler, timeout, throttle } = props;
    const integration = gateway.integration({ id: 'RedirectFunction', handler, timeout });
    for (const [kind, path] of Object.entries(REDIRECT_ROUTES)) {
      const route = gateway.route({
        id: `Redirect${kind}`,
        path,
        method: HttpMethod.GET,
        integration,
        throttle,
      });
      Validations.of(route).acknowledge({
        id: 'AwsSolutions-APIG4',
        reason:
          'A shopper’s browser has no AWS credentials; the function verifies the nonce in the path and the provider’s signature.',
      });
    }
  }
}
