/**
 * In: a schedule.
 * 1. Sends a signed and a forged request to the public address of each account, as its provider would.
 * 2. Compares the answers, word for word, with those that this stack gives. Out: how many failed, as metrics and as the
 *   result; the reasons, in the log.
 */
import { type Probed, probe } from '../../shared/app/schedules/probe.ts';
import { probeRuntime } from '../../shared/aws/runtime/schedules.ts';

const runtime = probeRuntime();

export const handler = (): Promise<Probed> => probe(runtime);
