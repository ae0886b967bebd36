import type { Command } from '../command.ts';
import { alarms } from '../doctor/alarms.ts';
import { configuration, versions } from '../doctor/configuration.ts';
import { decisions } from '../doctor/decision-hook.ts';
import { edge } from '../doctor/edge.ts';
import { examine, type Finding, type Verdict } from '../doctor/finding.ts';
import { permissions } from '../doctor/permissions.ts';
import { quarantine } from '../doctor/quarantine.ts';
import { platform, queues } from '../doctor/queues.ts';
import { secrets } from '../doctor/secrets.ts';
import { selfTest } from '../doctor/self-test.ts';
import { target } from '../doctor/target.ts';
import { switchOption, textOption } from '../options.ts';
import { type Line, type Report, state, table } from '../output.ts';
import { EXIT } from '../problem.ts';
import { baseOf } from '../public-url.ts';

const AREAS = [
  configuration,
  versions,
  secrets,
  selfTest,
  edge,
  decisions,
  queues,
  quarantine,
  target,
  alarms,
  platform,
  permissions,
] as const;

export const doctorCommand: Command = {
  details: [
    'Checks configuration, versions, secrets, queues, the merchant’s rule on the bus, alarms, quotas, backups and',
    'permissions. Sends a forged and a signed notification to the public URL of each account, one to the API itself',
    'where CloudFront is in front of it, and an unsigned question to each decision hook, which must refuse it.',
    'The signed notification has an unknown type: it changes no payment and leaves one small row. It counts as accepted,',
    'so it can end the alarm `silence` and hide `wrong-key`. While one of them is in alarm, use --quiet.',
  ],
  options: {
    quiet: switchOption('send nothing to the public URLs and decision hooks'),
    url: textOption('URL', 'base of the public URLs, if the outputs of the stack do not have it'),
  },
  run: async ({ flags, world }) => {
    const url = baseOf('url', flags.text('url'));
    const connection = await world.connect();
    const findings = await examine(AREAS, { connection, world, quiet: flags.is('quiet'), url });
    return report(connection.label, findings);
  },
};

/** Each next step once, even if several checks need it. */
function stepsOf(findings: readonly Finding[]): readonly Line[] {
  const steps = new Map<string, string[]>();
  for (const { area, check, next } of findings) {
    if (next !== undefined) steps.set(next, [...(steps.get(next) ?? []), `${area}, ${check}`]);
  }
  return [...steps].map(([next, [first = '', ...more]]) =>
    more.length === 0 ? `${first}: ${next}` : `${first} and ${more.length} more: ${next}`,
  );
}

const VERDICTS = ['ok', 'warn', 'fail', 'unknown'] as const satisfies readonly Verdict[];

function report(label: string, findings: readonly Finding[]): Report {
  const counts = Object.fromEntries(
    VERDICTS.map((verdict) => [verdict, findings.filter((finding) => finding.verdict === verdict).length]),
  ) as Record<Verdict, number>;
  const rows = findings.map(({ area, check, verdict, detail }) => [state(verdict), area, check, detail]);
  const steps = stepsOf(findings);
  return {
    json: { stack: label, counts, findings },
    lines: [
      ...table(['', 'AREA', 'CHECK', 'FOUND'], rows),
      '',
      `${label}: ${VERDICTS.map((verdict) => `${counts[verdict]} ${verdict}`).join(', ')}`,
      ...(steps.length === 0 ? [] : ['', 'Next:', ...steps]),
    ],
    code: counts.fail > 0 ? EXIT.failed : EXIT.done,
  };
}
