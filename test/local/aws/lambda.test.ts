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

describe('the local functions', () => {
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

  it('a function runs its next invocation in the same process', async () => {
    start();
    expect(await value({ do: 'echo' })).toMatchObject({ count: 1, name: 'PayhooksTransitionWorker4F2A' });
    const second = await value({ do: 'echo', x: 'å' });
    expect(second).toMatchObject({ count: 2, event: { x: 'å' } });
    expect(second.left).toBeGreaterThan(0);
    expect(second.left).toBeLessThanOrEqual(5_000);
  });

  it('a function has the environment variables of Lambda and none of this computer', async () => {
    start();
    const expected = Object.keys(environmentOf(spec(), { AWS_ENDPOINT_URL_SQS: '' }, identity));
    const names: string[] = await value({ do: 'environment' });
    // Two variables are not in the specification: Node's channel to the parent process, and the trace of this
    // invocation.
    const ours = names.filter((name) => !name.startsWith('NODE_CHANNEL'));
    expect(ours).toEqual([...expected, '_X_AMZN_TRACE_ID'].sort());
  });

  it('a function that returns undefined answers null', async () => {
    start();
    expect(await invoke({ do: 'undefined' })).toEqual({ ok: true, payload: 'null' });
  });

  it('the output of a function is handed over line by line', async () => {
    start();
    await value({ do: 'log' });
    await expect.poll(() => lines, WAIT).toEqual(expect.arrayContaining(['a line', 'another']));
  });

  it('a function that throws answers errorType and errorMessage, and its process continues', async () => {
    start();
    expect(await invoke({ do: 'throw' })).toMatchObject({
      ok: false,
      error: { errorType: 'TypeError', errorMessage: 'no' },
    });
    expect(await value({ do: 'echo' })).toMatchObject({ count: 2 });
  });

  it('a function whose process exits answers Runtime.ExitError, and the next invocation gets a new process', async () => {
    start();
    expect(await invoke({ do: 'exit' })).toMatchObject({
      ok: false,
      error: { errorType: 'Runtime.ExitError' },
    });
    expect(await value({ do: 'echo' })).toMatchObject({ count: 1 });
  });

  it('a function that exceeds its timeout answers "Task timed out"', async () => {
    start({ timeoutMs: 50 });
    expect(await invoke({ do: 'hang' })).toMatchObject({
      ok: false,
      error: { errorMessage: 'Task timed out after 0.05 seconds' },
    });
  });

  it('a function whose code does not load answers with the error of the code', async () => {
    start({ handler: 'broken.handler' });
    expect(await invoke({})).toMatchObject({ ok: false, error: { errorMessage: 'does not load' } });
  });

  it('a function runs in as many processes as the limit allows, with one invocation at a time in each', async () => {
    start({}, 2);
    const pids = new Set<unknown>();
    const four = async () => {
      for (const pid of await Promise.all([1, 2, 3, 4].map(() => value({ do: 'pid' })))) pids.add(pid);
      return pids.size;
    };
    // All four invocations may end in the first environment before the second environment starts; then the test tries
    // again.
    await expect.poll(four, WAIT).toBe(2);
    expect(await four()).toBe(2);
  });

  it('an invocation fails when its process is killed, and the next invocation gets a new process', async () => {
    start();
    await value({ do: 'echo' });
    const running = invoke({ do: 'hang' });
    expect(await service.kill('transition-worker')).toBe(1);
    expect(await running).toMatchObject({ ok: false });
    expect(await value({ do: 'echo' })).toMatchObject({ count: 1 });
  });

  it('an event over 6 MB or an answer over 6 MB is refused, and an answer of 6 MB is accepted', async () => {
    start();
    const bytes = 6 * 1_024 * 1_024;
    const overhead = JSON.stringify({ do: 'echo', text: '' }).length;
    const answer = await invoke({ do: 'undefined', text: 'x'.repeat(bytes - overhead) });
    expect(answer).toMatchObject({ ok: false, error: { errorType: 'RequestEntityTooLargeException' } });
    expect(await invoke({ do: 'answer', length: bytes })).toMatchObject({
      ok: false,
      error: { errorType: 'Function.ResponseSizeTooLarge' },
    });
    expect(await invoke({ do: 'answer', length: bytes - 2 })).toMatchObject({ ok: true });
  });

  it('a function accepts 4 KB of environment variables, and refuses more', async () => {
    start();
    const spare = 4_096 - JSON.stringify({ A: '' }).length;
    await service.setVariables('transition-worker', { A: 'x'.repeat(spare) });
    await expect(service.setVariables('transition-worker', { A: 'x'.repeat(spare + 1) })).rejects.toThrow(
      '4KB limit',
    );
  });

  it('a function has no process before the first warm-up or invocation', async () => {
    start();
    await service.warm([]);
    expect(await service.kill('transition-worker')).toBe(0);
    await service.warm(['transition-worker']);
    expect(await service.kill('transition-worker')).toBe(1);
  });

  it('an invocation of a function that is not in the template is an UnknownFunctionError', async () => {
    start();
    await expect(service.invoke('sweeper', {})).rejects.toThrow(UnknownFunctionError);
  });
});
