/** The providers' APIs on this computer: they know what their senders sent here, and what a test adds. */
import type { Credentials } from '../../template/credentials.ts';
import type { FunctionSpec } from '../../template/template.ts';
import { FakePaymentwall } from './paymentwall.ts';
import { FakeTrustlyAmericas } from './trustly-americas.ts';

const VARIABLE = 'PAYHOOKS_PROVIDER_APIS';

export class ProviderFakes {
  readonly trustlyAmericas: FakeTrustlyAmericas;
  readonly paymentwall: FakePaymentwall;

  constructor(credentials: Credentials) {
    const currents = (provider: string): readonly Readonly<Record<string, unknown>>[] =>
      Object.entries(credentials)
        .filter(([name]) => name.startsWith(`${provider}/`))
        .map(([, { current }]) => (current ?? {}) as Readonly<Record<string, unknown>>);
    this.trustlyAmericas = new FakeTrustlyAmericas(Date.now, (id, key) =>
      currents('trustly-americas').some(({ accessId, accessKey }) => accessId === id && accessKey === key),
    );
    const projects = () => currents('paymentwall');
    this.paymentwall = new FakePaymentwall(
      (key) => {
        const secret = projects().find(({ projectKey }) => projectKey === key)?.secretKey;
        return typeof secret === 'string' ? secret : undefined;
      },
      (key) => projects().some(({ secretKey }) => secretKey === key),
    );
  }

  /** Records an event that intake accepted (so its sender is genuine) as a transaction of the provider. */
  accepted(functionName: string, event: unknown): void {
    const {
      body = '',
      isBase64Encoded,
      rawQueryString = '',
    } = event as {
      readonly body?: string;
      readonly isBase64Encoded?: boolean;
      readonly rawQueryString?: string;
    };
    if (functionName.endsWith('intake-trustly-americas')) {
      const text = isBase64Encoded === true ? Buffer.from(body, 'base64').toString('utf8') : body;
      this.trustlyAmericas.accepted(Object.fromEntries(new URLSearchParams(text)));
    }
    if (functionName.endsWith('intake-paymentwall')) {
      this.paymentwall.accepted(Object.fromEntries(new URLSearchParams(rawQueryString)));
    }
  }
}

export const pollsProviders = ({ environment }: FunctionSpec): boolean => environment[VARIABLE] !== undefined;

/** The spec of a function that calls the fakes instead of the documented hosts. */
export const pollingFakes = (
  spec: FunctionSpec,
  urls: { readonly 'trustly-americas': string; readonly paymentwall: string },
): FunctionSpec => ({
  ...spec,
  environment: { ...spec.environment, [VARIABLE]: JSON.stringify(urls) },
});
