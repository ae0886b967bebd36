/** Source of dashboards and of their values: CloudWatch, or the local stack's own metrics. */
import type { WidgetShown } from '../contract.ts';

/** One line of a widget, as a DashboardBody defines it. */
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
  /** Name and DashboardBody (JSON) of each dashboard. */
  bodies(): Promise<readonly { readonly name: string; readonly body: string }[]>;
  /** Milliseconds since 1970; nothing was measured before it. Absent when not known. */
  since?(): number;
  /** Values of one widget's lines. */
  read(queries: readonly LineQuery[], range: Range): Promise<WidgetLines>;
  /** States of alarms, by their ARNs; absent without alarms. */
  alarms?(arns: readonly string[]): Promise<WidgetLines>;
}
