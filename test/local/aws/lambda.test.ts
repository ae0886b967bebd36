import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { environmentOf, LambdaService, UnknownFunctionError } from '../../../local/aws/lambda/service.ts';
import { newSigningIdentity } from '../../../local/aws/signing-identity.ts';
import type { FunctionSpec } from '../../../local/template/template.ts';

const WAIT = { timeout: 300_000 };
const BUNDLE = `
let count = 0;
exports.handler = async (event, context) => {
  count += 1;
  switch (event.do) {
    case 'echo': return { event, count, name: context.functionName, left: context.getRemainingTimeInMillis() };
    case 'environment': return Object.keys(process.env).sort();
    case 'log': console.log('a line'); console.error('another'); return null;
    case 'throw': throw new TypeError('no');
    case 'exit': process.exit(3);
    case 'hang': return new Promise(() => {});
    case 'undefined': return undefined;
    case 'answer': return 'x'.repeat(event.length);
    case 'pid': await new Promise((resolve) => setTimeout(resolve, 20)); return process.pid;
  }
};`;

describe('functions', () => {
  let folder: string;
  let service: LambdaService;
  const lines: string[] = [];

  const spec = (overrides: Partial<FunctionSpec> = {}): FunctionSpec => ({
    logicalId: 'PayhooksTransitionWorker4F2A',
    name: 'PayhooksTransitionWorker4F2A',
    codePath: folder,
    handler: 'index.handler',
    environment: { OWN: 'yes' },
    timeoutMs: 5_000,
    memoryMb: 512,
    ...overrides,
  });

  const identity = newSigningIdentity();
  const start = (overrides?: Partial<FunctionSpec>, maxEnvironments?: number) => {
    service = new LambdaService([spec(overrides)], {
      endpoints: { AWS_ENDPOINT_URL_SQS: 'http://127.0.0.1:1' },
      identityOf: () => identity,
      onLog: ({ line }) => lines.push(line),
      ...(maxEnvironments === undefined ? {} : { maxEnvironments }),
    });
  };
  const invoke = (event: unknown) => service.invoke('transition-worker', event);
  const value = async (event: unknown) => {
    const result = await invoke(event);
    if (!result.ok) throw new Error(result.error.errorMessage);
    return JSON.parse(result.payload);
  };

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'payhooks-lambda-'));
    writeFileSync(join(folder, 'index.js'), BUNDLE);
    writeFileSync(join(folder, 'broken.js'), 'throw new Error("does not load");');
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  afterEach(() => service.close());

  it('run in an environment that stays warm', async () => {
    start();
    expect(await value({ do: 'echo' })).toMatchObject({ count: 1, name: 'PayhooksTransitionWorker4F2A' });
    const second = await value({ do: 'echo', x: 'å' });
    expect(second).toMatchObject({ count: 2, event: { x: 'å' } });
    expect(second.left).toBeGreaterThan(0);
    expect(second.left).toBeLessThanOrEqual(5_000);
  });

  it('see the environment of Lambda and nothing of this computer', async () => {
    start();
    const expected = Object.keys(environmentOf(spec(), { AWS_ENDPOINT_URL_SQS: '' }, identity));
    const seen: string[] = await value({ do: 'environment' });
    // Node's own channel to its parent, and the trace of this invocation.
    const ours = seen.filter((name) => !name.startsWith('NODE_CHANNEL'));
    expect(ours).toEqual([...expected, '_X_AMZN_TRACE_ID'].sort());
  });

  it('answer null for undefined', async () => {
    start();
    expect(await invoke({ do: 'undefined' })).toEqual({ ok: true, payload: 'null' });
  });

  it('hand their output over line by line', async () => {
    start();
    await value({ do: 'log' });
    await expect.poll(() => lines, WAIT).toEqual(expect.arrayContaining(['a line', 'another']));
  });

  it('report what they throw, and live on', async () => {
    start();
    expect(await invoke({ do: 'throw' })).toMatchObject({
      ok: false,
      error: { errorType: 'TypeError', errorMessage: 'no' },
    });
    expect(await value({ do: 'echo' })).toMatchObject({ count: 2 });
  });

  it('are replaced after they exit', async () => {
    start();
    expect(await invoke({ do: 'exit' })).toMatchObject({
      ok: false,
      error: { errorType: 'Runtime.ExitError' },
    });
    expect(await value({ do: 'echo' })).toMatchObject({ count: 1 });
  });

  it('are ended when they take too long', async () => {
    start({ timeoutMs: 50 });
    expect(await invoke({ do: 'hang' })).toMatchObject({
      ok: false,
      error: { errorMessage: 'Task timed out after 0.05 seconds' },
    });
  });

  it('say why they do not load', async () => {
    start({ handler: 'broken.handler' });
    expect(await invoke({})).toMatchObject({ ok: false, error: { errorMessage: 'does not load' } });
  });

  it('run beside each other up to the limit, one invocation at a time each', async () => {
    start({}, 2);
    const pids = new Set<unknown>();
    const four = async () => {
      for (const pid of await Promise.all([1, 2, 3, 4].map(() => value({ do: 'pid' })))) pids.add(pid);
      return pids.size;
    };
    // The second environment may start when the first has done everything.
    await expect.poll(four, WAIT).toBe(2);
    expect(await four()).toBe(2);
  });

  it('fail when their host is lost, and the next invocation finds a new one', async () => {
    start();
    await value({ do: 'echo' });
    const running = invoke({ do: 'hang' });
    expect(await service.kill('transition-worker')).toBe(1);
    expect(await running).toMatchObject({ ok: false });
    expect(await value({ do: 'echo' })).toMatchObject({ count: 1 });
  });

  it('take an event of 6 MB and answer with as much, and no more', async () => {
    start();
    const bytes = 6 * 1_024 * 1_024;
    const overhead = JSON.stringify({ do: 'echo', text: '' }).length;
    const asked = await invoke({ do: 'undefined', text: 'x'.repeat(bytes - overhead) });
    expect(asked).toMatchObject({ ok: false, error: { errorType: 'RequestEntityTooLargeException' } });
    expect(await invoke({ do: 'answer', length: bytes })).toMatchObject({
      ok: false,
      error: { errorType: 'Function.ResponseSizeTooLarge' },
    });
    expect(await invoke({ do: 'answer', length: bytes - 2 })).toMatchObject({ ok: true });
  });

  it('take 4 KB of variables, and no more', async () => {
    start();
    const spare = 4_096 - JSON.stringify({ A: '' }).length;
    await service.setVariables('transition-worker', { A: 'x'.repeat(spare) });
    await expect(service.setVariables('transition-worker', { A: 'x'.repeat(spare + 1) })).rejects.toThrow(
      '4KB limit',
    );
  });

  it('have no process before somebody warms or invokes them', async () => {
    start();
    await service.warm([]);
    expect(await service.kill('transition-worker')).toBe(0);
    await service.warm(['transition-worker']);
    expect(await service.kill('transition-worker')).toBe(1);
  });

  it('are not guessed', async () => {
    start();
    await expect(service.invoke('sweeper', {})).rejects.toThrow(UnknownFunctionError);
  });
});
