/** The start of the DynamoDB engines: valid answers of an engine, and the message about an engine that cannot start. */
import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startNamed, whyMissing } from '../../../../local/aws/engines/dynamodb.ts';
import { callAws } from '../../../../local/aws/json-protocol.ts';

const { PATH = '' } = process.env;
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'payhooks-engines-'));
});
afterEach(() => {
  process.env.PATH = PATH;
  rmSync(folder, { recursive: true });
});

/** Puts a `java` on the path that prints its arguments as an error and exits. */
function fakeJava(): void {
  const path = join(folder, 'java');
  writeFileSync(path, '#!/bin/sh\n[ "$1" = -version ] && exit 0\necho "$@" >&2\nexit 3\n');
  chmodSync(path, 0o755);
  process.env.PATH = folder;
}

describe('the built-in engine', () => {
  it('the built-in engine is always available, listens on 127.0.0.1 only, and refuses calls after its stop', async () => {
    expect(whyMissing('built-in')).toBeUndefined();
    const { name, endpoint, pid, stop } = await startNamed('built-in');
    expect({ name, pid }).toEqual({ name: 'built-in', pid: process.pid });
    expect(endpoint).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    const table = { TableName: 't', KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }] };
    const call = () => callAws(endpoint, 'DynamoDB_20120810.CreateTable', table);
    expect(await call()).toMatchObject({ TableDescription: { TableName: 't' } });
    await stop();
    await expect(call()).rejects.toThrow();
  });
});

describe.skipIf(whyMissing('dynamodb-local')?.includes('npm package'))('DynamoDB Local', () => {
  it('DynamoDB Local is missing without Java', () => {
    process.env.PATH = folder;
    expect(whyMissing('dynamodb-local')).toContain('no "java" on the PATH');
  });

  it('DynamoDB Local starts in memory without CORS; when its process ends at once, exit code and output are reported', async () => {
    fakeJava();
    await expect(startNamed('dynamodb-local')).rejects.toThrow(
      /^DynamoDB engine did not start: exited with code 3: .*-jar .*DynamoDBLocal\.jar .* -cors http:\/\/127\.0\.0\.1:9 -inMemory$/,
    );
  });

  it('DynamoDB Local keeps its tables in a file that only the present user can read', async () => {
    fakeJava();
    const kept = startNamed('dynamodb-local', folder);
    await expect(kept).rejects.toThrow(`-dbPath ${folder}`);
    expect(statSync(join(folder, 'shared-local-instance.db')).mode & 0o777).toBe(0o600);
  });
});
