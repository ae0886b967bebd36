/** A page of the documentation: the runbook that a hold or an alarm names. */
import type { DocumentView } from '../../contract.ts';
import { useView } from '../api.ts';
import { documentTitle } from '../parts/doc-link.tsx';
import { ViewLayout } from '../parts/layout.tsx';
import { Markdown } from '../parts/markdown.tsx';
import { Shown } from '../parts/states.tsx';
import type { Route } from '../route.ts';

export function Document({ route: { id = '' } }: { route: Route }) {
  const [path = ''] = id.split('#');
  const view = useView<DocumentView>(`docs/${path}`);
  return (
    <ViewLayout title={documentTitle(path)} says={`docs/${path}`}>
      <Shown view={view} lines={10}>
        {({ tokens }) => <Markdown tokens={tokens} from={path} />}
      </Shown>
    </ViewLayout>
  );
}
