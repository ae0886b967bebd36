/**
 * Every resource that the construct makes, with every setting, from the synthesized template. A property that no table
 * lists or leaves out on purpose is an error, so that the page stays complete.
 */
import { aliasOf, ELSEWHERE, LISTINGS, type Listing, WHEN } from './listings.ts';
import { type Cell, code, table } from './markdown.ts';
import {
  EVERYTHING,
  ofType,
  type Resource,
  type Resources,
  resourcesOf,
  SMALLEST,
  TO_ENDPOINT,
} from './templates.ts';

interface Templates {
  readonly smallest: Resources;
  readonly toEndpoint: Resources;
  /** Resources of all configurations together. */
  readonly all: Resources;
}

let templates: Templates | undefined;
/** Made once per process, because it takes seconds. */
export function allTemplates(): Templates {
  if (templates !== undefined) return templates;
  const [smallest, toEndpoint] = [resourcesOf(SMALLEST), resourcesOf(TO_ENDPOINT)];
  templates = { smallest, toEndpoint, all: { ...toEndpoint, ...resourcesOf(EVERYTHING) } };
  return templates;
}

/** Sections of docs/construct.md. @throws when a resource or a property is not listed */
export function resourceSections(): readonly string[] {
  const { smallest, all } = allTemplates();
  for (const { Type } of Object.values(all)) {
    if (ELSEWHERE[Type] === undefined && !LISTINGS.some(({ type }) => type === Type)) {
      throw new Error(`${Type} is listed nowhere (tools/docs/resources.ts)`);
    }
  }
  const sections = LISTINGS.map((listing) => section(listing, allTemplates()));
  const retained = new Set(
    Object.values(smallest).flatMap(({ Type, DeletionPolicy }) =>
      DeletionPolicy === 'RetainExceptOnCreate' ? [Type] : [],
    ),
  );
  const names = [...retained].map((type) => code(type.replace('AWS::', ''))).sort();
  return [
    ...sections,
    '#### Kept when the stack goes',
    `With \`onRemoval: retain\` (\`RetainExceptOnCreate\`, and \`Retain\` when replaced): ${names.join(', ')}. [Coming back](remove-and-return.md#coming-back) to their names.`,
  ];
}

function section(listing: Listing, templates: Templates): string {
  const { title, type, columns, says = [] } = listing;
  const { all } = templates;
  const rows = new Map<string, readonly Cell[]>();
  for (const [id, resource] of ofType(all, type)) {
    check(listing, id, resource);
    const { Properties = {} } = resource;
    const name = type === 'AWS::KMS::Key' ? aliasOf(id, all) : listing.name(Properties, all);
    const cells = Object.values(columns).map(({ cell }) => cell(Properties, all));
    // Several accounts make several rows of one name; only the first is shown.
    if (!rows.has(name)) rows.set(name, [shownName(name), ...cells, whenOf(id, name, templates)]);
  }
  return [
    `#### ${title}`,
    ...says,
    table(['name', ...Object.keys(columns), 'there with'], [...rows.values()]),
  ].join('\n\n');
}

const shownName = (name: string): string => (/[ `]/.test(name) ? name : code(name));

function whenOf(id: string, name: string, { smallest, toEndpoint }: Templates): string {
  if (WHEN[name] !== undefined) return WHEN[name];
  const [onBus, onEndpoint] = [smallest[id] !== undefined, toEndpoint[id] !== undefined];
  if (onBus && onEndpoint) return 'always';
  if (onBus) return 'target `eventbridge`';
  if (onEndpoint) return 'target `https`';
  throw new Error(`${name} is not always there, and nothing says when (tools/docs/resources.ts)`);
}

function check({ type, columns, always = {}, leaves = [] }: Listing, id: string, resource: Resource): void {
  const spoken = Object.values(columns).flatMap(({ of }) => of);
  checkListed(type, id, resource, [...spoken, ...Object.keys(always), ...leaves]);
  for (const [name, value] of Object.entries(always)) {
    if (JSON.stringify(resource.Properties?.[name]) !== JSON.stringify(value)) {
      throw new Error(`${type} ${id}: ${name} is not ${JSON.stringify(value)} (tools/docs/resources.ts)`);
    }
  }
}

/** @throws when it has a property that no page lists */
export function checkListed(
  type: string,
  id: string,
  { Properties = {} }: Resource,
  listed: readonly string[],
): void {
  for (const name of Object.keys(Properties)) {
    if (!listed.includes(name)) throw new Error(`${type} ${id}: ${name} is listed nowhere (tools/docs)`);
  }
}
