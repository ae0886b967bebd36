/** Requests by source address, and the list for a firewall. */
import { isIPv4, isIPv6 } from 'node:net';
import { PROVIDERS, providers } from '../../shared/providers/index.ts';
import type { Logged } from './access-log.ts';

export interface Source {
  /** Personal data; "unknown" where an older version did not log it. */
  readonly address: string;
  readonly requests: number;
  /** Number of requests per status. */
  readonly statuses: Readonly<Record<string, number>>;
  readonly routes: readonly string[];
  /** Milliseconds since 1970. */
  readonly first: number;
  readonly last: number;
  /** Whether it is a provider's published address: then a wrong key is more likely than a stranger. */
  readonly isProvider: boolean;
}

/** Sorted by the number of requests, largest first. */
export function bySource(requests: readonly Logged[]): readonly Source[] {
  const groups = Map.groupBy(requests, ({ sourceIp }) => sourceIp ?? 'unknown');
  const sources = [...groups].map(([address, all]): Source => {
    const times = all.map(({ at }) => at);
    const statuses = Object.entries(Object.groupBy(all, ({ status }) => status));
    return {
      address,
      requests: all.length,
      statuses: Object.fromEntries(statuses.map(([status, some]) => [status, some?.length ?? 0])),
      routes: [...new Set(all.map(({ route }) => route))].sort(),
      first: times.reduce((a, b) => Math.min(a, b)),
      last: times.reduce((a, b) => Math.max(a, b)),
      isProvider: PROVIDERS.some((name) => providers[name].config.sendsFrom?.(address)),
    };
  });
  return sources.sort((a, b) => b.requests - a.requests || (a.address < b.address ? -1 : 1));
}

/** The form of an IP set of AWS WAF: blocks of one address, without the providers' own. */
export const blocksOf = (sources: readonly Source[]): readonly string[] =>
  sources.flatMap(({ address, isProvider }) => {
    if (isProvider) return [];
    if (isIPv4(address)) return [`${address}/32`];
    return isIPv6(address) ? [`${address}/128`] : [];
  });
