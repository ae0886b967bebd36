import { Duration, Validations } from 'aws-cdk-lib';
import { type HttpIntegration, HttpMethod } from 'aws-cdk-lib/aws-apigatewayv2';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { asksQuestions } from '../../shared/providers/account.ts';
import type { Account, ProviderName } from '../../shared/providers/index.ts';
import { elsewhereRoute, intakePath, intakeRoute, pascal } from '../names.ts';
import type { Throttle, Throttles } from '../throttles.ts';
import type { HttpApiGateway } from './http-api.ts';

export interface IntakeProps {
  readonly gateway: HttpApiGateway;
  readonly accounts: readonly Account[];
  /** One function per provider that has an account. */
  readonly functions: Readonly<Partial<Record<ProviderName, IFunction>>>;
  /** The functions that serve accounts with questions. */
  readonly decisions: Readonly<Partial<Record<ProviderName, IFunction>>>;
  readonly throttles: Throttles;
}

/** A backstop: intake's own deadline is 2.5 s after the gateway took the request, and providers wait 3 s. */
const INTAKE_TIMEOUT = Duration.millis(2_900);
/**
 * Each route is one of the 500 resources of a stack (test/infra/large.test.ts); accounts beyond this number share the
 * route of their provider.
 */
export const MAX_OWN_ROUTES = 95;

/**
 * One public route per account, so that a flood on one account does not use up the throttle of another, and one route
 * per provider for the other accounts. A literal path wins over one with a parameter
 * (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html, "Routing API requests").
 * ANY, so that we answer a wrong method with 405, instead of the gateway with 404. One more route per provider takes
 * all other paths below its addresses: the gateway's own 404 does not name the provider whose registered address is
 * wrong.
 */
export class Intake extends Construct {
  constructor(scope: Construct, id: string, props: IntakeProps) {
    super(scope, id);
    const { gateway, accounts, functions, decisions, throttles } = props;
    const integrationOf = (name: string, handler: IFunction): HttpIntegration =>
      gateway.integration({ id: `${name}Function`, handler, timeout: INTAKE_TIMEOUT });
    const add = (name: string, path: string, integration: HttpIntegration, throttle: Throttle) => {
      const route = gateway.route({ id: name, path, method: HttpMethod.ANY, integration, throttle });
      Validations.of(route).acknowledge({
        id: 'AwsSolutions-APIG4',
        reason:
          'Providers authenticate by signing each request; the function verifies that signature before anything else. They cannot sign for AWS.',
      });
    };
    const ownRoutes = accounts.length <= MAX_OWN_ROUTES;
    const shared: Partial<Record<ProviderName, HttpIntegration>> = {};
    for (const [provider, handler] of Object.entries(functions) as [ProviderName, IFunction][]) {
      const name = pascal(provider);
      shared[provider] = integrationOf(name, handler);
      const throttle = ownRoutes ? throttles.strangers : throttles.intake;
      add(name, intakeRoute(provider), shared[provider], throttle);
      add(`${name}Elsewhere`, elsewhereRoute(provider), shared[provider], throttles.strangers);
    }
    const withQuestions: Partial<Record<ProviderName, HttpIntegration>> = {};
    for (const [provider, handler] of Object.entries(decisions) as [ProviderName, IFunction][])
      withQuestions[provider] = integrationOf(`${pascal(provider)}Decisions`, handler);
    for (const account of accounts) {
      const asks = asksQuestions(account);
      const integration = (asks ? withQuestions : shared)[account.provider];
      if (integration === undefined || !(asks || ownRoutes)) continue;
      const name = `${pascal(account.provider)}Account${pascal(account.account)}`;
      add(name, intakePath(account), integration, throttles.intake);
    }
  }
}
