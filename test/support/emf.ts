/** Reads lines of the embedded metric format as CloudWatch does: the layout of the lines does not matter. */
import { expect } from 'vitest';

/** For example "Payhooks/Accepted{account=shop,provider=paymentwall,service=payhooks}=1 Count @1700000000000". */
export type Measurement = string;

interface Emf {
  readonly _aws: {
    readonly Timestamp: number;
    readonly CloudWatchMetrics: readonly {
      readonly Namespace: string;
      readonly Dimensions: readonly (readonly string[])[];
      readonly Metrics: readonly { readonly Name: string; readonly Unit: string }[];
    }[];
  };
  readonly [field: string]: unknown;
}

/** The measurements in sorted order. Each line must be one JSON object. */
export function measurementsOf(lines: readonly string[]): readonly Measurement[] {
  return lines
    .flatMap((line) => {
      const emf = JSON.parse(line) as Emf;
      return emf._aws.CloudWatchMetrics.flatMap(({ Namespace, Dimensions, Metrics }) =>
        Metrics.flatMap(({ Name, Unit }) =>
          Dimensions.map((set) => {
            const dimensions = set.map((name) => `${name}=${String(emf[name])}`).sort();
            expect(emf[Name], Name).toBeTypeOf('number');
            for (const name of set) expect(emf[name], name).toBeTypeOf('string');
            return `${Namespace}/${Name}{${dimensions}}=${String(emf[Name])} ${Unit} @${emf._aws.Timestamp}`;
          }),
        ),
      );
    })
    .sort();
}
