/** The deliveries of the local stack as they happen (local/target/target.ts serves them). */
import type { ListenedDelivery, Wish } from '../../local/target/listening.ts';
import { Problem } from '../problem.ts';

/** Resolves when the stack sends its events here, until `stopping`. @throws Problem */
export async function listenLocally(
  localUrl: string,
  wish: Wish,
  { fetch: send, stopping }: { readonly fetch: typeof fetch; readonly stopping: AbortSignal },
): Promise<AsyncIterable<ListenedDelivery>> {
  const url = `${localUrl}/_local/api/listen`;
  const response = await send(url, {
    method: 'POST',
    body: JSON.stringify(wish),
    signal: stopping,
  });
  if (!response.ok || response.body === null) {
    const { message = '' } = (await response.json().catch(() => ({}))) as { readonly message?: string };
    throw Problem.refused(
      `${url} answered ${response.status}: ${message}.`,
      response.status === 409
        ? 'End the other payhooks listen (Ctrl-C), and repeat the command.'
        : 'See the terminal of npm start.',
    );
  }
  return deliveriesIn(response.body, stopping);
}

async function* deliveriesIn(
  body: ReadableStream<Uint8Array>,
  stopping: AbortSignal,
): AsyncGenerator<ListenedDelivery> {
  let rest = '';
  try {
    for await (const piece of body.pipeThrough(new TextDecoderStream())) {
      const lines = `${rest}${piece}`.split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) if (line !== '') yield JSON.parse(line) as ListenedDelivery;
    }
  } catch (error) {
    if (stopping.aborted) return;
    throw gone(error);
  }
  if (!stopping.aborted) throw gone();
}

const gone = (cause?: unknown): Problem =>
  Object.assign(Problem.unreachable('The local stack has stopped.', 'Start it again: npm start'), {
    cause,
  });
