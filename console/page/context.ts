import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Capabilities } from '../contract.ts';

const CapabilitiesContext = createContext<Capabilities | undefined>(undefined);
export const CapabilitiesProvider = CapabilitiesContext.Provider;

/** Capabilities of the server; the page renders its views only once they are known. */
export function useCapabilities(): Capabilities {
  const capabilities = useContext(CapabilitiesContext);
  if (capabilities === undefined) throw new Error('outside of the page');
  return capabilities;
}
