/**
 * One Lambda execution environment: a child process that loads the deployed bundle once and runs its handler,
 * one invocation at a time. Plain CommonJS, so that nothing but the bundle costs start-up time.
 */
const { existsSync } = require('node:fs');
const { join } = require('node:path');
const { pathToFileURL } = require('node:url');

const [codePath, handlerPath] = process.argv.slice(2);
const send = (message) => process.send?.(message);

// Ctrl-C reaches the whole process group; the parent decides when an environment ends.
process.on('SIGINT', () => {});
process.on('disconnect', () => process.exit(0));

const describe = (error) =>
  error instanceof Error
    ? { errorType: error.name, errorMessage: error.message, trace: (error.stack ?? '').split('\n') }
    : { errorType: typeof error, errorMessage: String(error), trace: [] };

async function load() {
  const [file, name] = handlerPath.split('.');
  const candidates = ['.js', '.cjs', '.mjs'].map((extension) => join(codePath, file + extension));
  const path = candidates.find((candidate) => existsSync(candidate));
  if (path === undefined) throw new Error(`no ${file}.js, .cjs or .mjs in ${codePath}`);
  const loaded = path.endsWith('.mjs') ? await import(pathToFileURL(path)) : require(path);
  const handler = loaded[name];
  if (typeof handler !== 'function') throw new Error(`${file} has no function ${name}`);
  return handler;
}

function contextOf({ requestId, functionName, memoryMb, deadline, arn }) {
  return {
    awsRequestId: requestId,
    functionName,
    functionVersion: '$LATEST',
    invokedFunctionArn: arn,
    memoryLimitInMB: String(memoryMb),
    logGroupName: `/aws/lambda/${functionName}`,
    logStreamName: 'local',
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
  };
}

async function main() {
  let handler;
  try {
    handler = await load();
  } catch (error) {
    send({ type: 'init-error', error: describe(error) });
    process.disconnect();
    return;
  }
  process.on('message', async (invocation) => {
    process.env._X_AMZN_TRACE_ID = invocation.traceId;
    try {
      // Event and result are passed as text, as on Lambda, so that only JSON can pass.
      const result = await handler(JSON.parse(invocation.event), contextOf(invocation));
      send({ type: 'result', requestId: invocation.requestId, result: JSON.stringify(result ?? null) });
    } catch (error) {
      send({ type: 'error', requestId: invocation.requestId, error: describe(error) });
    }
  });
  send({ type: 'ready' });
}

main();
