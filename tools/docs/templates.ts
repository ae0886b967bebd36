/** Templates for the rendered pages: of the smallest configuration, and of one that uses everything. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseConfig } from '../../infra/config.ts';
import { FUNCTIONS } from '../../infra/functions.ts';
import { synthesize } from '../../infra/synth.ts';

// biome-ignore lint/suspicious/noExplicitAny: a template is read as it is; a wrong path renders nothing and fails the test
export type Properties = Readonly<Record<string, any>>;
export interface Resource {
  readonly Type: string;
  readonly Properties?: Properties;
  readonly DeletionPolicy?: string;
}
export type Resources = Readonly<Record<string, Resource>>;

const accounts = [
  { provider: 'trustly-americas', account: 'shop' },
  { provider: 'trustly-europe', account: 'shop' },
  { provider: 'paymentwall', account: 'shop', api: 'digital_goods', signatureVersion: 3 },
] as const;
const [americas, europe, paymentwall] = accounts;

/** Every key that is absent here has its default. */
export const SMALLEST = { environment: 'sandbox', target: { type: 'eventbridge' }, accounts };

/** With the other target type. */
export const TO_ENDPOINT = { ...SMALLEST, target: { type: 'https', url: 'https://shop.example/events' } };

const page = 'https://shop.example/';
/** A point of the curve: the public key of RFC 7517, A.1. */
const point = {
  x: 'MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4',
  y: '4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM',
};
/** A configuration with every part that depends on a setting. */
export const EVERYTHING = {
  ...SMALLEST,
  alarmEmail: 'on-call@shop.example',
  publicUrl: 'https://pay.shop.example',
  edgeHeader: 'require',
  customDomain: {
    name: 'pay.shop.example',
    certificateArn: 'arn:aws:acm:eu-west-1:123456789012:certificate/00000000-0000-0000-0000-000000000000',
    hostedZoneId: 'Z0123456789ABCDEFGHIJ',
  },
  captureRoleArn: 'arn:aws:iam::123456789012:role/capture',
  accounts: [
    {
      ...americas,
      confirm: true,
      expectedEveryHours: 24,
      checkout: {
        merchantId: '1',
        pages: { pending: page, confirmed: page, selection: page, declined: page },
      },
      splitTokenKey: { kty: 'EC', crv: 'P-256', ...point },
    },
    europe,
    { ...europe, account: 'withdrawals', withdrawals: true, decision: { url: page } },
    { ...paymentwall, goods: 'physical', policy: { grantOn: 'authorized' }, confirm: true },
  ],
};

/** The functions are empty: the rest of the stack does not depend on their code. */
export function resourcesOf(settings: object): Resources {
  const folder = mkdtempSync(join(tmpdir(), 'payhooks-docs-'));
  const sources = join(folder, 'functions');
  for (const name of Object.keys(FUNCTIONS)) {
    mkdirSync(join(sources, name), { recursive: true });
    writeFileSync(join(sources, name, 'index.ts'), 'export const handler = () => undefined;\n');
  }
  try {
    const { template } = synthesize(parseConfig(settings), join(folder, 'out'), {
      sources,
      withoutWarnings: true,
      withoutTemplateRules: true,
    });
    return (template as { readonly Resources: Resources }).Resources;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export const ofType = (all: Resources, type: string): readonly (readonly [string, Resource])[] =>
  Object.entries(all).filter(([, resource]) => resource.Type === type);
