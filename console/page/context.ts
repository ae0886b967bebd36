import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Capabilities } from '../contract.ts';

const CapabilitiesContext = createContext<Capabilities | undefined>(undefined);
export const CapabilitiesProvider = CapabilitiesContext.Provider;

/** Of the server that this page talks to; the page is shown only once they are known. */
export function useCapabilities(): Capabilities {
  const capabilities = useContext(CapabilitiesContext);
  if (capabilities === undefined) throw new Error('outside of the page');
  return capabilities;
}
