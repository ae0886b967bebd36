/** Every rendered file, by its path from the root. Deterministic: the same tables give the same bytes. */
import { policyOf, ROLES } from '../operators/roles.ts';
import { commandsPage, helpTexts } from './commands.ts';
import { constructPage } from './construct.ts';
import { errorsPage } from './errors.ts';
import { eventExamples } from './event-examples.ts';
import { eventSchema } from './event-schema.ts';
import { eventTypes } from './event-types.ts';
import { eventsPage } from './events.ts';
import { llmsText } from './llms.ts';
import { metricsPage } from './metrics.ts';
import { operatorsPage } from './operators.ts';
import { outagePage, outagePlot } from './outage.ts';
import { personalDataPage } from './personal-data/page.ts';
import { privilegesPage } from './privileges.ts';
import { americasPage, europePage, paymentwallPage } from './providers.ts';
import { alarmsPage } from './watching.ts';

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

export async function renderedFiles(): Promise<Readonly<Record<string, string>>> {
  return {
    'docs/tables/trustly-americas.md': americasPage(),
    'docs/tables/trustly-europe.md': europePage(),
    'docs/tables/paymentwall.md': paymentwallPage(),
    'docs/tables/events.md': eventsPage(),
    'docs/tables/alarms.md': alarmsPage(),
    'docs/tables/metrics.md': metricsPage(),
    'docs/tables/errors.md': errorsPage(),
    'docs/tables/privileges.md': privilegesPage(),
    'docs/tables/personal-data.md': personalDataPage(),
    'docs/tables/commands.md': await commandsPage(),
    'docs/tables/operators.md': operatorsPage(),
    'docs/tables/outage.md': outagePage(),
    'docs/images/outage.svg': outagePlot(),
    ...Object.fromEntries(ROLES.map((role) => [`docs/operators/${role}.json`, json(policyOf(role))])),
    'docs/construct.md': constructPage(),
    'llms.txt': llmsText(),
    'cli/help.json': json(await helpTexts()),
    'docs/events/event.schema.json': json(eventSchema()),
    'docs/events/payhooks-events.ts': eventTypes(eventSchema()),
    'docs/events/examples.json': json(eventExamples()),
  };
}
