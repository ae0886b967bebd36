/**
 * `/_local/api/faults`: the only path below /_local that changes something, so that a person can try a runbook. It
 * takes PUT and DELETE, which a foreign web page cannot send without a CORS preflight.
 */
import { FAULTS_OF, type Faults, type Service } from './faults.ts';

export interface SwitchAnswer {
  readonly status: number;
  readonly value: unknown;
}

const services = Object.keys(FAULTS_OF) as readonly Service[];

/** @param path the part after "faults": "" or "/<service>" @param word the request's body: a fault */
export function switchFault(faults: Faults, method: string, path: string, word: string): SwitchAnswer {
  const service = services.find((name) => path === `/${name}`);
  if (service === undefined && path !== '') {
    return refused(404, `no service of this name; there are ${services.join(', ')}`);
  }
  if (method === 'GET' || method === 'HEAD') return { status: 200, value: now(faults) };
  if (service === undefined || (method !== 'PUT' && method !== 'DELETE')) {
    return refused(405, 'PUT a fault to faults/<service>, DELETE it to end it');
  }
  const allowed = FAULTS_OF[service];
  const fault = allowed.find((candidate) => candidate === word.trim());
  if (method === 'PUT' && fault === undefined) {
    return refused(400, `the body is one of ${allowed.join(', ')}`);
  }
  faults.set(service, method === 'PUT' ? fault : undefined);
  return { status: 200, value: now(faults) };
}

const refused = (status: number, message: string): SwitchAnswer => ({ status, value: { message } });

/** Every service with its fault; null when it works. */
const now = (faults: Faults): Readonly<Record<string, string | null>> =>
  Object.fromEntries(services.map((service) => [service, faults.get(service) ?? null]));
