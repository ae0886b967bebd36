import { Duration, Validations } from 'aws-cdk-lib';
import { HttpMethod } from 'aws-cdk-lib/aws-apigatewayv2';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { REDIRECT_ROUTES } from '../names.ts';
import type { HttpApiGateway } from './http-api.ts';

export interface RedirectsProps {
  readonly gateway: HttpApiGateway;
  readonly handler: LambdaFunction;
}

const REDIRECT_TIMEOUT = Duration.seconds(10);
/** Shoppers, not machines: more is somebody trying nonces. */
const REDIRECT_THROTTLE = { rateLimit: 100, burstLimit: 200 };

/** Where Trustly's Lightbox sends shoppers back to. */
export class Redirects extends Construct {
  constructor(scope: Construct, id: string, { gateway, handler }: RedirectsProps) {
    super(scope, id);
    const integration = gateway.integration({ id: 'RedirectFunction', handler, timeout: REDIRECT_TIMEOUT });
    for (const [kind, path] of Object.entries(REDIRECT_ROUTES)) {
      const route = gateway.route({
        id: `Redirect${kind}`,
        path,
        method: HttpMethod.GET,
        integration,
        throttle: REDIRECT_THROTTLE,
      });
      Validations.of(route).acknowledge({
        id: 'AwsSolutions-APIG4',
        reason:
          'A shopper’s browser has no AWS credentials; the function verifies the nonce in the path and the provider’s signature.',
      });
    }
  }
}
