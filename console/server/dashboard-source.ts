/** Where a dashboard and the values of its lines come from: CloudWatch, or what the local stack measured. */
import type { WidgetShown } from '../contract.ts';

/** One line of a widget, as a DashboardBody names it. */
export type LineQuery = { readonly label?: string; readonly id?: string; readonly hidden: boolean } & (
  | {
      readonly metric: {
        readonly namespace: string;
        readonly name: string;
        readonly dimensions: Readonly<Record<string, string>>;
      };
      readonly statistic: string;
      readonly periodSeconds: number;
    }
  | { readonly expression: string; readonly periodSeconds: number }
);

export interface Range {
  /** Milliseconds since 1970. */
  readonly from: number;
  readonly to: number;
}

export interface WidgetLines {
  readonly series: WidgetShown['series'];
  /** Why there is not more. */
  readonly note?: string;
}

export interface DashboardSource {
  /** Name and DashboardBody (JSON) of each. */
  bodies(): Promise<readonly { readonly name: string; readonly body: string }[]>;
  /** Nothing was measured before it (milliseconds since 1970); absent: nobody knows. */
  since?(): number;
  /** The lines of one widget. */
  read(queries: readonly LineQuery[], range: Range): Promise<WidgetLines>;
  /** States of alarms, by their ARNs; absent: there are none here. */
  alarms?(arns: readonly string[]): Promise<WidgetLines>;
}
