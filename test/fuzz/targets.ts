import type { ProviderName } from '../../shared/providers/index.ts';
import { americas } from './americas.ts';
import { europe } from './europe.ts';
import { pingbacks } from './pingbacks.ts';
import type { Target } from './target.ts';

export const targets: readonly Target[] = [americas, europe, pingbacks];

export function targetOf(name: ProviderName): Target {
  const found = targets.find(({ provider }) => provider.name === name);
  if (found === undefined) throw new Error(`no target ${name}`);
  return found;
}
