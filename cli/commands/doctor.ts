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
    'Checks configuration, versions, secrets, a forged and a signed notification through the public URL of every',
    'account, one around what stands in front of the API, decision endpoints (unsigned: they must refuse), queues, the',
    'merchant’s rule on the bus, alarms, quotas, backups and permissions. What cannot be checked says so.',
    'The signed notification is of an unknown type: it moves nothing and leaves one small row. It counts as accepted, so',
    'it can end the alarm `silence` and hide `wrong-key`; the forged one is not counted. While one rings: --quiet.',
  ],
  options: {
    quiet: { type: 'boolean', help: 'send nothing to the public URLs and decision endpoints' },
    url: { type: 'string', value: 'URL', help: 'base of the public URLs, where the stack does not say it' },
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
