/** The bill of materials as npm makes it, but with this project's name: npm uses the folder's name. */

export interface Sbom {
  readonly bomFormat: 'CycloneDX';
  readonly specVersion: string;
  readonly metadata: { readonly component: Readonly<Record<string, unknown>> };
  readonly components: readonly { readonly name: string; readonly version: string; readonly purl: string }[];
}

/** @throws Error when npm made none, for example because the installed packages differ from the lockfile */
export function sbomOf(output: string, of: { readonly name: string; readonly version: string }): Sbom {
  let made: Partial<Sbom>;
  try {
    made = JSON.parse(output) as Partial<Sbom>;
  } catch {
    throw new Error('npm sbom gave no JSON: run `npm ci` first');
  }
  const { bomFormat, metadata, components } = made;
  if (
    bomFormat !== 'CycloneDX' ||
    metadata === undefined ||
    components === undefined ||
    components.length === 0
  )
    throw new Error('npm sbom gave no CycloneDX document: run `npm ci` first');
  return { ...(made as Sbom), metadata: { ...metadata, component: { ...metadata.component, ...of } } };
}
