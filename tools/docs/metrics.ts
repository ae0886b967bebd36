/** Every metric: its unit, its dimensions, and its comment in the code. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { METRICS_NAMESPACE } from '../../infra/names.ts';
import { dimensionSets, METRICS, type MetricName } from '../../shared/app/platform/metrics.ts';
import { code, page, rendered, table } from './markdown.ts';

const SOURCE = 'shared/app/platform/metrics.ts';

/** @throws for a metric without a comment */
export function sayingOf(name: string, source: string): string {
  const [, comment] = new RegExp(`/\\*\\* ([^\\n]*) \\*/\\n  ${name}: \\{`).exec(source) ?? [];
  if (comment === undefined) throw new Error(`${SOURCE}: ${name} has no comment of one line`);
  return comment;
}

export function metricsPage(): string {
  const source = readFileSync(join(import.meta.dirname, '../..', SOURCE), 'utf8');
  const rows = (Object.keys(METRICS) as MetricName[]).map((name) => [
    code(name),
    METRICS[name].unit,
    dimensionSets(name)
      .filter((set) => set.length > 0)
      .map((set) => set.join(', '))
      .join('; '),
    sayingOf(name, source),
  ]);
  return page(
    rendered(SOURCE),
    '# Metrics',
    `CloudWatch namespace ${code(METRICS_NAMESPACE)}. Each metric is published by ${code('service')} (the function) alone, and by the sets of dimensions in the third column. Dimensions take configured names and closed lists only: nobody outside can make a new metric, which would cost money. Which of them ring: [alarms](alarms.md). What a reason means: [errors](errors.md).`,
    'Conservation, for each hour: `Accepted` = `Settled` = `Applied` + `Duplicates` + `ConflictingDuplicates` + `Quarantined` + `NotificationsParked`.',
    table(['metric', 'unit', 'also by', 'meaning'], rows),
  );
}
