import { InvokeCommand } from '@aws-sdk/client-lambda';
import type {
  AccountReport,
  ReconcileRequest,
  Reconciliation,
} from '../../shared/app/schedules/reconcile.ts';
import type { Command } from '../command.ts';
import type { Connection } from '../connect.ts';
import type { Flags } from '../flags.ts';
import { switchOption, textOption } from '../options.ts';
import { type Line, type Report, table, time } from '../output.ts';
import { EXIT, Problem } from '../problem.ts';

export const reconcileCommand: Command = {
  details: [
    'Runs the reconciler of the stack, which also runs every night. A run takes up to 15 minutes.',
    'For accounts whose provider has no API (Trustly Europe) it lists what to ask the provider’s support.',
    'Exit code 1: a difference is unexplained, or an account was not finished.',
  ],
  options: {
    since: textOption('TIME', 'from when on: ISO 8601, with a zone; default: 26 hours ago'),
    'dry-run': switchOption('only compare and print; store nothing, send nothing'),
  },
  run: async ({ flags, world }) => {
    const request = requestOf(flags, world.now());
    const connection = await world.connect();
    world.notice('Polling the providers; this may take some minutes.');
    return reconciliationReport(await invoke(connection, request), connection);
  },
};

/** A day, or a time with its zone, so that the hour is not ambiguous. */
const TIME = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2}))?$/;

function requestOf(flags: Flags, now: number): ReconcileRequest {
  const dryRun = flags.is('dry-run');
  const since = flags.text('since');
  if (since === undefined) return { dryRun };
  const at = TIME.test(since) ? Date.parse(since) : Number.NaN;
  if (at < now) return { since: new Date(at).toISOString(), dryRun };
  throw Problem.usage(`--since "${since}": allowed is a time in the past, such as 2026-03-01T00:00:00Z.`);
}

async function invoke(connection: Connection, request: ReconcileRequest): Promise<Reconciliation> {
  const { clients, resource, label } = connection;
  const FunctionName = resource('reconciler');
  const Payload = new TextEncoder().encode(JSON.stringify(request));
  const answer = await clients.patientLambda
    .send(new InvokeCommand({ FunctionName, Payload }))
    .catch((error: unknown) => {
      if (!(error instanceof Error) || error.name !== 'ResourceNotFoundException') throw error;
      const message = `${label} has no reconciler, because no account polls its provider.`;
      throw Problem.notFound(message, 'Set "confirm": true on an account and deploy.');
    });
  const text = new TextDecoder().decode(answer.Payload);
  if (answer.FunctionError === undefined) return JSON.parse(text) as Reconciliation;
  const { errorType = 'unknown' } = JSON.parse(text) as { readonly errorType?: string };
  throw Problem.failed(`The reconciler failed: ${errorType}.`, `See the log of ${FunctionName}.`);
}

export function reconciliationReport(found: Reconciliation, { label }: Connection): Report {
  const { accounts, checked, agreed, mended, unexplained, since, dryRun } = found;
  const rows = accounts.map((each) => [
    `${each.provider}/${each.account}`,
    String(each.checked),
    String(each.agreed),
    String(each.mended),
    String(each.unexplained.length),
    noteOf(each),
  ]);
  const isWell = unexplained === 0 && accounts.every(({ incomplete }) => incomplete === undefined);
  return {
    json: found,
    lines: [
      ...table(['ACCOUNT', 'CHECKED', 'AGREED', 'MENDED', 'UNEXPLAINED', 'NOTE'], rows),
      '',
      `${label}, since ${time(since)} UTC: ${checked} checked, ${agreed} agreed, ${mended} ${dryRun ? 'would be mended' : 'mended'}, ${unexplained} unexplained.`,
      ...accounts.flatMap(named),
      ...(dryRun ? ['Nothing was stored or queued.'] : []),
    ],
    code: isWell ? EXIT.done : EXIT.failed,
  };
}

function noteOf({ incomplete, askSupport }: AccountReport): string {
  if (incomplete !== undefined) return `not finished: ${incomplete}`;
  return askSupport.length > 0 ? 'ask support' : '-';
}

const named = ({ unexplained, askSupport, provider, account }: AccountReport): readonly Line[] => [
  ...unexplained.map(({ payment, why }): Line => `${why}: payhooks payments show ${payment}`),
  ...askSupport.map((what): Line => `ask the support of ${provider} about account ${account}: ${what}`),
];
